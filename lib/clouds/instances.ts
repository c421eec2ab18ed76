/**
 * The seam to a cloud's machines, where its tokens can be those of a machine's own role. Types alone.
 *
 * @module
 */

import type { Identity } from "../identity/identity.ts";
import type { World } from "../world.ts";
import type { Credentials, StsWanted } from "./signer.ts";

/** As whom the cloud is asked about its instances, and where. */
export interface InstancesOptions {
  /** Finds the server's own credentials; called again before they end. */
  readonly findCredentials: () => Promise<Credentials>;
  /** The role to ask as, in place of whoever the credentials belong to. */
  readonly roleArn: string | undefined;
  /** For whose sake the role is assumed, as its trust policy may demand (`aws:SourceArn`). */
  readonly sourceArn: string | undefined;
  /** The STS that gives the role's keys; its region is that of the instances. */
  readonly sts: StsWanted;
  /** Decides which CAs are trusted; it belongs to the caller. */
  readonly client: Deno.HttpClient;
  /** A URL in place of the region's. */
  readonly endpoint?: string;
}

/** Asks for the private DNS names of some instances, by their ids; an instance without one is not in the answer. */
export type AskInstances = (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>;

/** What a cloud knows of its instances. */
export interface Instances {
  /** The id of the instance whose own role the identity is; `undefined` for everybody else. */
  idOf(identity: Identity): string | undefined;
  /**
   * Makes what asks the cloud. Loads the vendor's client.
   *
   * @throws {UsageError} if it is not configured where to ask
   */
  createAsker(world: World, options: InstancesOptions): Promise<AskInstances>;
}
