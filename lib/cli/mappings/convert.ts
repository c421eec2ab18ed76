/**
 * `ram-auth convert`: mappings of one form in another, on standard output. What is lost on the way is told.
 *
 * @module
 */

import { loadClouds } from "../../clouds/registry.ts";
import { configValues, inFile } from "../../config/file.ts";
import { sectionsInFile } from "../../config/mapping_sections.ts";
import { UsageError } from "../../errors.ts";
import type { CloudId } from "../../identity/identity.ts";
import type { BackendMode } from "../../mapping/backend_mode.ts";
import { groupOf, rbacOf } from "../../mapping/foreign/policy_bindings.ts";
import { CONFIG_MAPS } from "../../mapping/forms/config_map_names.ts";
import { closedPrefixes, createNamePolicy, mayStartWith, warnOfReservedNames } from "../../mapping/name_policy.ts";
import { isUsable, type UsableRule } from "../../mapping/rule.ts";
import { parseRules } from "../../mapping/rules.ts";
import { printable, quoted } from "../../quote.ts";
import { writeYaml } from "../../yaml/read.ts";
import type { Invocation } from "../command.ts";
import { FILE_GROUP_PREFIX, type MappingDocument, soleDocument, type YamlFile } from "./document.ts";
import { readDocuments } from "./read_documents.ts";
import { asList, convertRules, type Form, itemsOf, withClouds } from "./write_rules.ts";
import { readYamlFile, STANDARD_INPUT } from "./read_sources.ts";

/** What a file says, and the clouds that it lists where it is a config file. */
type Mappings = MappingDocument & { readonly listed?: readonly CloudId[] | undefined };

/** Prints the mappings of one file in another form. Exit code 1 where a mapping is left out. */
export async function run({ settings, world }: Invocation): Promise<number> {
  const form = settings.require("to");
  const [path = STANDARD_INPUT, second] = settings.get("file") ?? [];
  if (second !== undefined) throw new UsageError("Cannot convert several files at once: each has its own; name one");
  const file = await readYamlFile(world, path);
  const groupPrefix = GROUP_PREFIXES[form];
  const documents = await readMappings(file, groupPrefix);
  let isWhole = true;
  const tell = (line: number, column: number, what: string, why: string) =>
    world.stderr.write(`${printable(`${path}:${line}:${column}: ${what}: ${why}`)}\n`);
  const leaveOut = (line: number, column: number, why: string) => {
    isWhole = false;
    tell(line, column, "left out", why);
  };
  // Rules that no source reads today are converted all the more.
  for (const { line, column, message } of documents.flatMap(({ unused = [] }) => unused)) {
    tell(line, column, "notice", message);
  }
  const problems = documents.flatMap(({ problems, detour }) => problems.filter((problem) => problem !== detour));
  for (const { line, column, severity, message } of problems) {
    if (severity === "invalid") leaveOut(line, column, message);
    else tell(line, column, severity, message);
  }
  const rules = documents.flatMap((document) => {
    const usable = withClouds(document.rules.filter(isUsable), document);
    // What no server reads, nobody was kept from giving names by.
    if (form !== "file" || document.isForeign) return usable;
    return usable.filter(({ rule }) => {
      const gained = gainedInFile(rule, document.source);
      if (gained === undefined) return true;
      const why = `its ${gained}, which ${document.source} may not give and a config file may`;
      leaveOut(rule.line, rule.column, `${why}; add it by hand if that is intended`);
      return false;
    });
  });
  const { value, inexpressible } = convertRules(rules, form);
  for (const { rule, why } of inexpressible) leaveOut(rule.line, rule.column, why);
  for (const { rule, cloud } of rules) {
    const target = targetOf(form, cloud);
    for (const { line, column, message } of warnOfReservedNames([rule], createNamePolicy(target, new Map()))) {
      tell(line, column, "warning", message);
    }
  }
  const left = new Set(inexpressible.map(({ rule }) => rule));
  const given = new Set(
    rules.flatMap(({ rule }) => rule.kind === "arn" && !left.has(rule) ? rule.groups : [])
      .map(({ source }) => source),
  );
  const bindings = documents.flatMap(({ bindings = [] }) => bindings)
    .filter((binding) => given.has(groupOf(binding, groupPrefix)));
  const rbac = rbacOf(bindings, groupPrefix);
  if (form === "file" && rbac.length > 0) {
    world.stderr.write("ram-auth: notice: the second document is for kubectl apply, and no part of the config file\n");
  }
  world.stdout.write(withObjects(value, rbac, form));
  return isWhole ? 0 : 1;
}

/** What the names of groups for access policies start with: where another source gives them, it has to be allowed to. */
const GROUP_PREFIXES: Readonly<Record<Form, string>> = {
  file: FILE_GROUP_PREFIX,
  configmap: "eks-access:",
  crd: "eks-access:",
};

/** The source of a server that reads a rule in its new form. */
function targetOf(form: Form, cloud: CloudId | undefined): BackendMode {
  switch (form) {
    case "file":
      return "MountedFile";
    case "configmap":
      return CONFIG_MAPS[cloud ?? "aws"].source;
    case "crd":
      return "CRD";
  }
}

/** The mappings, and objects for kubectl beside them: in one list, or as a document of their own behind a config file. */
function withObjects(mappings: unknown, objects: readonly unknown[], form: Form): string {
  if (objects.length === 0) return writeYaml(mappings);
  if (form === "file") return `${writeYaml(mappings)}---\n${writeYaml(asList(objects))}`;
  return writeYaml(asList([...itemsOf(mappings), ...objects]));
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

async function readMappings(file: YamlFile, groupPrefix: string): Promise<readonly Mappings[]> {
  const clouds = await loadClouds();
  const documents = inFile(file.path, () => readDocuments(file, { clouds, userIdStrict: false, groupPrefix }));
  if (documents !== undefined) return documents;
  const values = configValues(file.path, soleDocument(file));
  const listed = values.get("clouds")?.value as readonly CloudId[] | undefined;
  const document = { source: "MountedFile", path: file.path, entries: [], listed } as const;
  return [{ ...document, ...parseRules(sectionsInFile(values), { clouds }) }];
}
