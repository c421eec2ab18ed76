/**
 * The plan beside `scripts/configure-apiserver`: the same bytes of every file, or a refusal where the script goes on. To be
 * deleted with the script.
 */

import assert from "node:assert/strict";
import { type ApiserverKind, type FileToChange, ShapeError } from "../../../lib/cli/apiserver/change.ts";
import { planChange } from "../../../lib/cli/apiserver/plan.ts";
import {
  CONFIGS,
  DAMAGED_CONFIGS,
  DAMAGED_PODS,
  DAMAGED_UNITS,
  PODS,
  UNITS,
  UNREADABLE_CONFIGS,
  UNREADABLE_PODS,
  UNREADABLE_UNITS,
} from "./cases.ts";

/** The script on a folder; the text that it makes, or `undefined` where it refuses. */
async function scriptOn(folder: string, name: string, file: FileToChange): Promise<string | undefined> {
  const { code } = await new Deno.Command("sh", {
    args: [
      "scripts/configure-apiserver",
      ...["--no-wait", "--type", file.kind, "--file", file.unit?.path ?? file.path],
      ...["--kubeconfig", `${folder}/webhook/kubeconfig.yaml`, "--backup-dir", `${folder}/backup`],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  assert.ok(code === 0 || code === 1, name);
  return code === 0 ? await Deno.readTextFile(file.path) : undefined;
}

function planOn(folder: string, file: FileToChange): string | undefined {
  try {
    return planChange(file, { kubeconfig: `${folder}/webhook/kubeconfig.yaml`, replace: false }).after;
  } catch (error) {
    if (error instanceof ShapeError) return undefined;
    throw error;
  }
}

/** Quotes are those of the lines beside it, where the script has the same ones always; the drop-in names who made it. */
function alike(text: string | undefined): string | undefined {
  return text?.replaceAll(/^( *- )(["'])(.*(?:token-webhook-config-file=|webhook:ro).*)\2(\r?)$/gm, "$1$3$4")
    .replace(/^# Made by .* from/, "# Made from");
}

async function compare(
  kind: ApiserverKind,
  cases: readonly (readonly [string, string | undefined])[],
): Promise<string[]> {
  const stricter: string[] = [];
  for (const [name, text] of cases) {
    const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "node-" }));
    try {
      for (const path of ["webhook", "etc"]) await Deno.mkdir(`${folder}/${path}`);
      await Deno.writeTextFile(`${folder}/webhook/kubeconfig.yaml`, "made up\n");
      const path = `${folder}/etc/file`;
      if (text !== undefined) await Deno.writeTextFile(path, text);
      const file = kind !== "systemd" ? { kind, path, before: text } : {
        kind,
        path: `${path}.d/ram-auth.conf`,
        before: undefined,
        unit: { path, text: text!, dropIns: new Map(), environment: new Map() },
      };
      const [planned, scripted] = [planOn(folder, file), await scriptOn(folder, name, file)];
      if (planned === undefined && scripted !== undefined) stricter.push(name);
      else assert.equal(alike(planned), alike(scripted), `${kind}: ${name}`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
  return stricter;
}

Deno.test("a plan makes the bytes of the script of every file that both understand", async () => {
  for (
    const [kind, cases] of [
      ["kubeadm", [...PODS, ...DAMAGED_PODS]],
      ["k3s", [...CONFIGS, ...DAMAGED_CONFIGS]],
      ["rke2", [...CONFIGS, ...DAMAGED_CONFIGS]],
      ["systemd", [...UNITS, ...DAMAGED_UNITS]],
    ] as const
  ) assert.deepEqual(await compare(kind, cases), [], kind);
});

/** What both refuse of the files whose flags cannot be told. */
const BOTH: readonly string[] = [
  "a quoted flag over two lines",
  "two flags in one text, ours first",
  "the flag without a value",
  "an anchor",
];

Deno.test("a plan refuses what the script passes over: what may be a flag in another form", async () => {
  for (
    const [kind, cases] of [
      ["kubeadm", UNREADABLE_PODS],
      ["k3s", UNREADABLE_CONFIGS],
      ["systemd", UNREADABLE_UNITS],
    ] as const
  ) {
    const wanted = cases.flatMap(([name]) => BOTH.includes(name) ? [] : [name]);
    assert.deepEqual(await compare(kind, cases), wanted, kind);
  }
});
