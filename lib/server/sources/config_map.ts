/**
 * The mapping sources `ACKConfigMap` and `EKSConfigMap`: one ConfigMap each, watched. The API server may be absent for as
 * long as it likes; a ConfigMap that is deleted maps nobody any more, at once.
 *
 * @module
 */

import { listWatch, type ListWatchHandlers } from "../../kube/list_watch.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { ArnReader } from "../../mapping/entry.ts";
import { rulesOfConfigMap, strayProblem, straySections, textsOf } from "../../mapping/forms/config_map_sections.ts";
import { CONFIG_MAP_NAMESPACE as NAMESPACE, CONFIG_MAPS } from "../../mapping/forms/config_map_names.ts";
import { placeText } from "../../mapping/problem.ts";
import type { ReservedPrefixes } from "../../mapping/reserved_prefixes.ts";
import { bySection, type Section } from "../../mapping/rule.ts";
import { createRuleSource } from "../../mapping/rule_source.ts";
import type { ParsedRules } from "../../mapping/rules.ts";
import { inSlices } from "../../steps.ts";
import { YamlError, type YamlNode } from "../../yaml/node.ts";
import { readEntries } from "../../yaml/read_aside.ts";
import type { KubeConnection } from "../../kube/connection.ts";
import { type ClusterFollowing, followCluster, type FollowOptions } from "./cluster_following.ts";
import { countInvalid, countUsable, idleRules } from "./counts.ts";
import { announcing, type LiveSource, type StartSource } from "./live_source.ts";
import { createSourceReport } from "./source_report.ts";
import { createChangeCounter, createTaking } from "./taking.ts";

/** A source that is a ConfigMap. */
export type ConfigMapMode = (typeof CONFIG_MAPS)[keyof typeof CONFIG_MAPS]["source"];

/** How the source reaches the API server. */
export interface KubeSourceOptions {
  /** Makes a connection of this source's own. */
  readonly connect: FollowOptions<KubeConnection>["connect"];
  /** `reservedPrefixConfig` of the config file. */
  readonly reserved: ReservedPrefixes;
}

/** Most problems in one message. */
const MAX_TOLD_PROBLEMS = 20;

const NO_RULES: ParsedRules = { rules: [], problems: [], unreadable: [], lost: [] };

