/**
 * What mutants of one cloud's tokens are made of and tried on.
 *
 * @module
 */

import type { ReadContext, TokenReader } from "../../../lib/clouds/cloud.ts";
import type { ReceivedRequest } from "../../../lib/emulator/request.ts";
import type { Anatomy } from "./anatomy.ts";

/** One cloud under trial. */
export interface Subject {
  readonly anatomy: Anatomy;
  readonly reader: TokenReader;
  readonly context: ReadContext;
  /** Good for the context: what they ask of STS, and nothing else, may be asked. */
  readonly valid: readonly string[];
  /** Well signed, but for another cluster or none, for another time, host or action. */
  readonly strangers: readonly string[];
  /** Whether any request at all may go to a host. Must not ask the reader's own table. */
  mayAsk(host: string): boolean;
  /** Whether the emulated STS takes a request for somebody's. Shares no code with the reader. */
  stsTakes(request: ReceivedRequest): boolean;
}
