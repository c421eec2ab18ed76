/**
 * Whether a mutant of a token does harm: it must be refused, ask STS for exactly what a valid token asks, or ask for
 * what STS refuses. Knows no cloud.
 *
 * @module
 */

import { type StsCall, TokenError } from "../../../lib/clouds/cloud.ts";
import type { ReceivedRequest } from "../../../lib/emulator/request.ts";
import type { Subject } from "./subject.ts";

/** What became of a mutant. `finding` is harm. */
export type MutantVerdict =
  | { readonly kind: "refused" | "same" | "sts_refuses" }
  | { readonly kind: "finding"; readonly why: string };

/** Makes the judge of a cloud's mutants. */
export function createMutantJudge(subject: Subject): (mutant: string) => MutantVerdict {
  const { reader, context } = subject;
  const valid = new Set(subject.valid.map((token) => textOf(reader.read(token, context))));
  return (mutant) => {
    let call: StsCall;
    try {
      call = reader.read(mutant, context);
    } catch (refusal) {
      if (refusal instanceof TokenError) return { kind: "refused" };
      return { kind: "finding", why: `the reader threw ${refusal}` };
    }
    return valid.has(textOf(call)) ? { kind: "same" } : judgeOther(call, subject);
  };
}

/** Judges a call that no valid token makes. */
function judgeOther(call: StsCall, { mayAsk, stsTakes }: Subject): MutantVerdict {
  const finding = (why: string): MutantVerdict => ({ kind: "finding", why: `${why}: ${textOf(call)}` });
  if (!mayAsk(call.host)) return finding("a host that must not be asked would be");
  const url = `https://${call.host}${call.target}`;
  if (!URL.canParse(url) || new URL(url).href !== url) return finding("the platform would send another request");
  let request: ReceivedRequest;
  try {
    request = receivedRequest(call);
  } catch (cause) {
    return finding(`the call cannot be sent, ${cause}`);
  }
  return stsTakes(request) ? finding("STS takes another call than the token's signer signed") : { kind: "sts_refuses" };
}

/** All of a call that goes over the wire. */
function textOf({ host, method, target, headers }: StsCall): string {
  return JSON.stringify([host, method, target, Object.entries(headers).sort(([a], [b]) => a < b ? -1 : 1)]);
}

/** @throws {TypeError} if a header cannot be sent as it is */
function receivedRequest({ host, method, target, headers }: StsCall): ReceivedRequest {
  const [path = "", query = ""] = target.split("?");
  return { method, path, query, headers: new Headers({ ...headers, host }), body: new Uint8Array() };
}
