/**
 * `ram-auth config`: the server's options in force, and where each comes from.
 *
 * @module
 */

import { optionsOf } from "../../config/command_options.ts";
import { OPTION_ROWS, type OptionName } from "../../config/options.ts";
import type { OptionValue } from "../../config/option.ts";
import type { Settings } from "../../config/settings.ts";
import { acceptedClouds } from "../../config/accepted_clouds.ts";
import { jsonLines } from "../../quote.ts";
import type { Invocation } from "../command.ts";
import { alignedTable } from "../table.ts";
import { plainOf } from "../../yaml/access.ts";

/** One line of the output; `value` is `null` where nothing is set. */
interface ShownOption {
  readonly option: OptionName;
  readonly value: unknown;
  readonly origin: string;
}

/** Prints every option that `server` uses, as a table or as JSON. */
export function run({ settings, world }: Invocation): Promise<number> {
  const shown = shownOptions(settings);
  const text = settings.get("output") === "json" ? jsonLines(shown) : table(shown);
  world.stdout.write(text);
  return Promise.resolve(0);
}

function shownOptions(settings: Settings): ShownOption[] {
  const { clouds, origin } = acceptedClouds(settings);
  return optionsOf("server", OPTION_ROWS).filter(([name, row]) => row.commands.includes("server") && name !== "help")
    .map(
      ([name]) =>
        name === "clouds"
          ? { option: name, value: clouds, origin }
          : { option: name, value: plain(settings.get(name)), origin: settings.origin(name) },
    );
}

function plain(value: OptionValue | undefined): unknown {
  if (value === undefined) return null;
  return typeof value === "object" && "kind" in value ? plainOf(value) : value;
}

function table(shown: readonly ShownOption[]): string {
  return alignedTable([["OPTION", "VALUE", "FROM"], ...shown.map((row) => [row.option, brief(row.value), row.origin])]);
}

function brief(value: unknown): string {
  if (value === null) return "-";
  if (!Array.isArray(value)) return typeof value === "object" ? JSON.stringify(value) : String(value);
  if (value.every((item) => typeof item === "string")) return value.join(",");
  return value.length === 1 ? "1 entry" : `${value.length} entries`;
}
