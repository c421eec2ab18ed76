/**
 * What a reload takes from the server's config file: its mappings, and every option that a running server can change. A
 * reload never turns into another cluster's server, nor loses every mapping to a file that is being written.
 *
 * @module
 */

import { acceptedClouds } from "../../config/accepted_clouds.ts";
import { defaultOf, isUsed, optionsOf } from "../../config/command_options.ts";
import { configHash } from "../../config/config_hash.ts";
import { endpointChoice } from "../../config/endpoint_choice.ts";
import { judgeConfig } from "../../config/judge_config.ts";
import { sectionsInForce } from "../../config/mapping_sections.ts";
import { OPTION_ROWS, type OptionName } from "../../config/options.ts";
import type { Settings } from "../../config/settings.ts";
import type { CloudId } from "../../identity/identity.ts";
import { loadCloud, loadClouds } from "../../clouds/registry.ts";
import type { DenyList } from "../../mapping/deny/denial.ts";
import { createDenyList } from "../../mapping/deny/list.ts";
import { type DenyReading, readDenyList } from "../../mapping/deny/read.ts";
import { parseReservedPrefixes, type ReservedPrefixes } from "../../mapping/reserved_prefixes.ts";
import { parsingRules, UnreadableMappingsError } from "../../mapping/rules.ts";
import type { HealthReport } from "../../server/health.ts";
import { createLiveOptions, type LiveOptions, type LiveValues } from "../../server/live_options.ts";
import type { ConfigContent } from "../../server/sources/mounted_file.ts";
import { inSlices } from "../../steps.ts";
import type { LeveledLog } from "../../telemetry/log.ts";

/** Reads the config file again and again. */
export interface ConfigReader {
  /** `reservedPrefixConfig` in force, for every source. */
  readonly reserved: ReservedPrefixes;
  /** `server.deny` in force. */
  readonly deny: DenyList & HealthReport;
  /** `server.maxTokenAge` in force, in milliseconds. */
  readonly maxTokenAgeMs: () => number;
  /** What else a reload changes. */
  readonly live: LiveOptions;
  /** The hash of what was taken up last, as `configHash` makes it; `undefined` before the first. */
  readonly hash: () => string | undefined;
  /**
   * Takes the settings as they are at the first call, and reads the file again, once, at each later one. Who is denied,
   * and the age of tokens, count at once, whatever becomes of the rest: a slip in a mapping must not let in who was to
   * be kept out. Everything else counts when what is returned is taken up.
   *
   * @throws {RamAuthError} if the file cannot be used; all stays as it was then
   */
  read(): Promise<ConfigContent>;
  /** The hash of the file as it was read last, whatever it held; `undefined` where it could not be read. */
  readonly taken: () => string | undefined;
  /** What is wrong with the file that was taken up last, and which of its options wait for a restart. */
  warnings(): readonly string[];
}

/**
 * Makes the reader.
 *
 * @throws {YamlError} if `reservedPrefixConfig` is malformed
 */
