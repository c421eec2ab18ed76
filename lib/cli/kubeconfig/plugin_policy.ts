/**
 * Whether kubectl's preferences let it run us: since 1.35 a policy there may allow listed credential plugins alone.
 *
 * Source: "kuberc (v1beta1)", Kubernetes documentation; KEP-3104. Entries have the key `name` in kubectl 1.35, and
 * `command` since 1.36.
 *
 * @module
 */

import { FileError, readTextFileIfThere } from "../../files.ts";
import { homeFolder } from "../../home.ts";
import type { World } from "../../world.ts";
import { readAsKubectl } from "../../yaml/as_kubectl.ts";
import { YamlEditError } from "../../yaml/splice.ts";
import { keysOf } from "./merged.ts";
import { isOurProgram, OUR_PROGRAM } from "./programs.ts";

/** Largest file of preferences. */
const MAX_BYTES = 1_048_576;

/** What to add to them, in lines; `undefined` where they let us run, or are nothing that kubectl reads. */
export async function missingPermission(world: World): Promise<string | undefined> {
  const path = preferencesPath(world);
  if (path === undefined) return undefined;
  const { credentialPluginPolicy: policy, credentialPluginAllowlist: list } = keysOf(await preferences(world, path));
  if (policy !== "Allowlist" && policy !== "DenyAll") return undefined;
  const entries = (Array.isArray(list) ? list : []).map(keysOf);
  const isListed = entries.some(({ name, command }) => [name, command].some((one) => isOurProgram(String(one))));
  if (policy === "Allowlist" && isListed) return undefined;
  const key = entries.some(({ name }) => name !== undefined) ? "name" : "command";
  return `${path} does not let kubectl run ${OUR_PROGRAM}; it needs:\n` +
    "  credentialPluginPolicy: Allowlist\n" +
    `  credentialPluginAllowlist:\n  - ${key}: ${OUR_PROGRAM}\n` +
    (key === "command" ? '  (kubectl 1.35 has "name" instead of "command")\n' : "");
}

function preferencesPath(world: World): string | undefined {
  const named = world.env("KUBERC");
  if (named) return named === "off" ? undefined : named;
  const home = homeFolder(world);
  return home && `${home}/.kube/kuberc`;
}

async function preferences(world: World, path: string): Promise<unknown> {
  try {
    const text = await readTextFileIfThere(world, path, { what: "kubectl's preferences", maxBytes: MAX_BYTES });
    return text === undefined ? undefined : readAsKubectl(text);
  } catch (error) {
    if (error instanceof FileError || error instanceof YamlEditError) return undefined;
    throw error;
  }
}
