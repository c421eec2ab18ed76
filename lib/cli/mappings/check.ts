/**
 * `ram-auth check`: everything that is wrong with config files and mappings, at once, with its place; for CI.
 *
 * @module
 */

import type { Cloud } from "../../clouds/cloud.ts";
import { loadCloud, loadClouds } from "../../clouds/registry.ts";
import { inspectConfig, MAX_CONFIG_BYTES } from "../../config/file.ts";
import { sectionsInFile } from "../../config/mapping_sections.ts";
import type { Sourced } from "../../config/option.ts";
import { defaultOf } from "../../config/command_options.ts";
import { type OptionName, OPTIONS } from "../../config/options.ts";
import { RamAuthError, UsageError } from "../../errors.ts";
import type { CloudId } from "../../identity/identity.ts";
import type { BackendMode } from "../../mapping/backend_mode.ts";
import { createNamePolicy, warnOfNames } from "../../mapping/name_policy.ts";
import type { MappingProblem, Severity } from "../../mapping/problem.ts";
import { parseReservedPrefixes, reservedForOthers, type ReservedPrefixes } from "../../mapping/reserved_prefixes.ts";
import { isUsable, type Rule } from "../../mapping/rule.ts";
import { parseRules } from "../../mapping/rules.ts";
import { jsonLines, printable } from "../../quote.ts";
import type { World } from "../../world.ts";
import { parseYamlDocuments } from "../../yaml/documents.ts";
import { YamlError, type YamlNode, type YamlProblem } from "../../yaml/read.ts";
import type { Invocation } from "../command.ts";
import { checkSwap } from "./check_swap.ts";
import { type MappingDocument, soleDocument, type YamlFile } from "./document.ts";
import { readDocuments, readDynamicFile } from "./read_documents.ts";
import { readAnyFile } from "./read_sources.ts";

/**
 * One line of the output. Beside the severities of mappings, `error`: the file cannot be used at all, or a server would
 * not start with it.
 */
interface Finding extends Omit<MappingProblem, "severity"> {
  readonly path: string;
  readonly severity: Severity | "error";
}

/** What a file says, as far as the other files' checks depend on it. */
interface Checked {
  readonly findings: readonly Finding[];
  readonly rules: number;
}

/** Prints all findings. Exit code 1 where there is any but notices. */
export async function run({ settings, world }: Invocation): Promise<number> {
  const config = settings.get("config");
  const paths = [...(config === undefined ? [] : [config]), ...settings.get("file") ?? []];
  if (paths.length === 0) throw new UsageError("Cannot check: no file is given; name one, or the config file with -c");
  const tool = settings.get("as");
  if (tool !== undefined) return await checkSwap({ tool, paths, output: settings.get("output") }, world);
  const checked: Checked[] = [];
  for (const path of paths) {
    checked.push(
      await checkFile(path, world, (file) => path === config ? checkConfig(file, world) : checkAnyForm(file, world)),
    );
  }
  const findings = checked.flatMap((file) => file.findings);
  const rules = checked.reduce((sum, file) => sum + file.rules, 0);
  const ok = findings.every(({ severity }) => severity === "notice");
  world.stdout.write(
    settings.get("output") === "json"
      ? jsonLines({ ok, rules, problems: findings })
      : `${findings.map(findingLine).join("")}${summaryOf(findings, { files: paths.length, rules })}\n`,
  );
  return ok ? 0 : 1;
}

/** Reads a file and has it checked; what cannot be read at all is one finding. */
async function checkFile(
  path: string,
  world: World,
  check: (file: YamlFile) => Checked | Promise<Checked>,
): Promise<Checked> {
  try {
    const text = await readAnyFile(world, path);
    return await check({ path, text, documents: parseYamlDocuments(text) });
  } catch (error) {
    if (!(error instanceof RamAuthError)) throw error;
    const problems = error instanceof YamlError ? error.problems : [{ line: 1, column: 1, message: error.message }];
    return { findings: errorsOf(path, problems), rules: 0 };
  }
}

async function checkAnyForm(file: YamlFile, world: World): Promise<Checked> {
  const documents = readDocuments(file, { clouds: await loadClouds(), userIdStrict: false });
  return documents === undefined ? await checkConfig(file, world) : checkDocuments(documents, new Map());
}

