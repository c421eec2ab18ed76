/**
 * The identity that an ARN stands for, where no STS confirmed it: to explain mappings, never to decide by.
 *
 * @module
 */

import { permissionSetArn } from "../../clouds/aws/permission_set.ts";
import type { Cloud } from "../../clouds/cloud.ts";
import { ArnError } from "../../clouds/cloud.ts";
import type { Identity } from "../../identity/identity.ts";
import { foldAsciiCase } from "../../identity/ascii_case.ts";

/** Stand in names for what an ARN does not tell. */
const UNKNOWN = { sessionName: "<session name>", accessKeyId: "<access key id>" } as const;

/** An identity made of an ARN, and what of the ARN was read differently from how it was written. */
export interface Principal {
  /** Its principal id is empty. */
  readonly identity: Identity;
  readonly notice: string | undefined;
}

/**
 * Reads the ARN of a user, role, role's session or account root.
 *
 * Trust: whoever starts the process chose the text.
 *
 * @throws {ArnError} if no principal of any cloud has such an ARN
 */
export function principalOf(text: string, clouds: readonly Cloud[]): Principal {
  const cloud = clouds.find(({ arnPrefix }) => foldAsciiCase(text).startsWith(arnPrefix));
  if (cloud === undefined) throw new ArnError("Cannot explain the argument: it is not an ARN; check what you copied");
  const { canonicalArn, kind, isGlob, notice } = cloud.readArnPattern(text);
  if (isGlob) throw new ArnError(`Cannot explain "${text}": principals have no wildcards; write the name of one`);
  const setArn = permissionSetArn(canonicalArn);
  const session = /:assumed-role\/[^/]+\/([^/]+)$/i.exec(text)?.[1];
  const identity: Identity = {
    cloud: cloud.id,
    arn: text,
    canonicalArn,
    ...(setArn !== undefined && { permissionSetArn: setArn }),
    accountId: canonicalArn.split(":").at(-2) ?? "",
    principalId: "",
    sessionName: kind === "role" ? session ?? UNKNOWN.sessionName : "",
    accessKeyId: UNKNOWN.accessKeyId,
  };
  return { identity, notice: session === undefined ? notice : undefined };
}
