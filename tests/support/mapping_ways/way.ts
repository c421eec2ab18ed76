/**
 * What a way to more rights is, and what an honest edit is: requests, who sends them, and what they bring.
 *
 * @module
 */

import type { Request } from "../api_requests.ts";
import type { Person } from "./people.ts";

/** Who logs in, of the demo's principals. `carol` is a session of the role `Viewers`, whose name she chose; the sentinel is nobody's subject. */
export type Subject = "alice" | "carol" | "dave" | "sentinel";

/** A request, and who sends it. */
export type Step = readonly [Person, Request];

/** A way that somebody tries. */
export interface Way {
  readonly name: string;
  /** What the administrator made before. */
  readonly given?: readonly Request[];
  readonly steps: readonly Step[];
  /** Default: alice. */
  readonly subject?: Subject;
  /** What the subject may do before: default "some" where something was given, else "none". */
  readonly before?: Rights;
  /**
   * What it brings without the guard: `login`, the subject is administrator; `later`, the API server takes it, and it pays
   * off elsewhere: in aws-iam-authenticator or ack-ram-authenticator, once the server is started anew, or by keeping
   * others from their rights or from taking rights away; `nothing`, it fails anyway.
   */
  readonly without: "login" | "later" | "nothing";
}

/** What a login may do: it is refused, it is somebody, it may do everything. */
export type Rights = "none" | "some" | "admin";

/** An edit that must go on working with the guard. */
export interface HonestEdit {
  readonly name: string;
  readonly given?: readonly Request[];
  readonly steps: readonly Step[];
}
