/**
 * What the clouds' calls to STS have in common where a role is assumed.
 *
 * @module
 */

import type { ServiceCall } from "./service_call.ts";
import { AssumeRoleError } from "./signer.ts";

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
