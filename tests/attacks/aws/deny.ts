/**
 * Valid tokens of AWS, for the tests to spoil.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import {
  awsPairs,
  type AwsSigning,
  awsToken,
  type AwsTokenOptions,
  awsUrl,
  encodeUrl,
} from "../../support/aws_tokens.ts";
import {
  DEMO_AWS_MAPPINGS,
  type ReviewServer,
  type ReviewServerOptions,
  startReviewServer,
} from "../../support/review_server.ts";
import { assertAllowedAs, assertDenied, type DenyReason, type DenyRow as RowOf } from "../deny.ts";

const { dave, clusterAdmin } = DEMO_AWS_PRINCIPALS;

/** What a row makes its token of: a server, and valid tokens' parameters to spoil. */
export interface DenyContext {
  readonly server: ReviewServer;
  /** What a token for the server is signed for. */
  readonly options: AwsTokenOptions;
  /** Dave's parameters, signed. */
  readonly pairs: readonly string[];
  /** The admin's, with a security token. */
  readonly stsPairs: readonly string[];
  /** Dave's, as clients print it. */
  readonly minted: string;
}

/** One denial: what the token is, its reason, and how it is made. */
export type DenyRow = RowOf<DenyContext>;

/** Starts a server that accepts tokens of AWS alone, for the demo's people. */
export function startAwsServer(options: ReviewServerOptions = {}): Promise<ReviewServer> {
  return startReviewServer({ clouds: ["aws"], mappings: DEMO_AWS_MAPPINGS, ...options });
}

/** What a token is signed for, to be taken by a server now. */
export function optionsFor(server: ReviewServer): AwsTokenOptions {
  return { clusterId: server.clusterId, now: server.now(), host: server.stsHost };
}

/** A server with valid tokens for it. */
export function contextOf(server: ReviewServer): Promise<DenyContext> {
  const options = optionsFor(server);
  return Promise.resolve({
    server,
    options,
    pairs: awsPairs(dave, options),
    stsPairs: awsPairs(clusterAdmin, options),
    minted: awsToken(dave, options),
  });
}

/** Asserts that a token is allowed, and for whom. */
export async function assertAllowed(server: ReviewServer, token: string, username = "dave"): Promise<void> {
  await assertAllowedAs(server, token, username);
}

/** Asserts that STS was asked once, and refused the token. */
export async function assertStsRefuses(server: ReviewServer, token: string): Promise<void> {
  const before = server.stsCalls();
  const answer = await server.review(token);
  assert.deepEqual(
    { status: answer.status, authenticated: answer.body.status?.authenticated, user: answer.body.status?.user },
    { status: 200, authenticated: false, user: undefined },
  );
  assert.equal(server.lineOf(answer)["reason"], "sts_denied");
  assert.equal(server.stsCalls(), before + 1);
}

/** Registers a test named by its id, in which every row is denied and an untouched token is allowed. */
export function testDenied(name: string, rows: readonly DenyRow[], options: ReviewServerOptions = {}): void {
  Deno.test(name, async (t) => {
    await using server = await startAwsServer(options);
    for (const [what, reason, make] of rows) {
      await t.step(what, async () => await assertDenied(server, make(await contextOf(server)), reason));
    }
    const { minted } = await contextOf(server);
    await assertAllowed(server, minted);
  });
}

/** A token of which the parameters are changed after they were signed. */
export function changed(what: string, change: (pairs: readonly string[]) => readonly string[]): DenyRow {
  return [what, "malformed", ({ options, pairs }) => {
    const spoiled = change(pairs);
    assert.notDeepEqual(spoiled, pairs);
    return encodeUrl(awsUrl(options.host, spoiled));
  }];
}

/** A token of which the URL is changed after it was signed. */
export function rewritten(
  what: string,
  change: (url: string, context: DenyContext) => string | Uint8Array,
  reason: DenyReason = "malformed",
): DenyRow {
  return [what, reason, (context) => {
    const url = awsUrl(context.options.host, context.pairs);
    const spoiled = change(url, context);
    assert.notEqual(spoiled, url);
    return encodeUrl(spoiled);
  }];
}

/** A token for a request that Dave honestly signed as it is. */
export function signed(what: string, signing: AwsSigning | ((context: DenyContext) => AwsSigning)): DenyRow {
  return [what, "malformed", (context) => {
    const { options } = context;
    return encodeUrl(
      awsUrl(options.host, awsPairs(dave, options, typeof signing === "function" ? signing(context) : signing)),
    );
  }];
}

/** Replaces one parameter, wherever it stands. */
export function withPair(pairs: readonly string[], name: string, ...replacements: readonly string[]): string[] {
  assert.ok(pairs.some((pair) => pair.startsWith(`${name}=`)), name);
  return pairs.flatMap((pair) => pair.startsWith(`${name}=`) ? replacements : [pair]);
}
