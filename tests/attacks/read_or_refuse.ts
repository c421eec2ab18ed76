import { TokenError } from "../../lib/clouds/cloud.ts";

/** What is read of a token, or `undefined` where it is refused as tokens are; no other error passes. */
export function readOrRefuse<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (refusal) {
    if (refusal instanceof TokenError) return undefined;
    throw refusal;
  }
}
