/**
 * The staged sources and their packages as few small files of JavaScript, the same wherever they are made: a login loads
 * two of them. Packages in a binary otherwise cost each start, whether they are used or not, about as much as twenty
 * files a millisecond.
 *
 * @module
 */

import { build, type BuildOptions, type Metafile, type Plugin, stop } from "esbuild";
import { isBuiltin } from "node:module";
import { basename, resolve } from "node:path";
import { deno } from "./deno.ts";

/** The file that starts everything. */
export const ENTRY = "ram-auth.js";

/**
 * How Deno is to start {@linkcode ENTRY}, beside the permissions. Deno keeps the code of a file as V8 compiled it while
 * loading: without this, most functions are compiled when they are first called, again in each process.
 */
export const START_FLAGS: readonly string[] = ["--v8-flags=--no-lazy"];

/** The thread that reads YAML: a file that holds all that it needs, in the sources and in the bundle. */
export const WORKER = "yaml_worker.js";
const WORKER_SOURCE = "lib/yaml/yaml_worker.ts";

/** When each file says that it was written, in seconds: a binary keeps the time. */
const WRITTEN_S = 0;

/** Of what undici calls at once, Deno 2.7 lacks this one; it only keeps objects from workers, of which there are none. */
const WORKERS = "node:worker_threads";
const MISSING_IN_WORKERS = "markAsUncloneable() {}";

/**
 * Node's built-ins, which the runtime has. What `require` asks for stays lazy: a file of a bundle has no `require`, and
 * an import would load it at once.
 */
const BUILT_INS: Plugin = {
  name: "built-ins",
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^[\w:/]+$/ }, ({ path, kind }) => {
      if (!isBuiltin(path)) return undefined;
      const name = path.replace(/^(?!node:)/, "node:");
      return kind === "require-call" ? { path: name, namespace: "built-in" } : { path: name, external: true };
    });
    onLoad({ filter: /^/, namespace: "built-in" }, ({ path }) => {
      const builtIn = `process.getBuiltinModule(${JSON.stringify(path)})`;
      return {
        contents: `module.exports = ${path === WORKERS ? `{ ${MISSING_IN_WORKERS}, ...${builtIn} }` : builtIn};`,
      };
    });
  },
};

/**
 * What the program does not use of `prom-client`, which loads all of itself: a gateway, a cluster of processes, summaries,
 * and metrics of Node with all of OpenTelemetry.
 */
const UNUSED: Plugin = {
  name: "unused",
  setup({ onLoad }) {
    onLoad(
      { filter: /[/]prom-client[/]lib[/](?:cluster|defaultMetrics|pushgateway|summary)\.js$/ },
      () => ({ contents: "" }),
    );
  },
};

/**
 * Bundles `main.ts` of the folder `staged`, with the packages of its lock file, into the folder `bundle`. Each later
 * import keeps a file of its own. The names of functions and classes stay, for stack traces and the codes of errors.
 *
 * @returns what went into which file
 * @throws {Error} where a package or a module is not to be had; the tools have then said on stderr why
 */
export async function bundleSources(staged: string, bundle: string): Promise<Metafile> {
  if (!await deno(["install", "--quiet", "--frozen", "--node-modules-dir=auto"], { cwd: staged })) {
    throw new Error("Cannot get the packages of deno.lock: Deno says above why");
  }
  try {
    const options = {
      absWorkingDir: staged,
      outdir: bundle,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "esnext",
      conditions: ["deno"],
      minify: true,
      keepNames: true,
      legalComments: "none",
      metafile: true,
      logLevel: "warning",
      plugins: [BUILT_INS, UNUSED],
    } as const satisfies BuildOptions;
    // Apart: sharing code with the thread would split what a login loads.
    await build({ ...options, entryPoints: [{ in: WORKER_SOURCE, out: WORKER.replace(/\.js$/, "") }] });
    const entryPoints = [{ in: "main.ts", out: ENTRY.replace(/\.js$/, "") }];
    const { metafile } = await build({ ...options, entryPoints, splitting: true });
    for (const [path, { imports }] of Object.entries(metafile.outputs)) {
      const later = imports.filter(({ kind, external }) => kind === "dynamic-import" && !external);
      await importWhenNeeded(resolve(staged, path), later.map((file) => basename(file.path)));
    }
    for await (const { name } of Deno.readDir(bundle)) await Deno.utime(`${bundle}/${name}`, WRITTEN_S, WRITTEN_S);
    return metafile;
  } finally {
    await stop();
  }
}

/** Deno reads at each start every file that a plain `import("…")` names, whether or not it runs: here 4 MB of packages. */
async function importWhenNeeded(file: string, names: readonly string[]): Promise<void> {
  let text = await Deno.readTextFile(file);
  for (const name of new Set(names)) {
    const plain = `import("./${name}")`;
    if (!text.includes(plain)) throw new Error(`Cannot find the import of "${name}" in "${file}": it is not ${plain}`);
    text = text.replaceAll(plain, `import(import.meta.resolve("./${name}"))`);
  }
  await Deno.writeTextFile(file, text);
}
