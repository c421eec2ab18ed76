/**
 * `ram-auth add user` and `ram-auth add role`: maps one more principal in the ConfigMap of its cloud.
 *
 * @module
 */

import type { Settings } from "../../config/settings.ts";
import { UsageError } from "../../errors.ts";
import { addEntry, entryFaults, type NewEntry } from "../../mapping/forms/section_edit.ts";
import { CONFIG_MAP_NAMESPACE, CONFIG_MAPS } from "../../mapping/forms/config_map_names.ts";
import { cloudOf } from "../../clouds/registry.ts";
import type { Invocation } from "../command.ts";
import { type Change, type Edit, editConfigMap, shown } from "./agreed_edit.ts";
import { editOptions } from "./options.ts";
import { quoted } from "../../quote.ts";

/** `ram-auth add user`. */
export const user = {
  run: (invocation: Invocation): Promise<number> => add(invocation, "user"),
};

/** `ram-auth add role`. */
export const role = {
  run: (invocation: Invocation): Promise<number> => add(invocation, "role"),
};

async function add({ settings, world }: Invocation, kind: "user" | "role"): Promise<number> {
  const arn = settings.require(kind === "user" ? "userarn" : "rolearn");
  const entry: NewEntry = {
    section: kind === "user" ? "mapUsers" : "mapRoles",
    arn,
    username: settings.require("username"),
    groups: groupsOf(settings),
  };
  return await editConfigMap(world, await addition(kind, entry), editOptions(settings, world));
}

function groupsOf(settings: Settings): readonly string[] {
  return settings.get("groups") ?? [];
}

/**
 * The change that adds an entry, which takes the right to impersonate its names.
 *
 * @throws {UsageError} if no server could use it, with everything that is wrong with it
 */
export async function addition(kind: "user" | "role", entry: NewEntry): Promise<Edit> {
  const { section, arn } = entry;
  const cloud = await cloudOf(arn, `Cannot add ${kind}`);
  const faults = entryFaults(entry, cloud);
  if (faults.length > 0) throw new UsageError(`Cannot add ${kind} ${quoted(arn)}: ${faults.join("; ")}`);
  const place = `${CONFIG_MAP_NAMESPACE}/${CONFIG_MAPS[cloud.id].name}`;
  const change = (text: string | undefined): Change => {
    const addition = addEntry(text, entry, cloud);
    switch (addition.outcome) {
      case "added":
        return { text: addition.text, done: `added ${kind} ${arn} to ${place}`, warnings: addition.warnings };
      case "there":
        return {
          text: undefined,
          nothing: `nothing to do: ${place} has this ${kind} already, at line ${addition.entry.line} of ${section}`,
          exitCode: 0,
        };
      case "taken": {
        const { line, text } = addition.entry;
        const where = `${place} maps it already, at line ${line} of ${section}`;
        const advice = `change that entry, or remove it with "ram-auth remove ${kind}" first`;
        const nothing = `ram-auth: Cannot add ${kind} ${quoted(arn)}: ${where}; ${advice}\n${shown(text)}`;
        return { text: undefined, nothing, exitCode: 1 };
      }
    }
  };
  return { section, cloud, change, gives: entry };
}
