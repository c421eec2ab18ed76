/**
 * What a release is made from: the commit, the lock file, the Deno that compiles, and the runtime of each binary.
 *
 * @module
 */

import type { Target } from "../compile/runtime.ts";
import { runtimeFor } from "../compile/compile.ts";
import { artefactAt } from "./artefacts.ts";
import { type DebianPackage, purlOf } from "./debian_package.ts";
import type { Ingredient } from "./provenance.ts";

/** The ingredients of a release of the project in the current folder, after it was compiled for these targets. */
export async function ingredientsOf(commit: string, targets: readonly Target[]): Promise<readonly Ingredient[]> {
  const version = Deno.version.deno;
  const uri = `pkg:github/denoland/deno@v${version}`;
  return [
    { name: "source", digest: { gitCommit: commit } },
    { name: "deno.lock", digest: await digestOf("deno.lock") },
    { name: "deno", uri, digest: await digestOf(Deno.execPath()) },
    ...await Promise.all(targets.map(async (target) => {
      const path = await runtimeFor(target) ?? await downloadedRuntime(target);
      return { name: `denort-${target}`, uri, ...(path !== undefined && { digest: await digestOf(path) }) };
    })),
  ];
}

/** A package of Debian that parts of the image are from; of the package as a file, nothing is known here. */
export function ingredientOf(debian: DebianPackage): Ingredient {
  return { name: debian.name, uri: purlOf(debian) };
}

async function digestOf(path: string): Promise<{ readonly sha256: string }> {
  return { sha256: (await artefactAt(path)).sha256 };
}

/** The archive that Deno downloaded; `undefined` where it keeps it elsewhere. */
async function downloadedRuntime(target: Target): Promise<string | undefined> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"], stdin: "null" }).output();
  const { denoDir } = JSON.parse(new TextDecoder().decode(stdout)) as { denoDir: string };
  const path = `${denoDir}/dl/release/v${Deno.version.deno}/denort-${target}.zip`;
  try {
    return (await Deno.stat(path)).isFile ? path : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
