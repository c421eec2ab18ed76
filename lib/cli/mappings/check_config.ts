/**
 * A config file as `check` judges it: its keys, its mappings, what it reserves, and the files that it names.
 *
 * @module
 */

import type { Cloud } from "../../clouds/cloud.ts";
import { loadCloud, loadClouds } from "../../clouds/registry.ts";
import { acceptedClouds } from "../../config/accepted_clouds.ts";
import { endpointChoice } from "../../config/endpoint_choice.ts";
import { inspectConfig, MAX_CONFIG_BYTES } from "../../config/file.ts";
import { judgeConfig, requireDynamicFile } from "../../config/judge_config.ts";
import { sectionsInForce } from "../../config/mapping_sections.ts";
import { serverSettingsOf } from "../../config/settings.ts";
import type { SettingValues } from "../../config/setting_values.ts";
import { RamAuthError, UsageError } from "../../errors.ts";
import type { BackendMode } from "../../mapping/backend_mode.ts";
import { readDenyList } from "../../mapping/deny/read.ts";
import { NO_RULES } from "../../mapping/judge_rules.ts";
import { parseReservedPrefixes, type ReservedPrefixes } from "../../mapping/reserved_prefixes.ts";
import { parseRules } from "../../mapping/rules.ts";
import { ownCertificateAsCa, readDelegateAccess } from "../../server/delegation/access.ts";
import type { World } from "../../world.ts";
import { type Position, YamlError, type YamlProblem } from "../../yaml/read.ts";
import { checkDocuments, type Checked, type ServerFacts } from "./check_documents.ts";
import { soleDocument, type YamlFile } from "./document.ts";
import { byPlace, errorsOf, type Finding, findingsOf, isNotice } from "./finding.ts";
import { readDynamicFile } from "./read_documents.ts";

/** The sources whose rules are all in the config file and in the DynamicFile that it names. */
const FILES: readonly BackendMode[] = ["MountedFile", "DynamicFile"];

/** Judges everything. `checkFile` reads another file of mappings and has it judged. */
export async function checkConfig(
  file: YamlFile,
  world: World,
  checkFile: (path: string, check: (file: YamlFile) => Checked) => Promise<Checked>,
): Promise<Checked> {
  const { path, text } = file;
  const { values, problems } = inspectConfig(path, soleDocument(file));
  const settings = await serverSettingsOf(values);
  const clouds = await Promise.all(acceptedClouds(settings).clouds.map(loadCloud));
  const findings = errorsOf(path, [...tooLarge(text), ...problems, ...startFaults(settings, clouds)]);
  const reserved = readReserved(settings, path, findings);
  if (reserved !== undefined) findings.push(...findingsOf(path, judgeConfig(settings, clouds)));
  findings.push(...findingsOf(path, readDenyList(settings.get("deny"), await loadClouds()).problems));
  findings.push(...await delegateFaults(settings, { path, world }));
  const server = serverOf(settings, { clouds, reserved: reserved ?? new Map() });

  const sections = sectionsInForce(settings);
  const isRead = server.modes?.includes("MountedFile") ?? true;
  const document = { source: "MountedFile", path, ...parseRules(sections, { clouds }), entries: [] } as const;
  // That no source reads them is found once, where the sources are looked at.
  const own = checkDocuments([document], { ...server, modes: undefined });
  findings.push(...own.findings);

  const dynamicPath = settings.get("dynamic-file");
  const { userIdStrict } = server;
  const dynamic = dynamicPath === undefined ? { findings: [], rules: 0 } : await checkFile(
    dynamicPath,
    (file) => checkDocuments([readDynamicFile(file, { clouds, userIdStrict })], { ...server, modes: undefined }),
  );
  const isDynamicRead = server.modes?.includes("DynamicFile") ?? true;
  const rules = (isRead ? own.rules : 0) + (isDynamicRead ? dynamic.rules : 0);
  const all = [...findings.sort(byPlace), ...dynamic.findings];
  const areAllFiles = server.modes?.every((mode) => FILES.includes(mode)) ?? false;
  if (rules === 0 && areAllFiles && all.every(isNotice)) {
    all.push({ path, line: 1, column: 1, severity: "warning", message: NO_RULES });
  }
  return { findings: all, rules, server };
}

function serverOf(
  settings: SettingValues,
  { clouds, reserved }: { readonly clouds: readonly Cloud[]; readonly reserved: ReservedPrefixes },
): ServerFacts {
  return {
    accepted: { clouds, partition: settings.get("partition") },
    reserved,
    userIdStrict: settings.get("dynamic-file-user-id-strict"),
    // A file may name others while the server runs.
    modes: settings.get("dynamic-backend-mode") === undefined ? settings.get("backend-mode") : undefined,
  };
}

/** A file is read under the cap of the largest form; that of a config file is lower. */
function tooLarge(text: string): readonly YamlProblem[] {
  if (new TextEncoder().encode(text).length <= MAX_CONFIG_BYTES) return [];
  const why = `it is larger than ${MAX_CONFIG_BYTES} bytes; move mappings to a DynamicFile`;
  return [{ line: 1, column: 1, message: `Cannot use this as a config file: ${why}` }];
}

/** What a server refuses to start with, though each key by itself is in order. */
function startFaults(settings: SettingValues, clouds: readonly Cloud[]): readonly YamlProblem[] {
  const clusterId = settings.get("cluster-id");
  return [
    ...(clusterId === undefined
      ? []
      : clouds.flatMap((cloud) => faultOf(() => cloud.assertClusterId(clusterId), settings.placeOf("cluster-id")))),
    ...clouds.flatMap((cloud) =>
      faultOf(
        () => cloud.assertStsHosts?.(endpointChoice(settings)),
        settings.placeOf("sts-hosts") ?? settings.placeOf("sts-hosts-only"),
      )
    ),
    ...(settings.get("backend-mode").includes("DynamicFile")
      ? faultOf(() => requireDynamicFile(settings), settings.placeOf("backend-mode"))
      : []),
  ];
}

/** What keeps the delegate from being asked; the server starts all the same. */
async function delegateFaults(
  settings: SettingValues,
  { path, world }: { readonly path: string; readonly world: World },
): Promise<readonly Finding[]> {
  const kubeconfig = settings.get("delegate-kubeconfig");
  if (kubeconfig === undefined) return [];
  const own = { hosts: [settings.get("address"), settings.get("hostname")], port: settings.get("port") };
  const at = settings.placeOf("delegate-kubeconfig") ?? { line: 1, column: 1 };
  const warn = (message: string): readonly Finding[] => [{ ...at, path, severity: "warning", message }];
  try {
    const why = ownCertificateAsCa(await readDelegateAccess(world, kubeconfig, { own }));
    return why === undefined ? [] : warn(`Cannot use the delegate in the kubeconfig "${kubeconfig}": ${why}`);
  } catch (error) {
    if (!(error instanceof RamAuthError)) throw error;
    return warn(error.message);
  }
}

function faultOf(attempt: () => unknown, at: Position = { line: 1, column: 1 }): readonly YamlProblem[] {
  try {
    attempt();
    return [];
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return [{ ...at, message: error.message }];
  }
}

function readReserved(settings: SettingValues, path: string, findings: Finding[]): ReservedPrefixes | undefined {
  try {
    return parseReservedPrefixes(settings.get("reserved-prefix-config"), acceptedClouds(settings).clouds);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    findings.push(...errorsOf(path, error.problems));
    return undefined;
  }
}
