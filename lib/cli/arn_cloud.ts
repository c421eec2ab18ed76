/**
 * The cloud that an ARN on the command line is of.
 *
 * @module
 */

import type { Cloud } from "../clouds/cloud.ts";
import { cloudOfArn, loadCloud } from "../clouds/registry.ts";
import { quoted } from "../config/values.ts";
import { UsageError } from "../errors.ts";

/**
 * The cloud of an ARN.
 *
 * @throws {UsageError} if it is of none
 */
export async function cloudOf(arn: string, attempt: string): Promise<Cloud> {
  const id = cloudOfArn(arn);
  if (id !== undefined) return await loadCloud(id);
  throw new UsageError(`${attempt} ${quoted(arn)}: it is the ARN of no cloud; write one with "acs:" or "arn:"`);
}
