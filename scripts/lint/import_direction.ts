/**
 * `house/import-direction`: the shipped code imports one way, as ARCHITECTURE draws it.
 *
 * @module
 */

import { importVisitor, isShipped, projectPath, resolveLocal } from "./imports.ts";

/**
 * Which part may import which, from the top down: a row names only rows below it, so there is no way back up. A part is
 * a folder of `lib/`, `main`, `manifests` (whose files are texts) or `ground` (the files that are in `lib/` itself). An
 * entry that ends in `.ts` opens that one file: the seam between two parts, whose insides stay closed.
 *
 * What differs from "everything below": nothing under `token` loads `telemetry`, because a login must start as fast as
 * an empty program; and `emulator` shares no code with what it judges.
 */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  main: ["cli", "ground"],
  cli: [
    "config",
    "server",
    "review",
    "mapping",
    "token",
    "clouds",
    "kube",
    "state",
    "emulator",
    "telemetry",
    "identity",
    "yaml",
    "manifests",
    "ground",
  ],
  config: [
    "yaml",
    "server",
    "review",
    "mapping",
    "token",
    "clouds",
    "kube",
    "state",
    "telemetry",
    "identity",
    "ground",
  ],
  server: ["yaml", "review", "mapping", "token", "clouds", "kube", "state", "telemetry", "identity", "ground"],
  review: [
    "lib/mapping/source.ts",
    "lib/mapping/outcome.ts",
    "lib/mapping/deny/denial.ts",
    "token",
    "clouds",
    "kube",
    "state",
    "telemetry",
    "identity",
    "ground",
  ],
  mapping: ["yaml", "token", "clouds", "kube", "state", "telemetry", "identity", "ground"],
  token: ["lib/clouds/signer.ts", "lib/clouds/usable_keys.ts", "identity", "ground"],
  clouds: ["identity", "yaml", "ground"],
  kube: ["identity", "telemetry", "yaml", "ground"],
  state: ["identity", "telemetry", "yaml", "ground"],
  emulator: ["identity", "ground"],
  telemetry: ["ground"],
  identity: ["ground"],
  yaml: ["ground"],
  manifests: [],
  ground: [],
};

/**
 * Which room of a part may import which other room of it. A room is a folder in a part's folder; every room may import
 * the files that are in the part's folder itself, and those only the rooms in the part's own row.
 */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  cli: [
    "cli/login",
    "cli/kubeconfig",
    "cli/completion",
    "cli/mappings",
    "cli/verdicts",
    "cli/edit",
    "cli/install",
    "cli/manifests",
    "cli/serve",
    "cli/apiserver",
    "cli/apiserver/running",
    "cli/doctor",
  ],
  "cli/login": [],
  "cli/completion": [],
  "cli/kubeconfig": ["cli/login"],
  "cli/mappings": [],
  "cli/verdicts": ["cli/mappings", "cli/login", "cli/kubeconfig"],
  "cli/edit": ["cli/kubeconfig"],
  "cli/install": ["cli/apiserver"],
  "cli/manifests": [],
  "cli/serve": [],
  "cli/apiserver": ["cli/apiserver/running"],
  "cli/apiserver/running": [],
  "cli/doctor": ["cli/mappings", "cli/install", "cli/apiserver"],
  mapping: ["mapping/lookup", "mapping/instances"],
  "mapping/lookup": [],
  "mapping/deny": [],
  "mapping/instances": [],
  "mapping/explain": ["mapping/lookup"],
  "mapping/forms": ["mapping/lookup"],
  "mapping/foreign": ["mapping/lookup"],
  "mapping/swap": ["mapping/lookup", "mapping/forms"],
  server: ["server/door", "server/sources", "server/delegation"],
  "server/delegation": ["server/sources"],
  "server/door": [],
  "server/sources": [],
};

/** The one module whose import is computed; each call of it is judged where it stands. */
const IMPORTS_LATER = "lib/import_later.ts";

/** The rule. */
export const importDirection: Deno.lint.Rule = {
  create(context) {
    const path = projectPath(context.filename);
    if (!isShipped(path)) return {};
    if (path === IMPORTS_LATER) return {};
    return importVisitor((node, specifier) => {
      const problem = specifier === undefined
        ? "names a module that only the run time knows; write its path as a plain string"
        : whyNot(path, resolveLocal(path, specifier));
      if (problem !== undefined) context.report({ node, message: `${path} ${problem}` });
    });
  },
};

function whyNot(path: string, target: string | undefined): string | undefined {
  if (target === undefined) return undefined;
  const [from, to] = [partOf(path), partOf(target)];
  const allowed = MAY_IMPORT[from];
  if (allowed === undefined) return `stands in "${from}", which the table of imports does not know; add a row for it`;
  if (from === to) {
    const isOtherCloud = from === "clouds" && cloudOf(path) !== undefined && cloudOf(target) !== undefined &&
      cloudOf(path) !== cloudOf(target);
    return isOtherCloud ? `imports ${target}, but one cloud knows nothing of another` : whyNotRoom(path, target);
  }
  if (allowed.includes(to) || allowed.includes(target)) return undefined;
  return `imports ${target}, but "${from}" may import only ${allowed.join(", ") || "its own files"}`;
}

/** Why one room of a part may not import another. */
function whyNotRoom(path: string, target: string): string | undefined {
  const [from, to] = [roomOf(path), roomOf(target)];
  if (from === to || !Object.hasOwn(ROOMS, partOf(path))) return undefined;
  const allowed = ROOMS[from];
  if (allowed === undefined) return `stands in "${from}", which the table of rooms does not know; add a row for it`;
  if (to === partOf(target) || allowed.includes(to)) return undefined;
  return `imports ${target}, but "${from}" may import only ${allowed.join(", ") || "its own files"} of its part`;
}

/** The folder that holds a file, as the table of rooms names it. */
function roomOf(path: string): string {
  return path.split("/").slice(1, -1).join("/");
}

/** The part of the program that holds a file; paths outside the program are parts that no row names. */
function partOf(path: string): string {
  if (path === "main.ts") return "main";
  const [top, folder, ...rest] = path.split("/");
  if (top === "manifests") return top;
  if (top !== "lib" || folder === undefined) return path;
  return rest.length === 0 ? "ground" : folder;
}

/** The cloud whose folder holds a file; `undefined` for the files that clouds share. */
function cloudOf(path: string): string | undefined {
  return /^lib\/clouds\/([^/]+)\//.exec(path)?.[1];
}
