/**
 * What a reload takes from the server's config file: its mappings, the names that mapping sources must not give, and who
 * is denied. A reload never turns into another cluster's server, nor loses every mapping to a file that is being written.
 *
 * @module
 */

import { sectionsInForce } from "../../config/mapping_sections.ts";
import { defaultOf, optionsOf } from "../../config/command_options.ts";
import { OPTION_ROWS, type OptionName } from "../../config/options.ts";
import { judgeConfig } from "../../config/judge_config.ts";
import type { Settings } from "../../config/settings.ts";
import type { CloudId } from "../../identity/identity.ts";
import { loadCloud, loadClouds } from "../../clouds/registry.ts";
import type { DenyList } from "../../mapping/deny/denial.ts";
import { createDenyList } from "../../mapping/deny/list.ts";
import { type DenyReading, readDenyList } from "../../mapping/deny/read.ts";
import type { RuleContent } from "../../mapping/rule_source.ts";
import { parseReservedPrefixes, type ReservedPrefixes } from "../../mapping/reserved_prefixes.ts";
import { parsingRules, UnreadableMappingsError } from "../../mapping/rules.ts";
import type { HealthReport } from "../../server/health.ts";
import { inSlices } from "../../steps.ts";
import type { Log } from "../../telemetry/log.ts";
import { acceptedClouds } from "../../config/accepted_clouds.ts";

/** Reads the config file again and again. */
export interface ConfigReader {
  /** `reservedPrefixConfig` in force, for every source. */
  readonly reserved: ReservedPrefixes;
  /** `server.deny` in force. */
  readonly deny: DenyList & HealthReport;
  /** `server.maxTokenAge` in force, in milliseconds. */
  readonly maxTokenAgeMs: () => number;
  /**
   * Takes the settings as they are at the first call, and reads the file again at each later one; changes
   * everything else here.
   *
   * @throws {RamAuthError} if the file cannot be used; all stays as it was then
   */
  read(): Promise<RuleContent>;
  /** What is wrong with the file that was read last, though it can be used. */
  warnings(): readonly string[];
}

/**
 * Makes the reader.
 *
 * @throws {YamlError} if `reservedPrefixConfig` is malformed
 */
export function createConfigReader(settings: Settings, log: Log): ConfigReader {
  const ids = acceptedClouds(settings).clouds;
  const reserved = new Map(reservedOf(settings, ids));
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
  let warnings: readonly string[] = [];
  return {
    reserved,
    maxTokenAgeMs: () => maxTokenAge * 1_000,
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
      const next = inForce === undefined ? settings : await settings.reload();
      if (inForce !== undefined) assertSuccessor(settings, inForce, next);
      // First, and whatever becomes of the rest: a slip in a mapping must not let in who was to be kept out.
      await takeDenyList(next);
      takeTokenAge(next);
      const parsed = await inSlices(parsingRules(sectionsInForce(next), { clouds }));
      const entries = reservedOf(next, ids);
      const problems = judgeConfig(next, clouds).map(({ line, message }) => `line ${line}: ${message}`);
      for (const why of problems.filter((one) => !warnings.includes(one))) log.warn("config file problem", { why });
      warnings = problems;
      if (inForce !== undefined && JSON.stringify([...reserved]) !== JSON.stringify([...entries])) {
        log.info("reserved names changed", { sources: [...entries.keys()] });
      }
      reserved.clear();
      for (const [mode, entry] of entries) reserved.set(mode, entry);
      const changed = changedOptions(inForce ?? settings, next);
      if (changed.length > 0) log.warn("options changed that take effect on a restart", { options: changed });
      inForce = next;
      return { parsed, reserved };
    },
    warnings: () => warnings.map((why) => `config file: ${why}`),
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

/** Options that a reload takes up, or that are of no file. */
const AT_ONCE: readonly OptionName[] = ["help", "max-token-age"];

/** Options that a reload does not take up; the mappings are structures, and are. */
function changedOptions(before: Settings, after: Settings): string[] {
  return optionsOf("server", OPTION_ROWS)
    .filter(([name, row]) => row.type !== "structure" && row.commands.includes("server") && !AT_ONCE.includes(name))
    .filter(([name, row]) =>
      JSON.stringify(before.get(name) ?? defaultOf(row, "server")) !==
        JSON.stringify(after.get(name) ?? defaultOf(row, "server"))
    )
    .map(([name]) => name);
}
