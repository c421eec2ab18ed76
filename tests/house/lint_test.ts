import assert from "node:assert/strict";
import house from "../../scripts/lint/house.ts";
import { MAY_IMPORT } from "../../scripts/lint/import_direction.ts";
import { PACKAGES } from "../../scripts/lint/packages.ts";

/** The rules that refuse a snippet, without the `house/` in front. */
function refusals(path: string, source: string): string[] {
  return Deno.lint.runPlugin(house, path, source).map(({ id }) => id.replace("house/", ""));
}

for (
  const [what, path, source] of [
    ["a part below", "lib/cli/login/token.ts", `import { mint } from "../../token/mint.ts";`],
    ["the ground", "lib/identity/glob.ts", `import { RamAuthError } from "../errors.ts";`],
    ["a neighbour in the same folder", "lib/token/mint.ts", `import { x } from "./exec_credential.ts";`],
    [
      "a folder of the same part",
      "lib/clouds/alibaba/credentials/environment.ts",
      `import { x } from "../../cloud.ts";`,
    ],
    ["the seam of the part beside it", "lib/review/verifier.ts", `import type { X } from "../mapping/source.ts";`],
    ["a cloud, from the registry", "lib/clouds/registry.ts", `import { x } from "./alibaba/cloud.ts";`],
    ["the emulator, from a command", "lib/cli/serve/dev.ts", `const x = await import("../../emulator/sts.ts");`],
    [
      "a manifest, from a command",
      "lib/cli/install/init.ts",
      `import x from "../../../manifests/x.service" with { type: "text" };`,
    ],
    ["a room that the table opens", "lib/cli/edit/options.ts", `import { x } from "../kubeconfig/paths.ts";`],
    ["what its part holds outside its rooms", "lib/cli/edit/add.ts", `import { x } from "../terminal.ts";`],
    ["anything, from a test", "tests/state/x_test.ts", `import { x } from "../../lib/server/server.ts";`],
    ["anything, from a script", "scripts/demo.ts", `import { x } from "../lib/emulator/sts.ts";`],
  ] as const
) {
  Deno.test(`import-direction lets a module import ${what}`, () => {
    assert.deepEqual(refusals(path, source), []);
  });
}

for (
  const [what, path, source] of [
    ["a room beside it", "lib/cli/login/token.ts", `import { x } from "../install/init.ts";`],
    ["a room that its part keeps for others", "lib/mapping/rules.ts", `import { x } from "./explain/explain.ts";`],
    ["a neighbour from a room that no row names", "lib/mapping/attic/a.ts", `import { x } from "../rule.ts";`],
    ["a part above", "lib/state/certificate.ts", `import { x } from "../server/server.ts";`],
    ["a part above, lazily", "lib/state/certificate.ts", `const x = await import("../server/server.ts");`],
    [
      "a part above, later",
      "lib/state/certificate.ts",
      `const x = await importLater("../server/server.ts", import.meta.url);`,
    ],
    ["a type from above", "lib/clouds/cloud.ts", `import type { X } from "../review/verifier.ts";`],
    ["a type from above, inline", "lib/clouds/cloud.ts", `type X = import("../review/verifier.ts").X;`],
    ["a name from above, to re-export it", "lib/world.ts", `export { x } from "./cli/run.ts";`],
    ["all names from above, to re-export them", "lib/world.ts", `export * from "./cli/run.ts";`],
    ["something above from the ground", "lib/world.ts", `import { x } from "./identity/identity.ts";`],
    ["the inside of the part beside it", "lib/review/verifier.ts", `import { x } from "../mapping/rule.ts";`],
    ["back to the part beside it", "lib/mapping/rule.ts", `import { x } from "../review/verifier.ts";`],
    ["another cloud", "lib/clouds/aws/sts.ts", `import { x } from "../alibaba/sts.ts";`],
    ["one cloud, from the token flow", "lib/token/mint.ts", `import { x } from "../clouds/alibaba/mint.ts";`],
    ["telemetry, from the token flow", "lib/token/mint.ts", `import { x } from "../telemetry/log.ts";`],
    ["the emulator, from the server", "lib/server/server.ts", `import { x } from "../emulator/sts.ts";`],
    ["a cloud, from the emulator", "lib/emulator/sts.ts", `import { x } from "../clouds/alibaba/acs3.ts";`],
    ["a manifest, from the server", "lib/server/x.ts", `import x from "../../manifests/x" with { type: "text" };`],
    ["the entry point", "lib/cli/run.ts", `import { x } from "../../main.ts";`],
    ["a test", "lib/cli/serve/dev.ts", `import { x } from "../support/cluster.ts";`],
    ["a script", "lib/cli/serve/dev.ts", `import { x } from "../../scripts/demo.ts";`],
    ["past the command line", "main.ts", `import { x } from "./lib/server/server.ts";`],
    ["by a path made at run time", "lib/cli/run.ts", "const x = await import(`./${name}.ts`);"],
    ["from a folder without a row", "lib/util/x.ts", `import { x } from "../errors.ts";`],
    ["by a path that hides where it goes", "lib/token/x.ts", `import { x } from "./.././server/server.ts";`],
  ] as const
) {
  Deno.test(`import-direction refuses a module that imports ${what}`, () => {
    assert.deepEqual(refusals(path, source), ["import-direction"]);
  });
}

