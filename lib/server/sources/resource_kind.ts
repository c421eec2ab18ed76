/**
 * The custom resources of one kind, from the watch to the rules in force and to the status of each. Knows nothing of
 * other kinds.
 *
 * @module
 */

import type { Cloud } from "../../clouds/cloud.ts";
import type { Identity } from "../../identity/identity.ts";
import type { KubeConnection } from "../../kube/connection.ts";
import { listWatch } from "../../kube/list_watch.ts";
import type { KubeObject } from "../../kube/object.ts";
import { type ParsedResource, parseResource } from "../../mapping/forms/custom_resource.ts";
import { warnOfNames } from "../../mapping/name_policy.ts";
import type { MappingProblem } from "../../mapping/problem.ts";
import type { NamePolicy } from "../../mapping/render.ts";
import { resourceName, resourcePath } from "../../mapping/forms/resource_kinds.ts";
import { createResourceRules, type ResourceRules } from "../../mapping/forms/resource_rules.ts";
import { outdatedStatus } from "../../mapping/forms/resource_status.ts";
import type { Rule } from "../../mapping/rule.ts";
import type { HealthReport } from "../health.ts";
import type { LiveParts } from "./live_source.ts";
import { createSourceReport } from "./source_report.ts";
import { startStatusWriter, type StatusWriter } from "./status_writer.ts";

/** The resources of one cloud. */
export interface ResourceKind extends HealthReport {
  readonly cloud: Cloud;
  /** `<plural>.<group>` */
  readonly name: string;
  readonly rules: ResourceRules;
  /** Whether it is known which resources there are. */
  isRead(): boolean;
  /** Takes note that the rule let somebody in; for its status alone. */
  matched(rule: Rule, identity: Identity): void;
  /** Follows the resources until the signal of the parts aborts. The connection stays the caller's. */
  watch(connection: KubeConnection, tell: TellOfRules): Promise<void>;
}

/** Who hears of what is in force. Each gives the time that it puts on record. */
export interface TellOfRules {
  /** All resources were read. */
  all(): Date;
  /** One resource changed; this is what is wrong with it now. */
  one(problems: readonly MappingProblem[]): Date;
}

/** What is kept of an object of a list. */
interface Listed {
  readonly name: string;
  readonly generation: number | undefined;
  readonly parsed: ParsedResource;
  /** Whether its status is another one than it should be, as far as the object alone tells. */
  readonly isOutdated: boolean;
}

