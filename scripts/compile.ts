/**
 * `deno task compile`: one binary for this machine, `dist/ram-auth` or where `--output` says, with the permissions that
 * ship baked in. It holds the runtime of `DENORT_BIN`, which must be of the version of Deno that compiles; without that
 * variable Deno downloads it. The packages of tests stay out.
 *
 * @module
 */

import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { realWorld } from "../lib/world.ts";
import { PACKAGES } from "./lint/packages.ts";
import { SERVER_PERMISSIONS } from "./permissions.ts";

/**
 * A binary otherwise keeps compiled code under a fixed name in the folder for temporary files, where whoever is on the
 * machine could leave code for it to load.
 */
const NO_CODE_CACHE = "--no-code-cache";

/** Where every call of `importLater` stands. */
const SOURCES = "lib";

/** Declares `importLater` and shows a call in its docstring. */
const DECLARATION = "lib/import_later.ts";

/** The first minor version of Deno 2 whose TypeScript (6.0) is the one the sources are checked with; 2.7 has 5.9. */
const FIRST_CHECKING_MINOR = 9;

/** Bytes. Deno 2.7 overflows the 2 MiB stack of a Rust thread on these modules now and then; 64 MiB is far from it. */
const COMPILER_STACK_BYTES = 64 * 1_048_576;

const { stdout } = realWorld();
const { values: { output } } = parseArgs({
  args: Deno.args,
  options: { output: { type: "string", default: "dist/ram-auth" } },
});
const configFolder = await Deno.makeTempDir({ prefix: "compile-" });
try {
  await writeConfig(configFolder);
  Deno.exitCode = await compile(output, configFolder);
} finally {
  await Deno.remove(configFolder, { recursive: true });
}

async function compile(output: string, configFolder: string): Promise<number> {
  await Deno.mkdir(dirname(output), { recursive: true });
  const included = [...laterModules(SOURCES)].sort().flatMap((module) => ["--include", module]);
  const check = canCheck(Deno.version.deno) ? [] : ["--no-check"];
  const options = [
    "--quiet",
    NO_CODE_CACHE,
    "--config",
    `${configFolder}/deno.json`,
    ...check,
    ...SERVER_PERMISSIONS,
    ...included,
  ];
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["compile", ...options, "--output", output, "main.ts"],
    env: { RUST_MIN_STACK: String(COMPILER_STACK_BYTES) },
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  if (code === 0) stdout.write(`${output}: ${((await Deno.stat(output)).size / 1_000_000).toFixed(1)} MB\n`);
  return code;
}

/**
 * Writes `deno.json` and the lock file, frozen as it is, without the packages that no shipped module may import: Deno
 * puts every package of the lock file into a binary, and each costs start-up time and trust.
 */
async function writeConfig(folder: string): Promise<void> {
  const config = JSON.parse(await Deno.readTextFile("deno.json"));
  const lock = JSON.parse(await Deno.readTextFile("deno.lock"));
  for (const [name, target] of Object.entries<string>(config.imports)) {
    if (PACKAGES[name]?.length !== 0) continue;
    delete config.imports[name];
    delete lock.specifiers[target];
    lock.workspace.dependencies = lock.workspace.dependencies.filter((one: string) => one !== target);
  }
  await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify(config));
  await Deno.writeTextFile(`${folder}/deno.lock`, JSON.stringify(lock));
}

function canCheck(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 2 || (major === 2 && minor >= FIRST_CHECKING_MINOR);
}

/** The modules that the sources under a folder name in calls of `importLater`: `deno compile` does not see them. */
function laterModules(folder: string): Set<string> {
  const modules = new Set<string>();
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) laterModules(path).forEach((module) => modules.add(module));
    else if (name.endsWith(".ts") && path !== DECLARATION) {
      for (const specifier of laterSpecifiers(path)) modules.add(`${dirname(path)}/${specifier}`);
    }
  }
  return modules;
}

function laterSpecifiers(path: string): string[] {
  const text = Deno.readTextFileSync(path);
  const specifiers = [...text.matchAll(/\bimportLater(?:<[^<>]*>)?\(\s*"([^"]+)"/g)].map(([, specifier]) => specifier!);
  const calls = [...text.matchAll(/\bimportLater[<(]/g)].length;
  if (specifiers.length === calls) return specifiers;
  throw new Error(
    `Cannot tell what "${path}" imports later: a call names no module; write importLater<…>("./name.ts", …)`,
  );
}
