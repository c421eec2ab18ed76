/**
 * The config file that `init` writes where there is none. One that is there belongs to the operator: it is read, compared
 * with what the command was told, and left alone.
 *
 * @module
 */

import type { Sourced } from "../../config/option.ts";
import { readConfigFile } from "../../config/file.ts";
import { sectionsInFile } from "../../config/mapping_sections.ts";
import { type OptionName, OPTIONS } from "../../config/options.ts";
import type { Settings } from "../../config/settings.ts";
import { RamAuthError } from "../../errors.ts";
import { foldAsciiCase } from "../../identity/ascii_case.ts";
import type { ArnRule } from "../../mapping/rule.ts";
import { parseRules } from "../../mapping/rules.ts";
import type { World } from "../../world.ts";
import { ADMIN_GROUP, type FirstAdmin, mappingLines } from "./first_admin.ts";
import { type PlannedFile, planText } from "./planned_file.ts";
import type { Place } from "./node_files.ts";
import { quoted } from "../../quote.ts";

/** The config file that is there and what the command was told do not go together. Nothing was changed. */
export class ConfigConflict extends RamAuthError {
  readonly code = "ERR_CONFIG_CONFLICT";
}

/** What certificate, webhook kubeconfig and config file must agree on. */
const SHARED = ["cluster-id", "hostname", "address", "port"] as const satisfies readonly OptionName[];

/** The text of the first config file. */
export function firstConfig(settings: Settings, admin: FirstAdmin | undefined): string {
  const ownPlaces = (["hostname", "address", "port"] as const).filter((name) =>
    settings.get(name) !== OPTIONS[name].default
  );
  return [
    `# Written by "ram-auth init", and yours from now on: it is not written again.`,
    "# What is in force: ram-auth config -c <this file>. What is wrong with it: ram-auth check <this file>",
    "",
    `clusterID: ${JSON.stringify(settings.require("cluster-id"))}`,
    "",
    "server:",
    ...ownPlaces.map((name) => `  ${keyOf(name)}: ${JSON.stringify(settings.get(name))}`),
    "  # Who may log in, and as whom. The first rule that matches wins.",
    ...(admin === undefined ? ["mapRoles: []"] : mappingLines(admin)).map((line) => `  ${line}`),
    "",
  ].join("\n");
}

/**
 * Plans the config file: written where there is none, and where it is as an earlier run without an administrator wrote
 * it; kept in every other case.
 *
 * @throws {ConfigConflict} if the one that is there differs in what the certificate is made for, or does not map the
 * administrator, with what to write into it
 * @throws {ConfigError} if the one that is there cannot be used
 */
export async function planConfig(
  world: World,
  place: Place,
  { settings, admin }: { readonly settings: Settings; readonly admin: FirstAdmin | undefined },
): Promise<PlannedFile> {
  const text = firstConfig(settings, admin);
  const plan = await planText(world, {
    ...place,
    text,
    isOurs: (before) => before === firstConfig(settings, undefined),
  });
  if (plan.fate !== "differs") return plan;
  const { path } = place;
  const values = await readConfigFile(world, path);
  demandAgreement(path, values, settings);
  if (admin !== undefined) demandMapping(path, values, admin);
  const { change: _, ...kept } = plan;
  return { ...kept, fate: "kept" };
}

type Values = ReadonlyMap<OptionName, Sourced>;

function demandAgreement(path: string, values: Values, settings: Settings): void {
  const faults = SHARED.flatMap((name) => {
    const row = OPTIONS[name];
    const there = values.get(name)?.value ?? ("default" in row ? row.default : undefined);
    const wanted = settings.get(name);
    if (there === wanted) return [];
    const has = there === undefined ? `has no ${row.yaml}` : `has ${row.yaml} ${quoted(String(there))}`;
    return [`it ${has}, and this command ${wanted === undefined ? "has none" : `says ${quoted(String(wanted))}`}`];
  });
  if (faults.length === 0) return;
  throw new ConfigConflict(
    `Cannot go by the config file "${path}": ${
      faults.join("; ")
    }; change one of the two, or take all from the file with -c ${path}`,
  );
}

function demandMapping(path: string, values: Values, admin: FirstAdmin): void {
  const { arn, cloud } = admin;
  const { rules } = parseRules(sectionsInFile(values), { clouds: [cloud] });
  const found = rules.find((rule): rule is ArnRule =>
    rule.kind === "arn" && foldAsciiCase(rule.arn.canonicalArn) === foldAsciiCase(arn.canonicalArn)
  );
  if (found?.groups.some(({ source }) => source === ADMIN_GROUP)) return;
  const attempt = `Cannot make ${quoted(arn.canonicalArn)} administrator in the config file "${path}"`;
  if (found !== undefined) {
    throw new ConfigConflict(
      `${attempt}: line ${found.line} maps it already, without the group "${ADMIN_GROUP}"; add the group there and run this again`,
    );
  }
  const clouds = values.get("clouds")?.value as readonly string[] | undefined;
  const also = clouds === undefined || clouds.includes(cloud.id) ? "" : ` and "${cloud.id}" to "clouds"`;
  throw new ConfigConflict(
    `${attempt}: it is yours, and is not changed; add this to "server"${also}, and run this again:\n` +
      mappingLines(admin).map((line) => `  ${line}`).join("\n"),
  );
}

function keyOf(name: "hostname" | "address" | "port"): string {
  const { yaml } = OPTIONS[name];
  return yaml.slice(yaml.lastIndexOf(".") + 1);
}
