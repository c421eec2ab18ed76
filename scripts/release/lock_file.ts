/**
 * The packages of the lock file that a binary may hold code of: those that the shipped sources import, and all that they
 * depend on. What only tests and scripts import stays out.
 *
 * @module
 */

import { PACKAGES } from "../lint/packages.ts";

/** One package in one version. */
export interface LockedPackage {
  /** `@scope/name` or `name`. */
  readonly name: string;
  readonly version: string;
  /** SHA-512 of the tarball, in hex. */
  readonly sha512: string;
  /** Whether the project imports it itself. */
  readonly isDirect: boolean;
  /** What it depends on, as `name@version`. */
  readonly dependencies: readonly string[];
}

/** The part of `deno.lock`, version 5, that is read here. */
interface LockFile {
  /** From `npm:name@version` to the version, which may name peers behind a `_`. */
  readonly specifiers: Readonly<Record<string, string>>;
  readonly npm: Readonly<Record<string, LockedEntry>>;
}

interface LockedEntry {
  readonly integrity: string;
  /** `name`, where the lock file holds one version of it, else `name@version`. */
  readonly dependencies?: readonly string[];
  readonly optionalDependencies?: readonly string[];
}

/**
 * Reads the text of a lock file.
 *
 * @param imports `imports` of `deno.json`: from names to `npm:name@version`
 * @returns the packages by `name@version`, sorted by it
 * @throws {Error} where the lock file does not hold what it names
 */
export function shippedPackages(
  text: string,
  imports: Readonly<Record<string, string>>,
): ReadonlyMap<string, LockedPackage> {
  const { npm, specifiers } = JSON.parse(text) as LockFile;
  const keyOf = (wanted: string): string => {
    if (wanted in npm) return wanted;
    const [key, ...others] = Object.keys(npm).filter((key) => nameOf(key) === wanted);
    if (key !== undefined && others.length === 0) return key;
    throw new Error(`Cannot find "${wanted}" in deno.lock: it does not hold exactly one; run once with --frozen=false`);
  };
  const roots = Object.entries(imports).filter(([name]) => PACKAGES[name]?.length !== 0);
  const direct = new Set(roots.map(([name, target]) => keyOf(`${name}@${specifiers[target]}`)));
  const keys = new Set(direct);
  const packages = new Map<string, LockedPackage>();
  for (const key of keys) {
    const { integrity, dependencies = [], optionalDependencies = [] } = npm[key]!;
    const needed = [...dependencies, ...optionalDependencies].map(keyOf);
    needed.forEach((one) => keys.add(one));
    const id = idOf(key);
    packages.set(id, {
      name: nameOf(key),
      version: id.slice(nameOf(key).length + 1),
      sha512: hexOf(integrity),
      isDirect: direct.has(key),
      dependencies: needed.map(idOf).sort(),
    });
  }
  return new Map([...packages].sort(([a], [b]) => a < b ? -1 : 1));
}

/** `@scope/name` of `@scope/name@1.0.0_peer@2.0.0`. */
function nameOf(key: string): string {
  return key.slice(0, key.indexOf("@", 1));
}

/** `@scope/name@1.0.0` of `@scope/name@1.0.0_peer@2.0.0`. */
function idOf(key: string): string {
  return key.replace(/(?<=@\d[^_]*)_.*$/, "");
}

function hexOf(integrity: string): string {
  const [algorithm, base64 = ""] = integrity.split(/-(.*)/);
  if (algorithm === "sha512") return Uint8Array.fromBase64(base64).toHex();
  throw new Error(`Cannot read the integrity "${integrity}" in deno.lock: it is no SHA-512`);
}
