/**
 * What it means that a token is denied, asserted whole. Knows no cloud: each folder brings the tokens to spoil, and
 * registers its own tests, by whose place the table of attacks tells the clouds apart.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { TokenRefusal } from "../../lib/clouds/cloud.ts";
import type { ReviewServer } from "../support/review_server.ts";

/** Why a token is denied, as the log says it. */
export type DenyReason = TokenRefusal | "not_ours";

/** One denial: what the token is, its reason, and how it is made. */
export type DenyRow<Context> = readonly [what: string, reason: DenyReason, make: (context: Context) => string];

/**
 * Asserts `authenticated:false`, no call to STS, and a reason code in the log. That nothing of the token is in the log is
 * asserted when the server stops.
 */
export async function assertDenied(server: ReviewServer, token: string, reason: DenyReason): Promise<void> {
  const before = server.stsCalls();
  const answer = await server.review(token);
  const { status, requestId, body } = answer;
  assert.deepEqual({ status, kind: body.kind, authenticated: body.status?.authenticated, user: body.status?.user }, {
    status: 200,
    kind: "TokenReview",
    authenticated: false,
    user: undefined,
  });
  const line = server.lineOf(answer);
  assert.equal(line["reason"], reason);
  assert.equal(line["level"], reason === "not_ours" ? "debug" : "warn");
  if (reason === "not_ours") assert.equal(body.status?.error, undefined);
  else assert.match(body.status?.error ?? "", new RegExp(`^[ -~]{1,80} \\(request ${requestId}\\)$`));
  assert.equal(server.stsCalls(), before, "STS was asked");
}

/** Asserts that a token is allowed, and for whom. */
export async function assertAllowedAs(server: ReviewServer, token: string, username: string): Promise<void> {
  const answer = await server.review(token);
  assert.deepEqual(
    { authenticated: answer.body.status?.authenticated, username: answer.body.status?.user?.username },
    { authenticated: true, username },
    JSON.stringify(server.lineOf(answer)),
  );
}

/** Asserts that a token that was just minted is allowed until it is 15 minutes old, and not a second longer. */
export async function assertTakenFor15Minutes(server: ReviewServer, token: string, username: string): Promise<void> {
  server.advance(15 * 60_000);
  await assertAllowedAs(server, token, username);
  server.advance(1);
  await assertDenied(server, token, "expired");
  server.advance(999);
  await assertDenied(server, token, "expired");
}
