/**
 * The licence texts of the packages in a binary, which must go with it: bundling leaves them behind.
 *
 * @module
 */

import type { LockedPackage } from "./lock_file.ts";
import type { PackageCache } from "./package_cache.ts";

const LINE = "=".repeat(80);

/** Each text once, below the packages that it came with; a package without one is listed with its licence's name. */
export async function writeNotices(
  packages: ReadonlyMap<string, LockedPackage>,
  { licenseOf, noticesOf }: PackageCache,
): Promise<string> {
  const owners = new Map<string, string[]>();
  for (const [id, locked] of packages) {
    const texts = await noticesOf(locked);
    for (const text of texts.length > 0 ? texts : [`Licence: ${await licenseOf(locked) ?? "not stated"}`]) {
      const key = text.replaceAll("\r\n", "\n").trim();
      owners.set(key, [...owners.get(key) ?? [], id]);
    }
  }
  const sections = [...owners].map(([text, ids]) => `${LINE}\n${ids.join("\n")}\n\n${text}\n\n`);
  return `The binary holds the runtime of Deno (MIT, github.com/denoland/deno) and code of these packages.\n\n${
    sections.join("")
  }`;
}
