/**
 * From the tree to a bundle that Deno runs, and to one binary: copy, bundle, compile.
 *
 * @module
 */

import { binaryPermissions } from "../permissions.ts";
import { bundleSources, ENTRY } from "./bundle.ts";
import { commitOfTree } from "./commit.ts";
import { deno } from "./deno.ts";
import { withFolderBeside } from "./folder_beside.ts";
import { readRuntimeTarget, type Target } from "./runtime.ts";
import { stageSources } from "./stage.ts";

/**
 * A binary otherwise keeps compiled code under a fixed name in the folder for temporary files, where whoever is on the
 * machine could leave code for it to load.
 */
const NO_CODE_CACHE = "--no-code-cache";

/**
 * New objects get 4 MB before they are sorted out, in place of 16: a review leaves next to nothing behind, and less memory
 * is touched for it.
 */
const V8_FLAGS = "--v8-flags=--max-semi-space-size=4";

/** Deno puts the name of the file into the binary; a fixed one keeps the bytes apart from where they are written. */
const INNER_NAME = "ram-auth";

/** The first minor version of Deno 2 whose TypeScript (6.0) is the one the sources are checked with; 2.7 has 5.9. */
const FIRST_CHECKING_MINOR = 9;

/** Names the file with the runtime to put in. */
const RUNTIME_VARIABLE = "DENORT_BIN";

/** What to make. */
export interface CompileOptions {
  readonly target: Target;
  /** Where the binary goes; what is there is replaced once the new one is whole. */
  readonly output: string;
}

/** What was made. */
export interface Compiled {
  readonly bytes: number;
  /** What `ram-auth version` says. */
  readonly commit: string;
}

/**
 * Compiles the project in the current folder.
 *
 * @throws {Error} that says what to do; Deno has then said on stderr what it did not like
 */
export async function compile({ target, output }: CompileOptions): Promise<Compiled> {
  return await withBundle(output, async (folder, commit) => {
    const binary = `${folder}/${INNER_NAME}`;
    await compileBundle(`${folder}/${BUNDLE}`, binary, target);
    const written = `${binary}${suffixOf(target)}`;
    if (target === Deno.build.target) await tryOut(written);
    await Deno.rename(written, output);
    return { bytes: (await Deno.stat(output)).size, commit };
  });
}

/**
 * Bundles the project in the current folder into the folder `output`, in place of the one that is there. Deno runs
 * {@linkcode ENTRY} in it with neither the project's packages nor its configuration.
 *
 * @returns the commit that it is of
 * @throws {Error} that says what to do; Deno has then said on stderr what it did not like
 */
export async function makeBundle(output: string): Promise<string> {
  return await withBundle(output, async (folder, commit) => {
    // Deno otherwise reads the project's configuration and lock file at each start; a workspace ends its search for them.
    const config = { workspace: [], lock: false, unstable: await unstableFeatures() };
    await Deno.writeTextFile(`${folder}/${BUNDLE}/deno.json`, JSON.stringify(config));
    try {
      await Deno.rename(output, `${folder}/replaced`);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    await Deno.rename(`${folder}/${BUNDLE}`, output);
    return commit;
  });
}

/** Where the bundle is in the folder of {@linkcode withBundle}. */
const BUNDLE = "bundle";

/** Makes a bundle in a folder beside `output`, which is removed after `use`. */
async function withBundle<T>(output: string, use: (folder: string, commit: string) => Promise<T>): Promise<T> {
  if (canCheck(Deno.version.deno) && !await deno(["check", "--quiet", "main.ts"])) {
    throw new Error("Cannot bundle: the types do not fit, see above");
  }
  const commit = await commitOfTree();
  return await withFolderBeside(output, async (folder) => {
    await stageSources(`${folder}/staged`, commit);
    await bundleSources(`${folder}/staged`, `${folder}/${BUNDLE}`);
    return await use(folder, commit);
  });
}

/** What ends the name of a program there. */
export function suffixOf(target: Target): "" | ".exe" {
  return target.includes("windows") ? ".exe" : "";
}

/** The runtime at `DENORT_BIN` where it is for this target; else Deno has to get one. */
export async function runtimeFor(target: Target): Promise<string | undefined> {
  const path = Deno.env.get(RUNTIME_VARIABLE);
  return path && await readRuntimeTarget(path) === target ? path : undefined;
}

/**
 * Compiles the entry point in the folder `bundle`, with the permissions that ship, to `binary` (on Windows with `.exe`).
 *
 * @throws {Error} that says what to do; Deno has then said on stderr what it did not like
 */
export async function compileBundle(bundle: string, binary: string, target: Target): Promise<void> {
  const runtime = await runtimeFor(target);
  const unstable = await unstableFeatures();
  const done = await deno([
    "compile",
    "--quiet",
    "--no-config",
    "--no-lock",
    NO_CODE_CACHE,
    V8_FLAGS,
    ...unstable.map((name) => `--unstable-${name}`),
    ...binaryPermissions(target),
    `--target=${target}`,
    `--output=${binary}`,
    ...(await laterFiles(bundle)).map((name) => `--include=${name}`),
    ENTRY,
  ], { cwd: bundle, without: runtime === undefined ? [RUNTIME_VARIABLE] : [] });
  if (done) return;
  const version = Deno.version.deno;
  throw new Error(
    `Cannot compile for "${target}": Deno says above why; where it cannot download the runtime, get denort ${version} ` +
      `for this target and name it in ${RUNTIME_VARIABLE}`,
  );
}

async function unstableFeatures(): Promise<readonly string[]> {
  return (JSON.parse(await Deno.readTextFile("deno.json")) as { readonly unstable: readonly string[] }).unstable;
}

/** What is loaded by a computed name, which Deno does not see. */
async function laterFiles(bundle: string): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(bundle), ({ name }) => name);
  return names.filter((name) => name !== ENTRY).sort();
}

/** A runtime of another version makes a binary that does not start, or that is not what it is taken for. */
async function tryOut(binary: string): Promise<void> {
  const { stdout } = await new Deno.Command(binary, { args: ["version", "-o", "json"], stdin: "null", stderr: "null" })
    .output();
  const wanted = `"deno":"${Deno.version.deno}"`;
  if (new TextDecoder().decode(stdout).includes(wanted)) return;
  throw new Error(
    `Cannot use the binary: it does not start, or says another version of Deno; if ${RUNTIME_VARIABLE} is set, it must ` +
      `name a runtime of Deno ${Deno.version.deno}`,
  );
}

function canCheck(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 2 || (major === 2 && minor >= FIRST_CHECKING_MINOR);
}
