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
import { closedPrefixes, createNamePolicy, mayStartWith, warnOfReservedNames } from "../../mapping/name_policy.ts";
import { isUsable, type UsableRule } from "../../mapping/rule.ts";
import { parseRules } from "../../mapping/rules.ts";
import { printable, quoted } from "../../quote.ts";
import { writeYaml } from "../../yaml/read.ts";
import type { Invocation } from "../command.ts";
import { type MappingDocument, soleDocument, type YamlFile } from "./document.ts";
import { readDocuments } from "./read_documents.ts";
import { convertRules, type Form } from "./write_rules.ts";
import { inFile, readYamlFile, STANDARD_INPUT } from "./read_sources.ts";

type Mappings = Pick<MappingDocument, "source" | "rules" | "problems" | "unused">;

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
  // Rules that no source reads today are converted all the more.
  for (const { line, column, message } of mappings.flatMap(({ unused = [] }) => unused)) {
    tell(line, column, "notice", message);
  }
  for (const { line, column, severity, message } of mappings.flatMap(({ problems }) => problems)) {
    if (severity === "invalid") leaveOut(line, column, message);
    else tell(line, column, severity, message);
  }
  const rules = mappings.flatMap((source) => {
    const usable = source.rules.filter(isUsable);
    if (form !== "file") return usable;
    return usable.filter((rule) => {
      const gained = gainedInFile(rule, source.source);
      if (gained === undefined) return true;
      const why = `its ${gained}, which ${source.source} may not give and a config file may`;
      leaveOut(rule.line, rule.column, `${why}; add it by hand if that is intended`);
      return false;
    });
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

/** The name that a rule gives once it stands in a config file and not before, in words that follow "its". */
function gainedInFile(rule: UsableRule, source: BackendMode): string | undefined {
  if (rule.kind !== "arn") return undefined;
  const [before, after] = [source, "MountedFile" as const].map((mode) => createNamePolicy(mode, new Map()));
  const names = [["username", rule.username], ...rule.groups.map((group) => ["group", group] as const)] as const;
  for (const [what, name] of names) {
    const open = closedPrefixes(what, before!).filter((prefix) => !closedPrefixes(what, after!).includes(prefix));
    const prefix = open.find((prefix) => mayStartWith(name, prefix));
    if (prefix === undefined) continue;
    return `${what} ${quoted(name.source)} ${
      name.literalStart.startsWith(prefix) ? "starts" : "may start"
    } with "${prefix}"`;
  }
  return undefined;
}

/** Whose names the result may give; both sources of ConfigMaps may give the same. */
const TARGETS = { configmap: "ACKConfigMap", crd: "CRD" } as const satisfies Record<
  Exclude<Form, "file">,
  BackendMode
>;

async function readMappings(file: YamlFile): Promise<readonly Mappings[]> {
  const clouds = await loadClouds();
  const documents = inFile(file.path, () => readDocuments(file, { clouds, userIdStrict: false }));
  if (documents !== undefined) return documents;
  const { values, problems } = inspectConfig(file.path, soleDocument(file));
  if (problems.length > 0) throw new ConfigError(file.path, problems);
  return [{ source: "MountedFile", ...parseRules(sectionsInFile(values), { clouds }) }];
}
