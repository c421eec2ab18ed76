/**
 * What the image holds beside the binary, collected from the packages of Debian on this machine by `parts.sh`.
 *
 * @module
 */

import type { DebianPackage } from "../release/debian_package.ts";

/** What is taken from each package is under these licences. */
export const LICENSES: Readonly<Record<string, string>> = {
  "base-files": "GPL-2.0-or-later",
  "ca-certificates": "MPL-2.0",
  "libc6": "LGPL-2.1-or-later",
  "libgcc-s1": "GPL-3.0-or-later WITH GCC-exception-3.1",
};

/**
 * Puts the parts into a new folder.
 *
 * @returns the packages that they are from, by name
 * @throws {Error} that says what to do
 */
export async function collectParts(folder: string): Promise<readonly DebianPackage[]> {
  const { success, stderr } = await new Deno.Command("/bin/sh", { args: ["scripts/image/parts.sh", folder] }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
  const system = fieldsOf(await Deno.readTextFile(`${folder}/etc/os-release`), "=");
  const distribution = { id: system.get("ID") ?? "debian", version: system.get("VERSION_ID")?.replaceAll('"', "") };
  const status = `${folder}/var/lib/dpkg/status.d`;
  const names = [...Deno.readDirSync(status)].map(({ name }) => name).sort();
  return await Promise.all(names.map(async (name) => {
    const fields = fieldsOf(await Deno.readTextFile(`${status}/${name}`), ": ");
    return {
      name,
      version: fields.get("Version")!,
      architecture: fields.get("Architecture")!,
      distribution,
      license: LICENSES[name]!,
    };
  }));
}

function fieldsOf(text: string, between: string): ReadonlyMap<string, string> {
  const lines = text.split("\n").filter((line) => line.includes(between));
  return new Map(lines.map((line) => {
    const at = line.indexOf(between);
    return [line.slice(0, at), line.slice(at + between.length)];
  }));
}