/** The keys, the mappings, the prefixes, and the DynamicFile that it names. */
async function checkConfig(file: YamlFile, world: World): Promise<Checked> {
  const { path, text } = file;
  const { values, problems } = inspectConfig(path, soleDocument(file));
  const findings = errorsOf(path, [...tooLarge(text), ...problems]);
  const clouds = await cloudsOf(values);
  const reservedNode = nodeOf(values, "reserved-prefix-config");
  const reserved = readReserved(reservedNode, path, findings);
  if (reservedNode !== undefined && values.get("dynamic-backend-mode") === undefined) {
    const inUse = (values.get("backend-mode")?.value ?? defaultOf(OPTIONS["backend-mode"], "server")) as BackendMode[];
    const { line, column } = reservedNode;
    for (const mode of reservedForOthers(reserved, inUse)) {
      const message =
        `Cannot protect ${mode} by reservedPrefixConfig: backendMode does not name it; name a source in use`;
      findings.push({ path, line, column, severity: "warning", message });
    }
  }
  const inFile = judge("MountedFile", path, parseRules(sectionsInFile(values), { clouds }), reserved);
  const dynamicFile = values.get("dynamic-file")?.value;
  const userIdStrict = values.get("dynamic-file-user-id-strict")?.value === true;
  const dynamic = typeof dynamicFile === "string"
    ? await checkFile(
      dynamicFile,
      world,
      (file) => checkDocuments([readDynamicFile(file, { clouds, userIdStrict })], reserved),
    )
    : { findings: [], rules: 0 };
  return {
    findings: [...[...findings, ...inFile.findings].sort(byPlace), ...dynamic.findings],
    rules: inFile.rules + dynamic.rules,
  };
}

/** A file is read under the cap of the largest form; that of a config file is lower. */
function tooLarge(text: string): readonly YamlProblem[] {
  if (new TextEncoder().encode(text).length <= MAX_CONFIG_BYTES) return [];
  const why = `it is larger than ${MAX_CONFIG_BYTES} bytes; move mappings to a DynamicFile`;
  return [{ line: 1, column: 1, message: `Cannot use this as a config file: ${why}` }];
}

function checkDocuments(documents: readonly MappingDocument[], reserved: ReservedPrefixes): Checked {
  const judged = documents.map((document) => judge(document.source, document.path, document, reserved));
  return {
    findings: judged.flatMap(({ findings }) => findings),
    rules: judged.reduce((sum, { rules }) => sum + rules, 0),
  };
}

function judge(
  source: BackendMode,
  path: string,
  { rules, problems }: { readonly rules: readonly Rule[]; readonly problems: readonly MappingProblem[] },
  reserved: ReservedPrefixes,
): Checked {
  const all = [...problems, ...warnOfNames(rules, createNamePolicy(source, reserved))];
  return { findings: all.map((problem) => ({ ...problem, path })).sort(byPlace), rules: rules.filter(isUsable).length };
}

async function cloudsOf(values: ReadonlyMap<OptionName, Sourced>): Promise<readonly Cloud[]> {
  const listed = values.get("clouds")?.value as readonly CloudId[] | undefined;
  if (listed !== undefined) return await Promise.all(listed.map(loadCloud));
  return await loadClouds();
}

function readReserved(node: YamlNode | undefined, path: string, findings: Finding[]): ReservedPrefixes {
  try {
    return parseReservedPrefixes(node);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    findings.push(...errorsOf(path, error.problems));
    return new Map();
  }
}

function nodeOf(values: ReadonlyMap<OptionName, Sourced>, name: OptionName): YamlNode | undefined {
  return values.get(name)?.value as YamlNode | undefined;
}

function errorsOf(path: string, problems: readonly YamlProblem[]): Finding[] {
  return problems.map((problem) => ({ ...problem, path, severity: "error" }));
}

function byPlace(a: Finding, b: Finding): number {
  return a.line - b.line || a.column - b.column;
}

function findingLine({ path, line, column, severity, resource, message }: Finding): string {
  const what = resource === undefined ? "" : `resource "${resource}": `;
  return `${printable(`${path}:${line}:${column}: ${severity}: ${what}${message}`)}\n`;
}

function summaryOf(
  findings: readonly Finding[],
  { files, rules }: { readonly files: number; readonly rules: number },
): string {
  const count = (severity: Finding["severity"], one: string, many = `${one}s`) => {
    const number = findings.filter((finding) => finding.severity === severity).length;
    return number === 0 ? [] : [`${number} ${number === 1 ? one : many}`];
  };
  const counts = [
    ...count("error", "error"),
    ...count("invalid", "invalid", "invalid"),
    ...count("warning", "warning"),
    ...count("notice", "notice"),
  ];
  const where = `${rules} ${rules === 1 ? "rule" : "rules"} in ${files} ${files === 1 ? "file" : "files"}`;
  return `${where}: ${counts.length === 0 ? "nothing is wrong" : counts.join(", ")}`;
}
