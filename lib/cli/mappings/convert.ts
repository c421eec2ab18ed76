/**
 * `ram-auth convert`: mappings of one form in another, on standard output. What is lost on the way is told.
 *
 * @module
 */

import { loadClouds } from "../../clouds/registry.ts";
import { ConfigError, inspectConfig } from "../../config/file.ts";
import { sectionsInFile } from "../../config/mapping_sections.ts";
import { UsageError } from "../../errors.ts";
import type { BackendMode } from "../../mapping/backend_mode.ts";
import { createNamePolicy, warnOfReservedNames } from "../../mapping/name_policy.ts";
import { isUsable } from "../../mapping/rule.ts";
import { parseRules } from "../../mapping/rules.ts";
import { printable } from "../../quote.ts";
import { writeYaml } from "../../yaml/read.ts";
import type { Invocation } from "../command.ts";
import type { MappingDocument, YamlFile } from "./document.ts";
import { readDocuments } from "./read_documents.ts";
import { convertRules, type Form } from "./write_rules.ts";
import { readYamlFile, STANDARD_INPUT } from "./read_sources.ts";

type Mappings = Pick<MappingDocument, "source" | "rules" | "problems">;

/** Prints the mappings of one file in another form. Exit code 1 where a mapping is left out. */
export async function run({ settings, world }: Invocation): Promise<number> {
  const form = settings.require("to");
  const [path = STANDARD_INPUT, second] = settings.get("file") ?? [];
  if (second !== undefined) throw new UsageError("Cannot convert several files at once: each has its own; name one");
  const file = await readYamlFile(world, path);
  const mappings = await readMappings(file);
  let isWhole = true;
  const tell = (line: number, column: number, what: string, why: string) =>
    world.stderr.write(`${printable(`${path}:${line}:${column}: ${what}: ${why}`)}\n`);
  const leaveOut = (line: number, column: number, why: string) => {
    isWhole = false;
    tell(line, column, "left out", why);
  };
  for (const { line, column, severity, message } of mappings.flatMap(({ problems }) => problems)) {
    if (severity === "invalid") leaveOut(line, column, message);
    else tell(line, column, severity, message);
  }
  const rules = mappings.flatMap((source) => {
    const gained = warnOfReservedNames(source.rules, createNamePolicy(source.source, new Map()));
    const isGained = (line: number, column: number) => gained.some((at) => at.line === line && at.column === column);
    if (form !== "file") return source.rules.filter(isUsable);
    for (const { line, column } of gained) {
      const why = `its "system:" name is one that ${source.source} may not give, and a config file may`;
      leaveOut(line, column, `${why}; add it by hand if that is intended`);
    }
    return source.rules.filter(isUsable).filter(({ line, column }) => !isGained(line, column));
  });
  const { value, inexpressible } = convertRules(rules, form);
  for (const { rule, why } of inexpressible) leaveOut(rule.line, rule.column, why);
  if (form !== "file") {
    for (const { line, column, message } of warnOfReservedNames(rules, createNamePolicy(TARGETS[form], new Map()))) {
      tell(line, column, "warning", message);
    }
  }
  world.stdout.write(writeYaml(value));
  return isWhole ? 0 : 1;
}

/** Whose names the result may give; both sources of ConfigMaps may give the same. */
const TARGETS = { configmap: "ACKConfigMap", crd: "CRD" } as const satisfies Record<
  Exclude<Form, "file">,
  BackendMode
>;

async function readMappings(file: YamlFile): Promise<readonly Mappings[]> {
  const clouds = await loadClouds();
  const documents = readDocuments(file, { clouds, userIdStrict: false });
  if (documents !== undefined) return documents;
  const { values, problems } = inspectConfig(file.path, file.root);
  if (problems.length > 0) throw new ConfigError(file.path, problems);
  return [{ source: "MountedFile", ...parseRules(sectionsInFile(values), { clouds }) }];
}