Deno.test("the table of imports has no way back up, and a row for every folder of lib/", () => {
  const parts = Object.keys(MAY_IMPORT);
  for (const [row, part] of parts.entries()) {
    for (const target of MAY_IMPORT[part]!) {
      const below = /^lib\/([^/]+)\//.exec(target)?.[1] ?? target;
      assert(parts.indexOf(below) > row, `"${part}" may import "${target}", which is not below it`);
    }
  }
  const folders = [...Deno.readDirSync("lib")].filter(({ isDirectory }) => isDirectory).map(({ name }) => name);
  assert.deepEqual(folders.filter((name) => !parts.includes(name)), []);
});

for (
  const [what, path, source] of [
    ["in its folder", "lib/telemetry/metrics.ts", `import { Counter } from "prom-client";`],
    ["in its file", "lib/yaml/read.ts", `import { parseDocument } from "yaml";`],
    ["by a path inside it", "lib/state/x.ts", `import x from "@peculiar/x509/build";`],
    ["lazily in its place", "lib/nearest.ts", `const { default: leven } = await import("leven");`],
    ["in a test", "tests/state/x_test.ts", `import * as x509 from "@peculiar/x509";`],
    ["of Node, in a test", "tests/state/x_test.ts", `import assert from "node:assert/strict";`],
    ["of Node, where its speed counts", "lib/review/x.ts", `import { createHash } from "node:crypto";`],
  ] as const
) {
  Deno.test(`packages lets a module import a package ${what}`, () => {
    assert.deepEqual(refusals(path, source), []);
  });
}

for (
  const [what, path, source] of [
    ["outside its folder", "lib/token/mint.ts", `import { Counter } from "prom-client";`],
    ["lazily outside its folder", "lib/token/mint.ts", `const x = await import("prom-client");`],
    ["for its types", "lib/server/server.ts", `import type { Counter } from "prom-client";`],
    ["in a file beside its file", "lib/files.ts", `import { parse } from "yaml";`],
    ["that is for tests", "lib/clouds/alibaba/acs3.ts", `import x from "@alicloud/openapi-util";`],
    ["that nobody chose", "lib/cli/run.ts", `import chalk from "chalk";`],
    ["of Node that costs start-up time", "lib/files.ts", `import fs from "node:fs";`],
    ["of Node outside its folder", "lib/clouds/alibaba/acs3.ts", `import { createHmac } from "node:crypto";`],
    ["with a version of its own", "lib/telemetry/metrics.ts", `import { Counter } from "npm:prom-client@15";`],
    ["with a version of its own, in a test", "tests/x_test.ts", `import { Counter } from "npm:prom-client@15";`],
    ["from a web server", "scripts/x.ts", `import x from "https://example.invalid/x.ts";`],
  ] as const
) {
  Deno.test(`packages refuses a module that imports a package ${what}`, () => {
    assert.deepEqual(refusals(path, source), ["packages"]);
  });
}

Deno.test("every package of deno.json has a row in the table of packages", async () => {
  const { imports } = JSON.parse(await Deno.readTextFile("deno.json"));
  assert.deepEqual(Object.keys(imports).filter((name) => PACKAGES[name] === undefined), []);
});

for (
  const [what, source] of [
    ["a function", `/** Adds. */\nexport function add() {}`],
    ["a class", `/** A thing. */\nexport class Thing {}`],
    ["a constant, after text that is not ASCII", `const a = "→ 中文 𝔸";\n/** Highest port. */\nexport const MAX = 1;`],
    ["a type", `/** A name. */\nexport type Name = string;`],
    ["an interface", `/** A shape. */\nexport interface Shape {}`],
    ["only the first of overloads", `/** F. */\nexport function f(a: 1): void;\nexport function f(a: 2): void;`],
    [
      "a name, with a remark for the linter between",
      `/** F. */\n// deno-lint-ignore no-explicit-any\nexport type F = any;`,
    ],
    ["a name that another module declares", `export { x } from "./y.ts";`],
    ["nothing that is exported", `function helper() {}`],
  ] as const
) {
  Deno.test(`docstring is content with a docstring on ${what}`, () => {
    assert.deepEqual(refusals("lib/x.ts", source), []);
  });
}

for (
  const [what, source] of [
    ["a function", `export function add() {}`],
    ["an async function", `export async function add() {}`],
    ["a class", `export abstract class Thing {}`],
    ["a constant", `export const MAX = 1;`],
    ["a type", `export type Name = string;`],
    ["an interface", `export interface Shape {}`],
    ["an enum", `export enum Kind { A }`],
    ["a name under the module's header", `/** Shapes.\n * @module\n */\nexport interface Shape {}`],
    ["a name whose docstring is empty", `/** */\nexport interface Shape {}`],
    ["a name with a plain comment", `/* A shape. */\nexport interface Shape {}`],
    ["a name with a line comment", `// A shape.\nexport interface Shape {}`],
    ["the name after a documented one", `/** A. */\nexport const A = 1;\nexport const B = 2;`],
    ["a name exported apart from its declaration", `/** A. */\nconst A = 1;\nexport { A };`],
    ["a default export", `/** A. */\nexport default function () {}`],
  ] as const
) {
  Deno.test(`docstring misses one on ${what}`, () => {
    assert.deepEqual(refusals("lib/x.ts", source), ["docstring"]);
  });
}

Deno.test("docstring names each name of one declaration", () => {
  assert.deepEqual(refusals("lib/x.ts", "export const A = 1, B = 2;"), ["docstring", "docstring"]);
});

Deno.test("docstring asks nothing of tests and scripts", () => {
  assert.deepEqual(refusals("tests/support/x.ts", "export const A = 1;"), []);
  assert.deepEqual(refusals("scripts/x.ts", "export const A = 1;"), []);
});
