/**
 * The clouds there are. Each half of each is loaded when it is first asked for, so that a login with one cloud waits
 * neither for another nor for the server's code.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { importLater } from "../import_later.ts";
import type { CloudId } from "../identity/identity.ts";
import type { Cloud } from "./cloud.ts";
import type { Signer } from "./signer.ts";
import { quoted } from "../quote.ts";

interface Row {
  /** What people call it. */
  readonly name: string;
  /** How its ARNs start. */
  readonly arnPrefix: string;
  /** Whether its machines have roles of their own. */
  readonly hasInstances: boolean;
  readonly signer: () => Promise<Signer>;
  readonly cloud: () => Promise<Cloud>;
}

// Signers are what a login is for, and imported as commands are: a computed specifier takes longer than reading both.
const CLOUDS: Readonly<Record<CloudId, Row>> = {
  alibaba: {
    name: "Alibaba Cloud",
    arnPrefix: "acs:",
    hasInstances: false,
    signer: async () => (await import("./alibaba/signer.ts")).alibabaSigner,
    cloud: async () =>
      (await importLater<typeof import("./alibaba/cloud.ts")>("./alibaba/cloud.ts", import.meta.url)).alibaba,
  },
  aws: {
    name: "AWS",
    arnPrefix: "arn:",
    hasInstances: true,
    signer: async () => (await import("./aws/signer.ts")).awsSigner,
    cloud: async () => (await importLater<typeof import("./aws/cloud.ts")>("./aws/cloud.ts", import.meta.url)).aws,
  },
};

const IDS = Object.keys(CLOUDS) as readonly CloudId[];

/** The cloud whose ARNs start as this text does, in any case. */
export function cloudOfArn(text: string): CloudId | undefined {
  return IDS.find((id) => text.toLowerCase().startsWith(CLOUDS[id].arnPrefix));
}

/** All clouds but one. */
export function otherClouds(id: CloudId): readonly CloudId[] {
  return IDS.filter((other) => other !== id);
}

/** What people call the cloud. */
export function cloudName(id: CloudId): string {
  return CLOUDS[id].name;
}

/** Whether roles of the cloud can be those of its machines, as `Cloud.instances` has them. */
export function hasInstances(id: CloudId): boolean {
  return CLOUDS[id].hasInstances;
}

/**
 * Loads what signs tokens of a cloud.
 *
 * @throws {UsageError} if this version does not know the cloud
 */
export async function loadSigner(id: CloudId): Promise<Signer> {
  return await rowOf(id).signer();
}

/**
 * Loads what judges tokens of a cloud.
 *
 * @throws {UsageError} if this version does not know the cloud
 */
export async function loadCloud(id: CloudId): Promise<Cloud> {
  return await rowOf(id).cloud();
}

/** Loads what judges tokens, for every cloud that this version knows. */
export async function loadClouds(): Promise<readonly Cloud[]> {
  return await Promise.all(IDS.map(loadCloud));
}

function rowOf(id: CloudId): Row {
  if (Object.hasOwn(CLOUDS, id)) return CLOUDS[id];
  throw new UsageError(`Cannot use cloud "${id}": this version knows ${IDS.join(" and ")}`);
}

/**
 * The cloud of an ARN.
 *
 * @throws {UsageError} if it is of none
 */
export async function cloudOf(arn: string, attempt: string): Promise<Cloud> {
  const id = cloudOfArn(arn);
  if (id !== undefined) return await loadCloud(id);
  throw new UsageError(
    `${attempt} ${quoted(arn)}: it is not an ARN of Alibaba Cloud or AWS; it must start with "acs:" or "arn:"`,
  );
}