/** Starts the source. @returns a function that throws {RamAuthError} if the API server can never be asked */
export function startConfigMap(mode: ConfigMapMode, { connect, reserved }: KubeSourceOptions): StartSource {
  return async (parts): Promise<LiveSource> => {
    const { world, log, metrics, scrubber, clouds, signal } = parts;
    const { name } = Object.values(CONFIG_MAPS).find(({ source }) => source === mode)!;
    const source = createRuleSource(mode, parts);
    let latest: KubeObject | undefined;
    let isAbsent = false;
    let unread: string | undefined;
    let taken: { readonly object: KubeObject; readonly parsed: ParsedRules } | undefined;
    let hasGood = false;
    const report = createSourceReport(mode, {
      scrubber,
      counts: () => ({ rules: countUsable(source), invalid: countInvalid(source) }),
      idle: () => idleRules(source),
      notes: () => [
        ...(unread === undefined ? [] : [unread]),
        ...(isAbsent ? [`${NAMESPACE}/${name} does not exist`] : []),
        ...following.notes(),
      ],
    });
    const changes = createChangeCounter((changes) =>
      log.warn("the ConfigMap changes often; see whether two programs write it", { source: mode, changes, seconds: 60 })
    );

    const putInForce = async (parsed: ParsedRules) => {
      await inSlices(source.replacing({ parsed, reserved }));
      report.loaded(await inSlices(announcing(source, parts)));
    };
    const put = async (object: KubeObject) => {
      isAbsent = false;
      const startMs = world.elapsedMs();
      const isNew = taken === undefined || !isSameContent(taken.object, object);
      const parsed = isNew ? await readConfigMap(object, clouds) : taken!.parsed;
      taken = { object, parsed };
      const isRefused = parsed.unreadable.length > 0 && hasGood;
      if (isNew) metrics.observeMappingRead(mode, isRefused, world.elapsedMs() - startMs);
      if (isRefused) {
        unread = whyUnreadable(parsed);
        metrics.countReloadFailure();
        const why = scrubber.scrub(unread);
        log.error("mappings not reloaded; the old ones stay in force", { source: mode, why });
        return;
      }
      unread = undefined;
      hasGood = parsed.unreadable.length === 0;
      await putInForce(parsed);
    };
    const drop = async () => {
      if (isAbsent) return;
      isAbsent = true;
      taken = undefined;
      unread = undefined;
      hasGood = false;
      log.warn("the ConfigMap does not exist; it maps nobody", { source: mode, configMap: `${NAMESPACE}/${name}` });
      metrics.observeMappingRead(mode, false, 0);
      await putInForce(NO_RULES);
    };
    /** Of several changes only the newest is taken up; that there was a deletion among them counts all the same. */
    let isDeleted = false;
    const taking = createTaking<KubeObject | undefined>({
      async take(object) {
        if (isDeleted) {
          isDeleted = false;
          await drop();
        }
        if (object !== undefined) await put(object);
      },
      signal,
    });
    const found = (object: KubeObject) => {
      const isChange = !isSameContent(latest, object);
      const wasAbsent = latest === undefined;
      latest = object;
      if (!isChange && !wasAbsent) return;
      changes.count();
      void taking.offer(object);
    };
    const gone = () => {
      latest = undefined;
      isDeleted = true;
      // Takes no reading, and takes rights away.
      void taking.demand(undefined);
    };

    const resource = { path: `/api/v1/namespaces/${NAMESPACE}/configmaps`, fieldSelector: `metadata.name=${name}` };
    const handlers: ListWatchHandlers<KubeObject> = {
      read: (object) => object,
      onSync(items) {
        const one = items.find(({ metadata }) => metadata.name === name);
        if (one === undefined) gone();
        else found(one);
      },
      onChange(type, object) {
        if (object.metadata.name !== name) return;
        if (type === "DELETED") gone();
        else found(object);
      },
      onTrouble(why) {
        report.trouble(why);
        if (why === undefined) return;
        log.warn("ConfigMap not watched", { source: mode, why: scrubber.scrub(why) });
      },
      onFailure: () => metrics.countConfigMapWatchFailure(),
    };
    const following: ClusterFollowing = await followCluster({
      source: mode,
      connect,
      follow: (connection, signal) =>
        listWatch(connection, resource, handlers, { signal, world, told: report.troubleNow() }),
      onTrouble: (why) => report.trouble(why),
    }, parts);
    const { ended } = following;
    return {
      source,
      // The watch reports every change; putting the last one in force once more changes nothing, and reports it again.
      reload: () => latest === undefined ? Promise.resolve() : taking.demand(latest),
      facts: () => report.facts(),
      warnings: () => report.warnings(),
      [Symbol.asyncDispose]: () => ended,
    };
  };
}

/** Reads the sections without holding up the thread. */
async function readConfigMap(object: KubeObject, clouds: readonly ArnReader[]): Promise<ParsedRules> {
  const { data } = object;
  const readings: Partial<Record<Section, YamlNode | YamlError>> = {};
  for (const [section, text] of Object.entries(textsOf(data)) as [Section, string | undefined][]) {
    if (text !== undefined) readings[section] = await readEntries(text).catch(asYamlError);
  }
  const parsed = await inSlices(rulesOfConfigMap(data, bySection((section) => readings[section]), { clouds }));
  return { ...parsed, problems: [...straySections(object).map((stray) => strayProblem(stray)), ...parsed.problems] };
}

function asYamlError(thrown: unknown): YamlError {
  if (thrown instanceof YamlError) return thrown;
  throw thrown;
}

/** Whether two ConfigMaps hold the same texts. */
function isSameContent(a: KubeObject | undefined, b: KubeObject): boolean {
  return isSameData(a?.data, b.data) && isSameData(a?.binaryData, b.binaryData);
}

/** Whether two values of `data` hold the same texts; each has one reading. */
function isSameData(a: unknown, b: unknown): boolean {
  const [one, other] = [a, b].map((data) => Object.entries(typeof data === "object" && data !== null ? data : {}));
  const texts = new Map(other);
  return one!.length === other!.length &&
    one!.every(([key, text]) => typeof text === "string" && texts.get(key) === text);
}

function whyUnreadable({ unreadable, problems }: ParsedRules): string {
  const invalid = problems.filter(({ severity }) => severity === "invalid");
  const told = invalid.slice(0, MAX_TOLD_PROBLEMS).map((problem) => `${problem.message} (${placeText(problem)})`);
  if (invalid.length > told.length) told.push(`and ${invalid.length - told.length} more`);
  const why = told.join("; ");
  return `${unreadable.join(" and ")} cannot be read, so the rules of before stay in force: ${why}`;
}
