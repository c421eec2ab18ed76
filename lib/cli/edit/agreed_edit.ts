/**
 * One change to a ConfigMap of mappings, from what it holds to what is written: shown, agreed to, and made again where
 * somebody else wrote meanwhile. What the change is, `add` and `remove` say.
 *
 * @module
 */

import type { Cloud } from "../../clouds/cloud.ts";
import { RamAuthError } from "../../errors.ts";
import type { KubeConnection } from "../../kube/connection.ts";
import { CONFIG_MAP_NAMESPACE, CONFIG_MAPS } from "../../mapping/forms/config_map_names.ts";
import type { ArnSection } from "../../mapping/entry.ts";
import { YamlEditError } from "../../yaml/splice.ts";
import type { World } from "../../world.ts";
import { readConfigMap, type StoredConfigMap, writeSection } from "../../kube/config_map_client.ts";
import { assertCanAsk, confirm, sayWhenSlow } from "../terminal.ts";
import { unifiedDiff } from "../unified_diff.ts";
import { printable } from "../../quote.ts";
import { assertMayImpersonate, type GivenNames } from "./impersonation.ts";

/** Most writes that are tried. Each one that fails means that another one succeeded. */
const MAX_TRIES = 5;

/** The ConfigMap cannot be changed as was asked. */
export class ConfigMapEditError extends RamAuthError {
  readonly code = "ERR_CONFIG_MAP_EDIT";
}

/** What became of the section's text, and how that is said. */
export type Change =
  | { readonly text: string; readonly done: string; readonly warnings: readonly string[] }
  /** There is nothing to write. */
  | { readonly text: undefined; readonly nothing: string; readonly exitCode: 0 | 1 };

/** A change to one section of the ConfigMap of one cloud. */
export interface Edit {
  readonly section: ArnSection;
  readonly cloud: Cloud;
  /** Called again for each text that is read. `undefined` stands for a section that is missing. */
  readonly change: (text: string | undefined) => Change;
  /** The names that the change gives somebody, if any: whoever makes it must be allowed to impersonate them. */
  readonly gives?: GivenNames;
}

/** How the change is made. */
export interface EditOptions {
  /** Asks before it writes. */
  readonly prompt: boolean;
  /** Prints the change and writes nothing. */
  readonly dryRun: boolean;
  readonly connect: () => Promise<KubeConnection>;
}

/**
 * Makes the change.
 *
 * @returns the exit code
 * @throws {UsageError} if it must ask and nobody can answer
 * @throws {ImpersonationError} if the change gives names that the caller may not impersonate
 * @throws {ConfigMapEditError} if the section cannot be edited, or others write without end
 * @throws {KubeError} if the API server cannot be asked or refuses
 */
export async function editConfigMap(world: World, edit: Edit, options: EditOptions): Promise<number> {
  const { section, cloud, gives } = edit;
  const { prompt, dryRun } = options;
  const { name } = CONFIG_MAPS[cloud.id];
  const where = { namespace: CONFIG_MAP_NAMESPACE, name };
  const place = `${CONFIG_MAP_NAMESPACE}/${name}`;
  if (prompt && !dryRun) {
    assertCanAsk(world, { what: `write ${place}`, withoutQuestion: "write", shows: "the change" });
  }
  const waiting = { what: `waiting for the API server about ${place}` };
  const connection = await sayWhenSlow(world, waiting, options.connect);
  try {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const stored = await sayWhenSlow(world, waiting, () => readConfigMap(connection, where));
      const change = changeOf(edit, stored, place);
      if (change.text === undefined) {
        (change.exitCode === 0 ? world.stdout : world.stderr).write(`${change.nothing}\n`);
        return change.exitCode;
      }
      if (tries === 0 && gives !== undefined) {
        await sayWhenSlow(world, waiting, () => assertMayImpersonate(connection, gives, world));
      }
      if (tries === 0 && !await isAgreed(world, { stored, change, place, section, prompt, dryRun })) {
        return dryRun ? 0 : 1;
      }
      const next = { stored, section, text: change.text };
      if (await sayWhenSlow(world, waiting, () => writeSection(connection, where, next)) === "written") {
        world.stdout.write(`${change.done}\n`);
        return 0;
      }
    }
  } finally {
    connection.close();
  }
  throw new ConfigMapEditError(
    `Cannot write ${place}: somebody else wrote it each of ${MAX_TRIES} times between reading and writing; try again`,
  );
}

/** Lines of an entry that is in the way, to print below what is said of it. */
export function shown(text: string): string {
  return text.split(/\r?\n/).map((line) => `  ${printable(line)}`).join("\n");
}

function changeOf({ section, change }: Edit, { data }: StoredConfigMap, place: string): Change {
  try {
    return change(data.get(section));
  } catch (error) {
    if (!(error instanceof YamlEditError)) throw error;
    throw new ConfigMapEditError(`Cannot edit data.${section} of ${place}: ${error.message}`, { cause: error });
  }
}

/** Shows the change: for the person who is asked on standard error, as the output of a dry run on standard output. */
async function isAgreed(
  world: World,
  { stored, change, place, section, prompt, dryRun }: {
    readonly stored: StoredConfigMap;
    readonly change: Extract<Change, { readonly text: string }>;
    readonly place: string;
    readonly section: ArnSection;
    readonly prompt: boolean;
    readonly dryRun: boolean;
  },
): Promise<boolean> {
  for (const warning of change.warnings) world.stderr.write(`ram-auth: warning: ${warning}\n`);
  const diff = () => unifiedDiff(`${place} data.${section}`, stored.data.get(section) ?? "", change.text);
  if (dryRun) {
    world.stdout.write(diff());
    return false;
  }
  if (!prompt) return true;
  world.stderr.write(diff());
  if (await confirm(world, `Write this to ${place}?`)) return true;
  world.stderr.write("ram-auth: nothing was written\n");
  return false;
}
