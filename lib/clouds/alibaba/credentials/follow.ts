/**
 * From a profile to keys: those in it, or those that its mode leads to.
 *
 * @module
 */

import { importLater } from "../../../import_later.ts";
import type { World } from "../../../world.ts";
import type { Credentials, CredentialsWanted } from "../../signer.ts";
import { broken, keysOf, type Profile } from "./profile.ts";

/** The profiles of a file, and for what one of them is followed. */
export interface Family {
  readonly want: CredentialsWanted;
  find(name: string): Profile | undefined;
}

/**
 * Gets the keys of a profile.
 *
 * @param path the profiles that led to this one
 * @throws {CredentialsError} if it has none that can be used
 */
export async function followProfile(
  world: World,
  profile: Profile,
  family: Family,
  path: readonly string[] = [],
): Promise<Credentials> {
  switch (profile.mode.toLowerCase()) {
    case "ak":
      return keysOf(profile, { isTemporary: false });
    case "ststoken":
      return keysOf(profile, { isTemporary: true });
  }
  const { followMode } = await importLater<typeof import("./modes.ts")>("./modes.ts", import.meta.url);
  return await followMode(world, profile, {
    want: family.want,
    async sourceKeys(name) {
      const before = [...path, profile.name];
      if (before.includes(name)) throw broken(profile, `its source profiles lead back to "${name}"; ${profile.repair}`);
      const source = family.find(name);
      if (source === undefined) throw broken(profile, `there is no source profile "${name}"; ${profile.repair}`);
      return await followProfile(world, source, family, before);
    },
  });
}
