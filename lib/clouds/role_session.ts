/**
 * How the session of an assumed role is called. One rule for all clouds; which names a cloud takes is the cloud's.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { AssumeRoleError, type SessionName } from "./signer.ts";
import type { ServiceCall } from "./service_call.ts";

/** What a cloud brings: which names it takes, and how to ask it for the caller's. */
export interface SessionRules {
  readonly now: Date;
  /** The whole of a name that the cloud takes. */
  readonly pattern: RegExp;
  /** {@linkcode pattern} in words. */
  readonly alphabet: string;
  /** The principal id that STS gives of the caller: `<id>:<session name>`, or an id alone. */
  callerPrincipalId(): Promise<string>;
}

/**
 * Settles the name of a session. A caller that has no session has none to hand on, and gets the usual name.
 *
 * @throws {UsageError} if the name given is not one that the cloud takes
 * @throws {AssumeRoleError} if STS cannot be asked who is calling
 */
export async function settleSessionName(session: SessionName, rules: SessionRules): Promise<string> {
  const { now, pattern, alphabet, callerPrincipalId } = rules;
  const usual = `ram-auth-${now.getTime()}`;
  if (session.kind === "usual") return usual;
  if (session.kind === "given") {
    if (pattern.test(session.name)) return session.name;
    throw new UsageError(`Cannot call the session "${session.name}": a name has 2 to 64 characters of ${alphabet}`);
  }
  const name = (await callerPrincipalId()).split(":").slice(1).join(":");
  if (name === "" || pattern.test(name)) return name || usual;
  throw new AssumeRoleError(
    "Cannot forward the session name of the caller: STS returned a session name that it does not accept; give --session-name",
  );
}

/** The call that assumes a role. */
export function roleCall(roleArn: string, caFile?: string): ServiceCall {
  return {
    attempt: `Cannot assume role "${roleArn}"`,
    service: "STS",
    hostOption: "--sts-endpoint",
    caFile,
    Failure: AssumeRoleError,
  };
}
