/**
 * Sessions of made-up roles, and their logins through the whole path.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { AwsPrincipal } from "../../../lib/emulator/aws/principals.ts";
import { awsToken } from "../../support/aws_tokens.ts";
import type { ReviewAnswer, ReviewServer } from "../../support/review_server.ts";
import { optionsFor } from "./deny.ts";

/** The account of the mapped principals. */
export const ACCOUNT = "123456789012";

/** What is special about a session; everything has a default. */
export interface SessionOptions {
  readonly accountId?: string;
  readonly partition?: string;
  readonly roleId?: string;
  readonly accessKeyId?: string;
}

/** Somebody who assumed a role, under a session name of their own choice. */
export function session(role: string, name: string, options: SessionOptions = {}): AwsPrincipal {
  const { accountId = ACCOUNT, partition = "aws", roleId = "AROAMADEUPROLE0000001" } = options;
  return {
    accessKeyId: options.accessKeyId ?? "ASIAMADEUPSESSION001",
    accessKeySecret: "MadeUpSecretOfASession",
    securityToken: "FwoGMadeUpSession/Token+==",
    identity: {
      Account: accountId,
      Arn: `arn:${partition}:sts::${accountId}:assumed-role/${role}/${name}`,
      UserId: `${roleId}:${name}`,
    },
  };
}

/** A mapping of one role, and nothing else; `more` is YAML behind its groups. */
export function mapRole(role: string, username: string, group = "viewers", more = ""): string {
  const arn = `arn:aws:iam::${ACCOUNT}:role/${role}`;
  return `mapRoles: [{roleARN: "${arn}", username: "${username}", groups: ["${group}"]${more}}]`;
}

/** A mapping of one user, and nothing else. */
export function mapUser(name: string, username: string, more = ""): string {
  return `mapUsers: [{userARN: "arn:aws:iam::${ACCOUNT}:user/${name}", username: "${username}", groups: [viewers]${more}}]`;
}

/** Reviews a token that a principal signs now. */
export async function login(server: ReviewServer, principal: AwsPrincipal): Promise<ReviewAnswer> {
  return await server.review(awsToken(principal, optionsFor(server)));
}

/** Asserts that STS vouches for a principal, and the server refuses it all the same. */
export async function assertRefused(server: ReviewServer, principal: AwsPrincipal, reason: string): Promise<void> {
  const answer = await login(server, principal);
  assert.deepEqual(
    { status: answer.status, authenticated: answer.body.status?.authenticated, user: answer.body.status?.user },
    { status: 200, authenticated: false, user: undefined },
  );
  assert.equal(server.lineOf(answer)["reason"], reason);
}
