import assert from "node:assert/strict";
import { SERVER_PERMISSIONS } from "../../scripts/permissions.ts";
import { VERSION } from "../../lib/version.ts";

/** GitHub and reviewers choke on larger files; the largest real one is a lock file of some 10 KB. */
const MAX_FILE_BYTES = 1_048_576;

/** Most lines of the entry point (ARCHITECTURE): it calls the runner, and nothing else. */
const MAX_MAIN_LINES = 20;

const NOT_OURS = new Set([".git", "node_modules", "dist", "coverage"]);

function filesUnder(folder: string): string[] {
  return [...Deno.readDirSync(folder)].filter(({ name }) => !NOT_OURS.has(name)).flatMap(({ name, isDirectory }) => {
    const path = folder === "." ? name : `${folder}/${name}`;
    return isDirectory ? filesUnder(path) : [path];
  });
}

const denoJson = JSON.parse(await Deno.readTextFile("deno.json"));

Deno.test("the version in lib/version.ts is the one in deno.json", () => {
  assert.equal(VERSION, denoJson.version);
});

Deno.test("every package in deno.json has an exact version", () => {
  for (const target of Object.values<string>(denoJson.imports)) assert.match(target, /^npm:.+@\d+\.\d+\.\d+$/);
});

Deno.test("deno task dev runs with the permissions that ship", () => {
  assert.equal(denoJson.tasks.dev, `deno run ${SERVER_PERMISSIONS.join(" ")} main.ts dev`);
});

Deno.test("every task runs a script that exists", async () => {
  for (const command of Object.values<string>(denoJson.tasks)) {
    const script = command.split(" ").find((word) => word.endsWith(".ts"));
    assert(script !== undefined && (await Deno.stat(script)).isFile, command);
  }
});

Deno.test("every module under lib/ opens with a header that says what it owns", async () => {
  for (const path of filesUnder("lib").filter((path) => path.endsWith(".ts"))) {
    const header = /^\/\*\*([^]*?)\*\//.exec(await Deno.readTextFile(path))?.[1] ?? "";
    assert(/\p{L}[^]*@module/u.test(header), `${path} has no header with @module`);
  }
});

Deno.test("main.ts only calls the runner", async () => {
  const lines = (await Deno.readTextFile("main.ts")).trimEnd().split("\n");
  assert(lines.length < MAX_MAIN_LINES, `main.ts has ${lines.length} lines`);
});

Deno.test("signals are joined by linkedController(): Deno 2.7 collects those of AbortSignal.any, with their listeners", async () => {
  for (const path of filesUnder("lib").filter((path) => path.endsWith(".ts"))) {
    assert.doesNotMatch(await Deno.readTextFile(path), /AbortSignal\.any\(/, path);
  }
});

Deno.test("no file is larger than 1 MiB", async () => {
  for (const path of filesUnder(".")) assert((await Deno.stat(path)).size <= MAX_FILE_BYTES, path);
});

Deno.test("only .ci/run knows of folders beside the project", async () => {
  for (const path of filesUnder(".").filter((path) => path !== ".ci/run")) {
    assert.doesNotMatch(await Deno.readTextFile(path), /(?:\.\.|\/work)\/shared\b/, path);
  }
});

Deno.test("modules do not import each other in a circle", async () => {
  const graph = await importGraph("main.ts");
  const done = new Set<string>();
  const visit = (module: string, path: readonly string[]): void => {
    assert(!path.includes(module), `a circle: ${[...path.slice(path.indexOf(module)), module].join(" → ")}`);
    if (done.has(module)) return;
    for (const target of graph.get(module) ?? []) visit(target, [...path, module]);
    done.add(module);
  };
  for (const module of graph.keys()) visit(module, []);
  assert(done.size > 1, "the graph is empty");
});

/** Which of our modules import which, for values or types, from `entry` on. */
async function importGraph(entry: string): Promise<Map<string, string[]>> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json", entry] }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: InfoModule[] };
  const root = new URL("../../", import.meta.url).href;
  const name = (specifier: string) => specifier.slice(root.length);
  return new Map(
    modules.filter(({ specifier }) => specifier.startsWith(root)).map(({ specifier, dependencies = [] }) => [
      name(specifier),
      dependencies.flatMap(({ code, type }) => [code?.specifier, type?.specifier])
        .filter((target) => target !== undefined && target.startsWith(root)).map((target) => name(target!)),
    ]),
  );
}

interface InfoModule {
  readonly specifier: string;
  readonly dependencies?: ReadonlyArray<Partial<Record<"code" | "type", { readonly specifier: string }>>>;
}
