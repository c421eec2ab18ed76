/**
 * Valid tokens of Alibaba Cloud, for the tests to spoil.
 *
 * @module
 */

import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { mintedToken } from "../../support/minted_token.ts";
import { type ReviewServer, startReviewServer } from "../../support/review_server.ts";
import { type TokenJson, tokenJson } from "../../support/tokens.ts";
import { assertAllowedAs, assertDenied, type DenyRow as RowOf } from "../deny.ts";

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
export type DenyRow = RowOf<DenyContext>;

/** Asserts that a token is allowed, and for whom. */
export async function assertAllowed(server: ReviewServer, token: string, username = "alice"): Promise<void> {
  await assertAllowedAs(server, token, username);
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
