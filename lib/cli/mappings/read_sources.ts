/**
 * The mapping sources as a server would have them: the config file, the DynamicFile that it names, and what lives in an
 * API server, which is asked unless a manifest is given.
 *
 * @module
 */

import type { Cloud } from "../../clouds/cloud.ts";
import { loadCloud, loadClouds } from "../../clouds/registry.ts";
import { ConfigError, inFile } from "../../config/file.ts";
import { sectionsInForce } from "../../config/mapping_sections.ts";
import type { Settings } from "../../config/settings.ts";
import { RamAuthError, UsageError } from "../../errors.ts";
import { FileError, readTextFile } from "../../files.ts";
import { BodyTooLargeError, readBodyCapped } from "../../http.ts";
import type { ConnectOptions } from "../../kube/access.ts";
import type { BackendMode } from "../../mapping/backend_mode.ts";
import { MAX_DYNAMIC_FILE_BYTES as maxBytes } from "../../mapping/forms/dynamic_document.ts";
import type { ExplainedSource } from "../../mapping/explain/explain.ts";
import { judgeRules } from "../../mapping/judge_rules.ts";
import { createNamePolicy } from "../../mapping/name_policy.ts";
import { parseReservedPrefixes } from "../../mapping/reserved_prefixes.ts";
import { parseRules } from "../../mapping/rules.ts";
import { printable } from "../../quote.ts";
import { readBackendModes } from "../../server/sources/backend_modes.ts";
import type { World } from "../../world.ts";
import { parseYamlDocuments } from "../../yaml/documents.ts";
import type { YamlNode } from "../../yaml/read.ts";
import { acceptedClouds } from "../../config/accepted_clouds.ts";
import { isClusterMode, readClusterSources } from "./cluster_sources.ts";
import { inForce, type MappingDocument, type YamlFile } from "./document.ts";
import { readDocuments } from "./read_documents.ts";
import { entriesOfAll } from "./section_entries.ts";

/** Instead of a path: standard input. */
export const STANDARD_INPUT = "-";

/**
 * Reads a file, or standard input.
 *
 * @throws {FileError} if it cannot be read, is larger than a DynamicFile may be, or is not UTF-8
 */
