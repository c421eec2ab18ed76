/**
 * What it means that a token is denied, asserted whole.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { mintedToken } from "../../support/minted_token.ts";
import { type ReviewServer, startReviewServer } from "../../support/review_server.ts";
import { type TokenJson, tokenJson } from "../../support/tokens.ts";

/** Why a token is denied, as the log says it. */
export type DenyReason = "malformed" | "wrong_cluster" | "expired" | "not_yet_valid" | "too_large" | "not_ours";

/** What a row makes its token of: a server, and a valid token's JSON to spoil. */
export interface DenyContext {
  readonly server: ReviewServer;
  /** Alice's, signed by the vendor's package. */
  readonly json: TokenJson;
  /** The admin's, with a security token. */
  readonly stsJson: TokenJson;
  /** Alice's, as `ram-auth token` prints it. */
  readonly minted: string;
}

/** One denial: what the token is, its reason, and how it is made. */
export type DenyRow = readonly [what: string, reason: DenyReason, make: (context: DenyContext) => string];

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
export async function assertAllowed(server: ReviewServer, token: string, username = "alice"): Promise<void> {
  const answer = await server.review(token);
  assert.deepEqual(
    { authenticated: answer.body.status?.authenticated, username: answer.body.status?.user?.username },
    { authenticated: true, username },
    JSON.stringify(server.lineOf(answer)),
  );
}

/** A server with valid tokens for it. */
export async function contextOf(server: ReviewServer): Promise<DenyContext> {
  const { alice, kubernetesAdmin } = DEMO_PRINCIPALS;
  const options = { clusterId: server.clusterId, now: server.now() };
  return {
    server,
    json: tokenJson(alice, options),
    stsJson: tokenJson(kubernetesAdmin, options),
    minted: await mintedToken(alice, options),
  };
}

/** Registers a test named by its id, in which every row is denied and an untouched token is allowed. */
export function testDenied(
  name: string,
  rows: readonly DenyRow[],
  options: { readonly clusterId?: string } = {},
): void {
  Deno.test(name, async (t) => {
    await using server = await startReviewServer(options);
    for (const [what, reason, make] of rows) {
      await t.step(what, async () => await assertDenied(server, make(await contextOf(server)), reason));
    }
    const { minted } = await contextOf(server);
    await assertAllowed(server, minted);
  });
}
