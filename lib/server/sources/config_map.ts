/**
 * The mapping sources `ACKConfigMap` and `EKSConfigMap`: one ConfigMap each, watched. The API server may be absent for as
 * long as it likes; a ConfigMap that is deleted maps nobody any more, at once.
 *
 * @module
 */

import type { KubeConnection } from "../../kube/connection.ts";
import { listWatch } from "../../kube/list_watch.ts";
import type { KubeObject } from "../../kube/object.ts";
import { parseConfigMap } from "../../mapping/forms/config_map_sections.ts";
import { CONFIG_MAP_NAMESPACE as NAMESPACE, CONFIG_MAPS } from "../../mapping/forms/config_map_names.ts";
import { placeText } from "../../mapping/problem.ts";
import type { ReservedPrefixes } from "../../mapping/reserved_prefixes.ts";
import { createRuleSource } from "../../mapping/rule_source.ts";
import type { ParsedRules } from "../../mapping/rules.ts";
import { announce, countInvalid, countUsable, type LiveSource, type StartSource } from "./live_source.ts";
import { createSourceReport } from "./source_report.ts";

/** A source that is a ConfigMap. */
export type ConfigMapMode = (typeof CONFIG_MAPS)[keyof typeof CONFIG_MAPS]["source"];

/** How the source reaches the API server. */
export interface KubeSourceOptions {
  /** Makes a connection of this source's own, which it closes. */
  readonly connect: () => Promise<KubeConnection>;
  /** `reservedPrefixConfig` of the config file. */
  readonly reserved: ReservedPrefixes;
}

const NO_RULES: ParsedRules = { rules: [], problems: [], unreadable: [], lost: [] };

/** Starts the source. @returns a function that throws {RamAuthError} if the kubeconfig cannot be used */
export function startConfigMap(mode: ConfigMapMode, { connect, reserved }: KubeSourceOptions): StartSource {
  return async (parts): Promise<LiveSource> => {
    const { world, log, metrics, scrubber, clouds, signal } = parts;
    const { name } = Object.values(CONFIG_MAPS).find(({ source }) => source === mode)!;
    const source = createRuleSource(mode);
    let latest: KubeObject | undefined;
    let hasGood = false;
    let isAbsent = false;
    let unread: string | undefined;
    const report = createSourceReport(mode, {
      scrubber,
      counts: () => ({ rules: countUsable(source), invalid: countInvalid(source) }),
      notes:
        () => [...(unread === undefined ? [] : [unread]), ...(isAbsent ? [`${NAMESPACE}/${name} does not exist`] : [])],
    });

    const put = (object: KubeObject) => {
      latest = object;
      isAbsent = false;
      const parsed = parseConfigMap(object.data, { clouds });
      if (parsed.unreadable.length > 0 && hasGood) {
        unread = whyUnreadable(parsed);
        metrics.countReloadFailure();
        const why = scrubber.scrub(unread);
        log.error("mappings not reloaded; the old ones stay in force", { source: mode, why });
        return;
      }
      unread = undefined;
      hasGood = parsed.unreadable.length === 0;
      source.replace({ parsed, reserved });
      report.loaded(announce(source, parts));
    };
    const drop = () => {
      if (isAbsent) return;
      latest = undefined;
      isAbsent = true;
      unread = undefined;
      hasGood = false;
      source.replace({ parsed: NO_RULES, reserved });
      log.warn("the ConfigMap does not exist; it maps nobody", { source: mode, configMap: `${NAMESPACE}/${name}` });
      report.loaded(announce(source, parts));
    };

    const connection = await connect();
    const resource = { path: `/api/v1/namespaces/${NAMESPACE}/configmaps`, fieldSelector: `metadata.name=${name}` };
    const watching = listWatch(connection, resource, {
      read: (object) => object,
      onSync(items) {
        const found = items.find(({ metadata }) => metadata.name === name);
        if (found === undefined) drop();
        else if (found.metadata.resourceVersion !== latest?.metadata.resourceVersion) put(found);
      },
      onChange(type, object) {
        if (object.metadata.name !== name) return;
        if (type === "DELETED") drop();
        else put(object);
      },
      onTrouble(why) {
        report.trouble(why);
        if (why === undefined) return;
        log.warn("ConfigMap not watched", { source: mode, why: scrubber.scrub(why) });
      },
      onFailure: () => metrics.countConfigMapWatchFailure(),
    }, { signal, world });
    const closed = watching.finally(() => connection.close());
    return {
      source,
      // The watch reports every change; reading the last one once more changes nothing, and reports it again.
      reload: () => Promise.resolve(latest === undefined ? undefined : put(latest)),
      facts: () => report.facts(),
      warnings: () => report.warnings(),
      [Symbol.asyncDispose]: () => closed,
    };
  };
}

function whyUnreadable({ unreadable, problems }: ParsedRules): string {
  const why = problems.filter(({ severity }) => severity === "invalid")
    .map((problem) => `${problem.message} (${placeText(problem)})`).join("; ");
  return `${unreadable.join(" and ")} cannot be read, so the rules of before stay in force: ${why}`;
}