export async function readAnyFile(world: World, path: string): Promise<string> {
  if (path !== STANDARD_INPUT) return await readTextFile(world, path, { what: "the file", maxBytes });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await readBodyCapped(world.stdin.readable, maxBytes));
  } catch (cause) {
    if (cause instanceof BodyTooLargeError) {
      throw new FileError(`Cannot read standard input: it is larger than ${maxBytes} bytes; make it smaller`, {
        cause,
      });
    }
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

/** Sources, and which of them a server asks, in its order. */
export interface SourcesOfModes {
  readonly modes: readonly BackendMode[];
  /** Those that could be looked up, in the same order, and then those of files that no mode names. */
  readonly sources: readonly ExplainedSource[];
}

/**
 * The sources in the order in which a server asks them: as the option `backend-mode` has them, or the file in its
 * place, then those of files that neither names. A source that is named but cannot be looked up gets
 * a notice.
 *
 * @throws {UsageError} if there is nothing to look at
 * @throws {FileError} if a file cannot be read
 * @throws {ConfigError} if a file is not YAML, holds no mappings, or names no sources
 * @throws {KubeError} {YamlError} if the kubeconfig cannot be used
 */
export async function readSources(settings: Settings, world: World): Promise<SourcesOfModes> {
  const config = settings.get("config");
  const files = settings.get("file") ?? [];
  const modes = await backendModes(settings, world);
  const access = clusterAccess(settings, world);
  if (!namesSources(settings, world)) {
    throw new UsageError(
      "Cannot look at mappings: no file is given; name the config file with -c, a manifest with -f, or a cluster's " +
        "sources with --backend-mode and its --kubeconfig",
    );
  }
  const documents = [...await readFiles(settings, world, { modes, config, files })];
  const elsewhere = modes.filter((mode) => mode !== "MountedFile" && !documents.some(({ source }) => source === mode));
  const inCluster = access === undefined ? [] : elsewhere.filter(isClusterMode);
  for (const mode of elsewhere) {
    if (inCluster.some((other) => other === mode)) continue;
    const why = `because ${whereToLook(mode)}, or give what it holds with -f`;
    world.stderr.write(`ram-auth: notice: ${mode} is skipped, ${why}\n`);
  }
  if (access !== undefined && inCluster.length > 0) {
    const clouds = await Promise.all(acceptedClouds(settings).clouds.map(loadCloud));
    documents.push(...await readClusterSources(world, inCluster, { access, clouds }));
  }
  const placeOf = ({ source }: MappingDocument) => modes.includes(source) ? modes.indexOf(source) : modes.length;
  const reserved = parseReservedPrefixes(settings.get("reserved-prefix-config"), acceptedClouds(settings).clouds);
  const accepted = { clouds: await cloudsToRead(settings, files), partition: settings.get("partition") };
  const sources = documents.sort((a, b) => placeOf(a) - placeOf(b)).map((document) => {
    const { source, ...rest } = inForce(document);
    const policy = createNamePolicy(source, reserved);
    const problems = [...rest.problems, ...judgeRules(rest.rules, { accepted, policy })];
    return { ...rest, name: source, policy, problems };
  });
  return { modes, sources };
}

/** Whether there is anything to look at: a file, or sources in an API server. */
export function namesSources(settings: Settings, world: World): boolean {
  if (settings.get("config") !== undefined || (settings.get("file") ?? []).length > 0) return true;
  return clusterAccess(settings, world) !== undefined && settings.get("backend-mode").some(isClusterMode);
}

async function readFiles(
  settings: Settings,
  world: World,
  { modes, config, files }: {
    readonly modes: readonly BackendMode[];
    readonly config: string | undefined;
    readonly files: readonly string[];
  },
): Promise<readonly MappingDocument[]> {
  const clouds = await cloudsToRead(settings, files);
  const userIdStrict = settings.get("dynamic-file-user-id-strict");
  const dynamicFile = modes.includes("DynamicFile") ? settings.get("dynamic-file") : undefined;
  const documents: MappingDocument[] = [];
  if (config !== undefined && modes.includes("MountedFile")) documents.push(mountedFile(settings, config, clouds));
  for (const path of [...(dynamicFile === undefined ? [] : [dynamicFile]), ...files]) {
    documents.push(...documentsOf(await readYamlFile(world, path), { clouds, userIdStrict }));
  }
  for (const { path, detour } of documents) {
    if (detour === undefined) continue;
    world.stderr.write(`ram-auth: notice: ${printable(`${path}:${detour.line}: ${detour.message}`)}\n`);
  }
  return documents;
}

async function backendModes(settings: Settings, world: World): Promise<readonly BackendMode[]> {
  const modeFile = settings.get("dynamic-backend-mode");
  try {
    return await readBackendModes(world, {
      modes: settings.get("backend-mode"),
      modeFile,
      clouds: acceptedClouds(settings).clouds,
    });
  } catch (cause) {
    if (modeFile === undefined || !(cause instanceof RamAuthError)) throw cause;
    const message = `${cause.message}; a server keeps the sources that it has, and starts with those of "backendMode"`;
    throw new ConfigError(modeFile, [{ line: 1, column: 1, message }], { cause });
  }
}

/** How a server with these settings reaches an API server; `undefined` where it is neither configured nor in a pod. */
function clusterAccess(settings: Settings, world: World): ConnectOptions | undefined {
  const kubeconfig = settings.get("kubeconfig");
  const master = settings.get("master");
  if (!kubeconfig && !master && !world.env("KUBERNETES_SERVICE_HOST")) return undefined;
  return { kubeconfig, context: settings.get("kubeconfig-context"), master };
}

/** Why a source cannot be looked up, in words that follow a colon. */
export function whereToLook(mode: BackendMode): string {
  return mode === "DynamicFile"
    ? 'no file is named; write "server.dynamicfilepath" in the config file'
    : 'no API server is named; name its kubeconfig with --kubeconfig or as "server.kubeconfig"';
}

/** Reads a file as YAML, with all its documents. @throws {ConfigError} if it is none */
export async function readYamlFile(world: World, path: string): Promise<YamlFile> {
  const text = await readAnyFile(world, path);
  return inFile(path, () => ({ path, text, documents: parseYamlDocuments(text) }));
}

function documentsOf(file: YamlFile, options: Parameters<typeof readDocuments>[1]): readonly MappingDocument[] {
  const documents = inFile(file.path, () => readDocuments(file, options));
  if (documents !== undefined) return documents;
  const [{ line, column }] = file.documents as readonly [YamlNode];
  const message =
    "it holds no mappings; give a ConfigMap, custom resources or a DynamicFile, and a config file with -c";
  throw new ConfigError(file.path, [{ line, column, message }]);
}

function mountedFile(settings: Settings, path: string, clouds: readonly Cloud[]): MappingDocument {
  const sections = sectionsInForce(settings);
  const entries = entriesOfAll(sections);
  return { source: "MountedFile", path, ...parseRules(sections, { clouds }), entries };
}
