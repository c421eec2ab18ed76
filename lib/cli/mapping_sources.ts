/**
 * The mapping sources as a server would have them, made of files alone: the config file, the DynamicFile that it names,
 * and manifests of what lives in an API server.
 *
 * @module
 */

import type { Cloud } from "../clouds/cloud.ts";
import { loadCloud, loadClouds } from "../clouds/registry.ts";
import { ConfigError, MAX_CONFIG_BYTES } from "../config/file.ts";
import type { Settings } from "../config/settings.ts";
import { UsageError } from "../errors.ts";
import { FileError, readTextFile } from "../files.ts";
import { readBodyCapped } from "../http.ts";
import type { BackendMode } from "../mapping/backend_mode.ts";
import type { ExplainedSource } from "../mapping/explain.ts";
import { createNamePolicy, warnOfReservedNames } from "../mapping/name_policy.ts";
import { parseReservedPrefixes } from "../mapping/reserved_prefixes.ts";
import { parseRules } from "../mapping/rules.ts";
import type { World } from "../world.ts";
import { parseYaml, YamlError } from "../yaml.ts";
import { acceptedClouds } from "./accepted_clouds.ts";
import type { MappingDocument, YamlFile } from "./mapping_document.ts";
import { readDocuments } from "./mapping_documents.ts";

/** In the place of a path: standard input. */
export const STANDARD_INPUT = "-";

/**
 * Reads a file, or standard input.
 *
 * @throws {FileError} if it cannot be read, is larger than a config file may be, or is not UTF-8
 */
export async function readAnyFile(world: World, path: string): Promise<string> {
  if (path !== STANDARD_INPUT) return await readTextFile(world, path, { what: "the file", maxBytes: MAX_CONFIG_BYTES });
  const bytes = await readBodyCapped(world.stdin.readable, MAX_CONFIG_BYTES);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FileError("Cannot read standard input: it is not UTF-8 text; convert it to UTF-8", { cause });
  }
}

/**
 * The clouds whose ARNs are read: those that the config file lists; all of them where manifests are given, which say
 * themselves of which cloud they are; or else those that the config file's mappings name.
 */
export async function cloudsToRead(settings: Settings, files: readonly string[]): Promise<readonly Cloud[]> {
  if (settings.get("clouds") === undefined && files.length > 0) return await loadClouds();
  return await Promise.all(acceptedClouds(settings).clouds.map(loadCloud));
}

/**
 * The sources in the order in which a server asks them: as the option `backend-mode` has them, then those of files that
 * it does not name. A source that it names and that no file holds is told in a notice.
 *
 * @throws {UsageError} if there is neither a config file nor any other
 * @throws {FileError} if a file cannot be read
 * @throws {ConfigError} if a file is not YAML, or holds no mappings
 */
export async function readSources(settings: Settings, world: World): Promise<readonly ExplainedSource[]> {
  const config = settings.get("config");
  const files = settings.get("file") ?? [];
  if (config === undefined && files.length === 0) {
    throw new UsageError(
      "Cannot look at mappings: no file is given; name the config file with -c, or a manifest with -f",
    );
  }
  const clouds = await cloudsToRead(settings, files);
  const modes: readonly BackendMode[] = settings.get("backend-mode");
  const documents: MappingDocument[] = [];
  if (config !== undefined && modes.includes("MountedFile")) documents.push(mountedFile(settings, config, clouds));
  const userIdStrict = settings.get("dynamic-file-user-id-strict");
  const dynamicFile = settings.get("dynamic-file");
  for (const path of [...(dynamicFile !== undefined && modes.includes("DynamicFile") ? [dynamicFile] : []), ...files]) {
    documents.push(...await documentsOf(await readYamlFile(world, path), { clouds, userIdStrict }));
  }
  for (const mode of modes.filter((mode) => !documents.some(({ source }) => source === mode))) {
    if (mode === "MountedFile") continue;
    world.stderr.write(`ram-auth: notice: ${mode} is not looked at; give what it holds with -f\n`);
  }
  const placeOf = ({ source }: MappingDocument) => modes.includes(source) ? modes.indexOf(source) : modes.length;
  const reserved = parseReservedPrefixes(settings.get("reserved-prefix-config"));
  return documents.sort((a, b) => placeOf(a) - placeOf(b)).map(({ source, ...rest }) => {
    const policy = createNamePolicy(source, reserved);
    const problems = [...rest.problems, ...warnOfReservedNames(rest.rules, policy)];
    return { ...rest, name: source, policy, problems };
  });
}

/** Reads a file as YAML. @throws {ConfigError} if it is none */
export async function readYamlFile(world: World, path: string): Promise<YamlFile> {
  const text = await readAnyFile(world, path);
  try {
    return { path, text, root: parseYaml(text) };
  } catch (cause) {
    throw cause instanceof YamlError ? new ConfigError(path, cause.problems, { cause }) : cause;
  }
}

function documentsOf(file: YamlFile, options: Parameters<typeof readDocuments>[1]): readonly MappingDocument[] {
  const documents = readDocuments(file, options);
  if (documents !== undefined) return documents;
  const message =
    "it holds no mappings; give a ConfigMap, custom resources or a DynamicFile, and a config file with -c";
  throw new ConfigError(file.path, [{ line: file.root.line, column: file.root.column, message }]);
}

function mountedFile(settings: Settings, path: string, clouds: readonly Cloud[]): MappingDocument {
  const sections = {
    mapRoles: settings.get("map-roles"),
    mapUsers: settings.get("map-users"),
    mapAccounts: settings.get("map-accounts"),
  };
  const entries = Object.values(sections).flatMap((node) => node?.kind === "list" ? node.items : []);
  return { source: "MountedFile", path, ...parseRules(sections, { clouds }), entries };
}
