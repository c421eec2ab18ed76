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

interface Halves {
  readonly signer: () => Promise<Signer>;
  readonly cloud: () => Promise<Cloud>;
}

const CLOUDS: Readonly<Partial<Record<CloudId, Halves>>> = {
  alibaba: {
    signer: async () => (await import("./alibaba/signer.ts")).alibabaSigner,
    cloud: async () =>
      (await importLater<typeof import("./alibaba/cloud.ts")>("./alibaba/cloud.ts", import.meta.url)).alibaba,
  },
};

/**
 * Loads what signs tokens of a cloud.
 *
 * @throws {UsageError} if this version does not know the cloud
 */
export async function loadSigner(id: CloudId): Promise<Signer> {
  return await halvesOf(id).signer();
}

/**
 * Loads what judges tokens of a cloud.
 *
 * @throws {UsageError} if this version does not know the cloud
 */
export async function loadCloud(id: CloudId): Promise<Cloud> {
  return await halvesOf(id).cloud();
}

/** Loads what judges tokens, for every cloud that this version knows. */
export async function loadClouds(): Promise<readonly Cloud[]> {
  return await Promise.all(Object.values(CLOUDS).map(({ cloud }) => cloud()));
}

function halvesOf(id: CloudId): Halves {
  const halves = Object.hasOwn(CLOUDS, id) ? CLOUDS[id] : undefined;
  if (halves === undefined) {
    throw new UsageError(`Cannot use cloud "${id}": this version knows ${Object.keys(CLOUDS).join(" and ")}`);
  }
  return halves;
}