export function createConfigReader(settings: Settings, log: LeveledLog): ConfigReader {
  const ids = acceptedClouds(settings).clouds;
  const reserved = new Map(reservedOf(settings, ids));
  const live = createLiveOptions(liveValues(settings, settings));
  const deny = createDenyList();
  let denyReading: DenyReading = readDenyList(undefined, []);
  const takeDenyList = async (next: Settings) => {
    const reading = readDenyList(next.get("deny"), await loadClouds());
    deny.replace(reading.entries);
    if (JSON.stringify(reading) === JSON.stringify(denyReading)) return;
    denyReading = reading;
    log.info("deny list in force", { entries: deny.size });
    for (const { severity, message: why, ...at } of reading.problems) {
      log[severity === "invalid" ? "error" : "warn"]("deny list", { ...at, why });
    }
  };
  let maxTokenAge = settings.get("max-token-age");
  const takeTokenAge = (next: Settings) => {
    const before = maxTokenAge;
    maxTokenAge = next.get("max-token-age");
    if (maxTokenAge !== before) log.info("oldest token to accept changed", { seconds: maxTokenAge, before });
  };
  let inForce: Settings | undefined;
  let taken = settings.fileHash;
  let hash: string | undefined;
  let warnings: readonly string[] = [];
  let waiting: readonly OptionName[] = [];
  const readAgain = async () => {
    let read: string | undefined;
    try {
      return await settings.reload((fileHash) => void (read = fileHash));
    } finally {
      taken = read;
    }
  };
  const takeUp = (next: Settings, entries: ReservedPrefixes, problems: readonly string[]) => {
    for (const why of problems.filter((one) => !warnings.includes(one))) log.warn("config file problem", { why });
    warnings = problems;
    if (inForce !== undefined && JSON.stringify([...reserved]) !== JSON.stringify([...entries])) {
      log.info("reserved names changed", { sources: [...entries.keys()] });
    }
    reserved.clear();
    for (const [mode, entry] of entries) reserved.set(mode, entry);
    const changed = inForce === undefined ? [] : changedOptions(inForce, next, "at once");
    if (changed.length > 0) log.info("options changed", { options: changed });
    const told = waiting;
    waiting = changedOptions(settings, next, "on a restart");
    if (waiting.length > 0 && waiting.join() !== told.join()) {
      log.warn("options changed that take effect on a restart", { options: waiting });
    }
    if (changed.includes("log-verbosity")) log.setLevel(next.get("log-verbosity"));
    inForce = next;
  };
  return {
    reserved,
    maxTokenAgeMs: () => maxTokenAge * 1_000,
    live,
    hash: () => hash,
    deny: {
      assertKey: deny.assertKey,
      assertIdentity: deny.assertIdentity,
      facts: () => deny.size === 0 ? [] : [`deny list: ${deny.size} entries`],
      warnings: () => {
        const invalid = denyReading.problems.filter(({ severity }) => severity === "invalid").length;
        return invalid === 0 ? [] : [`deny list: ${invalid} invalid, which deny nobody; see the log`];
      },
    },
    async read() {
      const clouds = await Promise.all(ids.map(loadCloud));
      const next = inForce === undefined ? settings : await readAgain();
      if (inForce !== undefined) assertSuccessor(settings, inForce, next);
      await takeDenyList(next);
      takeTokenAge(next);
      const parsed = await inSlices(parsingRules(sectionsInForce(next), { clouds }));
      const entries = reservedOf(next, ids);
      const problems = judgeConfig(next, clouds).map(({ line, message }) => `line ${line}: ${message}`);
      const nextHash = await configHash({ started: settings, current: next, clouds: ids });
      const putInForce = await live.prepare(liveValues(next, settings));
      return {
        parsed,
        reserved,
        takeUp() {
          takeUp(next, entries, problems);
          putInForce();
          hash = nextHash;
        },
      };
    },
    taken: () => taken,
    warnings: () => [
      ...warnings.map((why) => `config file: ${why}`),
      ...(waiting.length === 0 ? [] : [`config file: changes that take effect on a restart: ${waiting.join(", ")}`]),
    ],
  };
}

/** @param started what the server began with: region and partition are not for STS alone, and wait for a restart */
function liveValues(settings: Settings, started: Settings): LiveValues {
  const { region, partition } = endpointChoice(started);
  return {
    endpoint: { ...endpointChoice(settings), region, ...(partition !== undefined && { partition }) },
    stsRates: { server: settings.get("sts-rate"), key: settings.get("sts-key-rate") },
    cacheTtlMs: settings.get("cache-ttl") * 1_000,
    instanceRate: {
      perSecond: settings.get("ec2-describeInstances-qps"),
      burst: settings.get("ec2-describeInstances-burst"),
    },
    scrubbedAccounts: settings.get("scrubbed-accounts") ?? [],
    metricsCompat: settings.get("metrics-compat") ?? [],
  };
}

function reservedOf(settings: Settings, clouds: readonly CloudId[]): ReservedPrefixes {
  return parseReservedPrefixes(settings.get("reserved-prefix-config"), clouds);
}

/** An editor that empties a file before it writes must not lock everybody out in between. */
function assertSuccessor(started: Settings, inForce: Settings, next: Settings): void {
  if (next.get("cluster-id") !== started.get("cluster-id")) {
    throw new UnreadableMappingsError(
      "Cannot reload the config file: its cluster id is gone or another one; restore it, or restart the server",
    );
  }
  const isBlank = (settings: Settings) => Object.values(sectionsInForce(settings)).every((node) => node === undefined);
  if (isBlank(next) && !isBlank(inForce)) {
    throw new UnreadableMappingsError(
      'Cannot reload the config file: it no longer contains any rule; write "mapRoles: []" if nobody should be able to log in',
    );
  }
}

/** Options whose values differ, of those that count then; structures, which are taken up and told of by themselves, not. */
function changedOptions(before: Settings, after: Settings, when: "at once" | "on a restart"): readonly OptionName[] {
  const told: readonly OptionName[] = ["max-token-age"];
  return optionsOf("server", OPTION_ROWS)
    .filter(([name, row]) => row.type !== "structure" && isUsed(row, "server") && !told.includes(name))
    .filter(([, row]) => (row.atOnce ?? false) === (when === "at once"))
    .filter(([name, row]) => {
      const valueOf = (settings: Settings) =>
        JSON.stringify(
          name === "clouds" ? acceptedClouds(settings).clouds : settings.get(name) ?? defaultOf(row, "server"),
        );
      return valueOf(before) !== valueOf(after);
    })
    .map(([name]) => name);
}
