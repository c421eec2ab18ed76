/**
 * Whether a mutant of a token does harm: it must be refused, ask STS for exactly what a valid token asks, or ask for
 * what STS refuses. The judge of the last is the emulator, which shares no code with the reader.
 *
 * @module
 */

import { alibaba } from "../../lib/clouds/alibaba/cloud.ts";
import { type ReadContext, type StsCall, TokenError, type TokenReader } from "../../lib/clouds/cloud.ts";
import type { ReceivedRequest } from "../../lib/emulator/alibaba/acs3.ts";
import { checkSignature } from "../../lib/emulator/alibaba/check_signature.ts";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { mintedToken } from "./minted_token.ts";

/** What became of a mutant. `finding` is harm. */
export type MutantVerdict =
  | { readonly kind: "refused" }
  | { readonly kind: "same" }
  | { readonly kind: "sts_refuses" }
  | { readonly kind: "finding"; readonly why: string };

/** Valid tokens, and the judge of their mutants. */
export interface MutantJudge {
  /** One of each demo principal. */
  readonly tokens: readonly string[];
  judge(mutant: string): MutantVerdict;
}

const CONTEXT: ReadContext = { clusterId: "prod/eu:one two*~é", now: new Date("2026-11-22T12:00:30Z") };
const SIGNED_AT = new Date("2026-11-22T12:00:00Z");

/** Mints the tokens, and makes the judge. */
export async function createMutantJudge(): Promise<MutantJudge> {
  const endpoint = { stsEndpoint: "sts.example", region: undefined, network: "public" } as const;
  const reader = await alibaba.createReader(endpoint, () => Promise.resolve(false));
  const signing = { clusterId: CONTEXT.clusterId, now: SIGNED_AT };
  const tokens = await Promise.all(Object.values(DEMO_PRINCIPALS).map((keys) => mintedToken(keys, signing)));
  const valid = new Set(tokens.map((token) => textOf(reader.read(token, CONTEXT))));
  return { tokens, judge: (mutant) => judge(mutant, reader, valid) };
}

function judge(mutant: string, reader: TokenReader, valid: ReadonlySet<string>): MutantVerdict {
  let call: StsCall;
  try {
    call = reader.read(mutant, CONTEXT);
  } catch (refusal) {
    if (refusal instanceof TokenError) return { kind: "refused" };
    return { kind: "finding", why: `the reader threw ${refusal}` };
  }
  if (valid.has(textOf(call))) return { kind: "same" };
  let request: ReceivedRequest;
  try {
    request = receivedRequest(call);
  } catch (cause) {
    return { kind: "finding", why: `the call cannot be sent: ${cause}` };
  }
  const verdict = checkSignature(request, { principals: Object.values(DEMO_PRINCIPALS), now: CONTEXT.now });
  if (verdict.kind === "refused") return { kind: "sts_refuses" };
  return { kind: "finding", why: `STS takes another call than the token's signer signed: ${textOf(call)}` };
}

/** All of a call that goes over the wire. */
function textOf({ host, method, target, headers }: StsCall): string {
  return JSON.stringify([host, method, target, Object.entries(headers).sort(([a], [b]) => a < b ? -1 : 1)]);
}

/** @throws {TypeError} if a header cannot be sent as it is */
function receivedRequest({ method, target, headers }: StsCall): ReceivedRequest {
  const [path = "", query = ""] = target.split("?");
  return { method, path, query, headers: new Headers(headers), body: new Uint8Array() };
}
