/**
 * What EC2 calls its instances: DescribeInstances by the vendor's own client, over connections of ours. Loaded when the
 * first instance logs in, because the client takes a tenth of a second and 70 MB.
 *
 * The ids are values of a filter: asked by id, EC2 refuses a whole call for one instance that is gone.
 *
 * Source: "DescribeInstances" of the EC2 API reference, version 2016-11-15.
 *
 * @module
 */

import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { messageOf, RamAuthError, UsageError } from "../../errors.ts";
import { BodyTooLargeError } from "../../http.ts";
import { VERSION } from "../../version.ts";
import type { World } from "../../world.ts";
import type { AskInstances, InstancesOptions } from "../instances.ts";
import type { Credentials } from "../signer.ts";
import { assumeRole } from "./assume_role.ts";
import { sdkConnection, toSdk } from "./sdk_connection.ts";
import { wantedRegion } from "./sts_host.ts";
import { sentence } from "../../quote.ts";

/**
 * A review waits for a call. An instance has 5 KB with many interfaces and tags, and 200 are asked for. Who asks has a
 * rate to keep, and asks again.
 */
const LIMITS = { tries: 1, deadlineMs: 2_000, maxBytes: 8_388_608 };

/** What to do about an error code of EC2. */
const ADVICE: Readonly<Record<string, string>> = {
  AuthFailure: "check the credentials, and that the region is switched on",
  RequestExpired: "check the clock of this machine, and renew the credentials",
  RequestLimitExceeded: "ask less often, by ec2DescribeInstancesQps",
  UnauthorizedOperation: 'allow "ec2:DescribeInstances"',
};
const OTHER_ADVICE = "check the network, the region and the credentials";

/** EC2 cannot be asked, or refused. */
export class Ec2Error extends RamAuthError {
  readonly code = "ERR_EC2";
}

/**
 * Makes what asks EC2; it throws {@linkcode Ec2Error}, or what finding credentials and assuming the role throw.
 *
 * @throws {UsageError} if no region is configured: in a wrong one, every instance would be unknown
 */
export async function createInstanceAsker(world: World, options: InstancesOptions): Promise<AskInstances> {
  const region = await wantedRegion(world, options.sts);
  if (region === undefined) {
    throw new UsageError("Cannot ask EC2: no region is configured; give --region or set AWS_REGION");
  }
  const ec2 = new EC2Client({
    region,
    credentials: async () => toSdk(await credentialsOf(world, options)),
    maxAttempts: 1,
    customUserAgent: `ram-auth/${VERSION}`,
    requestHandler: sdkConnection(world, { ...LIMITS, client: options.client }),
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
  });
  return async (ids) => {
    const attempt = `Cannot ask EC2 in region "${region}"`;
    try {
      const filter = { Name: "instance-id", Values: [...ids] };
      const { Reservations, NextToken } = await ec2.send(new DescribeInstancesCommand({ Filters: [filter] }));
      // The SDK takes any XML for an answer; a denial must not come of one that is none, or not all.
      if (Reservations === undefined || NextToken) throw new Error("it returned an unexpected or incomplete answer");
      const instances = Reservations.flatMap(({ Instances = [] }) => Instances);
      return new Map(
        instances.flatMap(({ InstanceId, PrivateDnsName }) =>
          InstanceId && PrivateDnsName ? [[InstanceId, PrivateDnsName] as const] : []
        ),
      );
    } catch (cause) {
      if (cause instanceof RamAuthError && !(cause instanceof BodyTooLargeError)) throw cause;
      const code = cause instanceof Error ? cause.name : "";
      const advice = Object.hasOwn(ADVICE, code) ? ADVICE[code] : OTHER_ADVICE;
      throw new Ec2Error(`${attempt}: ${sentence(`${code}: ${messageOf(cause)}`)}; ${advice}`, { cause });
    }
  };
}

async function credentialsOf(
  world: World,
  { findCredentials, roleArn, sourceArn, sts }: InstancesOptions,
): Promise<Credentials> {
  const credentials = await findCredentials();
  if (roleArn === undefined) return credentials;
  const session = { kind: "usual" } as const;
  return await assumeRole(world, { roleArn, session, credentials, sts }, { sourceArn });
}