/** Makes one; nothing is read yet. */
export function createResourceKind(cloud: Cloud, policy: () => NamePolicy, parts: LiveParts): ResourceKind {
  const { world, log, metrics, scrubber, signal } = parts;
  const path = resourcePath(cloud.id);
  const name = resourceName(cloud.id);
  const rules = createResourceRules();
  /** `metadata.generation` by name: what a resource says is another only with another generation. */
  const generations = new Map<string, number | undefined>();
  /** Immutable ids of those who logged in, by the name of the resource that let them in. */
  const userIds = new Map<string, string>();
  let isRead = false;
  let isInstalled = true;
  let status: StatusWriter | undefined;
  const report = createSourceReport(`CRD ${name}`, {
    scrubber,
    counts: () => rules.counts(),
    notes() {
      const trouble = status?.trouble();
      return [
        ...(isInstalled ? [] : [`${name} are not installed, so there are none`]),
        ...(trouble === undefined ? [] : [`status not written: ${trouble}`]),
      ];
    },
  });

  const read = (object: KubeObject): ParsedResource => {
    const parsed = parseResource(object, { clouds: [cloud] });
    const warnings = parsed.rule === undefined ? [] : warnOfNames([parsed.rule], policy());
    return warnings.length === 0 ? parsed : { ...parsed, problems: [...parsed.problems, ...warnings] };
  };
  const statusOf = (object: KubeObject, { rule, problems }: ParsedResource, obstacle: MappingProblem | undefined) => {
    const all = obstacle === undefined ? problems : [...problems, obstacle];
    const userId = userIds.get(object.metadata.name);
    return outdatedStatus(object, { ...(rule && { rule }), problems: all, userId }, world.now());
  };
  const newStatus = (object: KubeObject, parsed = read(object)) =>
    statusOf(object, parsed, rules.obstacleOf(object.metadata.name));
  const list = (object: KubeObject): Listed => {
    const { name, generation } = object.metadata;
    const parsed = read(object);
    return { name, generation, parsed, isOutdated: statusOf(object, parsed, undefined) !== undefined };
  };
  const replaceAll = (resources: readonly Listed[], tell: TellOfRules) => {
    const parsed = new Map(resources.map(({ name, parsed }) => [name, parsed]));
    rules.replaceAll(parsed);
    generations.clear();
    for (const { name, generation } of resources) generations.set(name, generation);
    for (const name of userIds.keys()) if (!parsed.has(name)) userIds.delete(name);
    isRead = true;
    report.loaded(tell.all());
    // What is in the way of a resource is known only now.
    for (const { name, isOutdated } of resources) {
      if (isOutdated || rules.obstacleOf(name) !== undefined) status?.enqueue(name);
    }
  };
  const forget = (name: string): readonly string[] => {
    generations.delete(name);
    userIds.delete(name);
    return rules.delete(name);
  };
  const put = ({ metadata: { name, generation } }: KubeObject, parsed: ParsedResource): readonly string[] => {
    generations.set(name, generation);
    return rules.put(name, parsed);
  };

  return {
    cloud,
    name,
    rules,
    isRead: () => isRead,
    matched(rule, identity) {
      const { resource } = rule;
      if (rule.kind !== "arn" || rule.arn.isGlob || resource === undefined) return;
      if (userIds.get(resource) === identity.principalId || scrubber.hides(identity)) return;
      userIds.set(resource, identity.principalId);
      status?.enqueue(resource);
    },
    async watch(connection, tell) {
      status = startStatusWriter({
        connection,
        path,
        newStatus,
        onTrouble: (why) =>
          log.warn("status not written", { source: "CRD", resources: name, why: scrubber.scrub(why) }),
        signal,
        world,
      });
      const onNotFound = () => {
        if (!isInstalled) return;
        isInstalled = false;
        log.warn("custom resources are not installed, so there are none", { source: "CRD", resources: name });
        replaceAll([], tell);
      };
      const watching = listWatch(noticing(connection, onNotFound), { path }, {
        read: list,
        onSync(resources) {
          isInstalled = true;
          replaceAll(resources, tell);
        },
        onChange(type, object) {
          const { name, generation } = object.metadata;
          const isSame = type === "MODIFIED" && generation !== undefined && generation === generations.get(name);
          const parsed = type === "DELETED" ? undefined : read(object);
          if (!isSame) {
            for (const other of parsed === undefined ? forget(name) : put(object, parsed)) status?.enqueue(other);
            report.loaded(tell.one(rules.problemsOf(name)));
          }
          if (parsed !== undefined && newStatus(object, parsed) !== undefined) status?.enqueue(name);
        },
        onTrouble(why) {
          if (!isInstalled) return;
          report.trouble(why);
          if (why !== undefined) log.warn("custom resources not watched", { source: "CRD", why: scrubber.scrub(why) });
        },
        onFailure() {
          if (isInstalled) metrics.countCrdWatchFailure();
        },
      }, { signal, world });
      await Promise.all([watching, status.ended]);
    },
    facts: () => report.facts(),
    warnings: () => report.warnings(),
  };
}

/** The same connection, which tells when it was answered that there is no such kind. */
function noticing(connection: KubeConnection, onNotFound: () => void): KubeConnection {
  return {
    server: connection.server,
    async request(path, init) {
      const response = await connection.request(path, init);
      if (response.status === 404) onNotFound();
      return response;
    },
    close: () => connection.close(),
  };
}
