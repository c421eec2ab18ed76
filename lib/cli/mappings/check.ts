/**
 * `ram-auth check`: everything that is wrong with config files and mappings, at once, with its place; for CI.
 *
 * @module
 */

import { RamAuthError, UsageError } from "../../errors.ts";
import { jsonLines } from "../../quote.ts";
import type { World } from "../../world.ts";
import { parseYamlDocuments } from "../../yaml/documents.ts";
import { parseYaml, YamlError, type YamlNode } from "../../yaml/read.ts";
import type { Invocation } from "../command.ts";
import { checkConfig } from "./check_config.ts";
import { anyServer, checkDocuments, type Checked, type ServerFacts } from "./check_documents.ts";
import { checkSwap } from "./check_swap.ts";
import type { YamlFile } from "./document.ts";
import { errorsOf, findingLine, isNotice, summaryOf } from "./finding.ts";
import { readDocuments } from "./read_documents.ts";
import { readAnyFile } from "./read_sources.ts";

/** Prints all findings. Exit code 1 where there is any but notices. */
export async function run({ settings, world }: Invocation): Promise<number> {
  const config = settings.get("config");
  const manifests = settings.get("file") ?? [];
  const paths = [...(config === undefined ? [] : [config]), ...manifests];
  if (paths.length === 0) throw new UsageError("Cannot check: no file is given; name one, or the config file with -c");
  const tool = settings.get("as");
  if (tool !== undefined) return await checkSwap({ tool, paths, output: settings.get("output") }, world);
  const ofConfig = config === undefined ? undefined : await checkConfigFile(world, config);
  const checked: Checked[] = ofConfig === undefined ? [] : [ofConfig];
  for (const path of manifests) {
    const check = (file: YamlFile) => checkAnyForm(file, { world, server: ofConfig?.server });
    checked.push(await checkFile(world, path, { read: parseYamlDocuments, check }));
  }
  const findings = checked.flatMap((file) => file.findings);
  const rules = checked.reduce((sum, file) => sum + file.rules, 0);
  const ok = findings.every(isNotice);
  world.stdout.write(
    settings.get("output") === "json"
      ? jsonLines({ ok, rules, problems: findings })
      : `${findings.map(findingLine).join("")}${summaryOf(findings, { files: paths.length, rules })}\n`,
  );
  return ok ? 0 : 1;
}

/** Everything that is wrong with a config file, as a server reads it, and with the DynamicFile that it names. */
export function checkConfigFile(world: World, path: string): Promise<Checked> {
  return checkFile(world, path, { read: asServer, check: (file) => ofFile(file, world) });
}

interface FileCheck {
  readonly read: (text: string) => readonly YamlNode[];
  readonly check: (file: YamlFile) => Checked | Promise<Checked>;
}

/** As a server reads a file: one document, and anything else is wrong. */
const asServer = (text: string) => [parseYaml(text)];

/** Reads a file and has it checked; what cannot be read at all is one finding. */
async function checkFile(world: World, path: string, { read, check }: FileCheck): Promise<Checked> {
  try {
    const text = await readAnyFile(world, path);
    return await check({ path, text, documents: read(text) });
  } catch (error) {
    if (!(error instanceof RamAuthError)) throw error;
    const problems = error instanceof YamlError ? error.problems : [{ line: 1, column: 1, message: error.message }];
    return { findings: errorsOf(path, problems), rules: 0 };
  }
}

function ofFile(file: YamlFile, world: World): Promise<Checked> {
  return checkConfig(file, world, (path, check) => checkFile(world, path, { read: asServer, check }));
}

/** `server`: what a config file beside it says. */
async function checkAnyForm(
  file: YamlFile,
  { world, server }: { readonly world: World; readonly server: ServerFacts | undefined },
): Promise<Checked> {
  const facts = server ?? await anyServer();
  const documents = readDocuments(file, { clouds: facts.accepted.clouds, userIdStrict: facts.userIdStrict });
  if (documents === undefined) return await ofFile(file, world);
  const checked = checkDocuments(documents, facts);
  if (server !== undefined || checked.rules > 0 || !checked.findings.every(isNotice)) return checked;
  const message = "It holds no rule, so nobody can log in by it; add one to mapRoles or mapUsers";
  return {
    ...checked,
    findings: [...checked.findings, { path: file.path, line: 1, column: 1, severity: "warning", message }],
  };
}
