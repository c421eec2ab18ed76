/**
 * Ways to spoil a valid token of Alibaba Cloud, each a row of a test.
 *
 * @module
 */

import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { encodeToken, type TokenJson, tokenJson } from "../../support/tokens.ts";
import type { DenyContext, DenyRow } from "./deny.ts";

/** A token whose JSON is changed after it was signed. */
export function changed(what: string, change: (json: TokenJson, context: DenyContext) => void): DenyRow {
  return [what, "malformed", (context) => {
    change(context.json, context);
    return encodeToken(context.json);
  }];
}

/** A token whose JSON text is changed after it was signed. */
export function rewritten(what: string, change: (text: string, context: DenyContext) => string): DenyRow {
  return [what, "malformed", (context) => encodeToken(change(JSON.stringify(context.json), context))];
}

/** A token for a request that Alice honestly signed as it is. */
export function signed(what: string, part: Parameters<typeof tokenJson>[2]): DenyRow {
  return [
    what,
    "malformed",
    ({ server: { clusterId, now } }) => encodeToken(tokenJson(DEMO_PRINCIPALS.alice, { clusterId, now: now() }, part)),
  ];
}

/** A token with a changed `Authorization`. */
export function authorized(what: string, change: (text: string) => string): DenyRow {
  return changed(what, ({ headers }) => {
    headers["Authorization"] = change(String(headers["Authorization"]));
  });
}
