/**
 * What the listener tells a cloud of one call, and what the cloud gives back. Knows neither of them.
 *
 * @module
 */

import type { CloudId } from "../identity/identity.ts";
import type { AssumableRole } from "./roles.ts";

/** Why a call fails before anybody looks at what it asks. */
export type Trouble = "throttle" | "unavailable" | "too_large" | "failure";

/** The emulated cloud, as one call finds it. */
export interface CallContext<Principal> {
  /** Who exists. The keys that a call is given join them. */
  readonly principals: Principal[];
  readonly roles: readonly AssumableRole[];
  readonly now: Date;
  readonly trouble: Trouble | undefined;
}

/** What one call was and how it ended. Trust: the caller chose `action` and `accessKeyId`; neither is a secret. */
export interface StsCallReport {
  readonly cloud: CloudId;
  readonly action: string | undefined;
  /** The key that the caller claims, where it could be read. */
  readonly accessKeyId: string | undefined;
  /** `OK`, or the vendor's code of the error. */
  readonly outcome: string;
}

/** A call's answer, and what to tell of it. */
export interface AnsweredCall {
  readonly response: Response;
  readonly report: StsCallReport;
}
