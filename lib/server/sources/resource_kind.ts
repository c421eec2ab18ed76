/**
 * The custom resources of one kind, from the watch to the rules in force and to the status of each.
 *
 * @module
 */

import type { Cloud } from "../../clouds/cloud.ts";
import type { Identity } from "../../identity/identity.ts";
import { atOnce, inSlices } from "../../steps.ts";
import type { KubeConnection } from "../../kube/connection.ts";
import type { KubeError } from "../../kube/kube_error.ts";
import { listWatch } from "../../kube/list_watch.ts";
import type { ChangeType, KubeObject } from "../../kube/object.ts";
import type { ResourceRules } from "../../mapping/forms/resource_rules.ts";
import { resourceName, resourcePath } from "../../mapping/forms/resource_kinds.ts";
import type { MappingProblem } from "../../mapping/problem.ts";
import type { NamePolicy } from "../../mapping/render.ts";
import type { Rule } from "../../mapping/rule.ts";
import type { HealthReport } from "../health.ts";
import { KnownResources, type ListedResource } from "./known_resources.ts";
import type { LiveParts } from "./live_source.ts";
import { createSourceReport, type SourceReport } from "./source_report.ts";
import { startStatusWriter, type StatusWriter } from "./status_writer.ts";

/** How long a kind that was read must be absent before its resources count as deleted, in milliseconds. */
const ABSENCE_MS = 60_000;

/** Who hears of what is in force. Each gives the time that it puts on record. */
export interface TellOfRules {
  /** All resources were read. */
  all(): Promise<Date>;
  /** There are no resources. */
  none(): Date;
  /** One resource changed; this is what is wrong with it now. */
  one(problems: readonly MappingProblem[]): Date;
}

/** The resources of one cloud. Nothing is read before {@linkcode ResourceKind.watch}. */
export class ResourceKind implements HealthReport {
  readonly cloud: Cloud;
  /** `<plural>.<group>` */
  readonly name: string;
  readonly #parts: LiveParts;
  readonly #known: KnownResources;
  readonly #report: SourceReport;
  #isRead = false;
  #isInstalled = true;
  #absentSinceMs: number | undefined;
  #status: StatusWriter | undefined;

  constructor(cloud: Cloud, policy: () => NamePolicy, parts: LiveParts) {
    this.cloud = cloud;
    this.name = resourceName(cloud.id);
    this.#parts = parts;
    this.#known = new KnownResources({ cloud, partition: parts.partition, policy, now: () => parts.world.now() });
    this.#report = createSourceReport(`CRD ${this.name}`, {
      scrubber: parts.scrubber,
      counts: () => this.rules.counts(),
      idle: () => this.rules.idle(),
      notes: () => this.#notes(),
    });
  }

  get rules(): ResourceRules {
    return this.#known.rules;
  }

  /** Whether it is known which resources there are. */
  get isRead(): boolean {
    return this.#isRead;
  }

  /** Takes note that the rule let somebody in; for its status alone. */
  matched(rule: Rule, identity: Identity): void {
    if (this.#parts.scrubber.hides(identity)) return;
    const name = this.#known.noteLogin(rule, identity);
    if (name !== undefined) this.#status?.enqueue(name);
  }

  /** Takes note that the API server cannot be asked. */
  noteUnreachable(why: string): void {
    this.#report.trouble(why);
  }

  /** Follows the resources until the signal aborts. The connection stays the caller's. */
  async watch(connection: KubeConnection, tell: TellOfRules, signal: AbortSignal): Promise<void> {
    const { world, metrics } = this.#parts;
    const path = resourcePath(this.cloud.id);
    this.#status = startStatusWriter({
      connection,
      path,
      newStatus: (object) => this.#known.newStatus(object),
      onTrouble: (why) => this.#warn("status not written", why),
      signal,
      world,
    });
    const watching = listWatch(connection, { path }, {
      read: (object) => this.#known.readListed(object),
      onSync: async (resources) => {
        this.#isInstalled = true;
        this.#absentSinceMs = undefined;
        await this.#replaceAll(resources, tell);
      },
      onChange: (type, object) => this.#change(type, object, tell),
      onTrouble: (why) => this.#trouble(why),
      onFailure: (error) => {
        this.#judge(error, tell);
        if (this.#isInstalled) metrics.countCrdWatchFailure();
      },
    }, { signal, world, told: this.#report.troubleNow() });
    await Promise.all([watching, this.#status.ended]);
  }

  facts(): readonly string[] {
    return this.#report.facts();
  }

  warnings(): readonly string[] {
    return this.#report.warnings();
  }

  async #replaceAll(resources: readonly ListedResource[], tell: TellOfRules): Promise<void> {
    const outdated = await inSlices(this.#known.replacingAll(resources));
    this.#isRead = true;
    this.#report.loaded(await tell.all());
    for (const name of outdated) this.#status?.enqueue(name);
  }

  #change(type: ChangeType, object: KubeObject, tell: TellOfRules): void {
    const { name } = object.metadata;
    const parsed = type === "DELETED" ? undefined : this.#known.read(object);
    if (type !== "MODIFIED" || !this.#known.saysTheSame(object)) {
      const others = parsed === undefined ? this.#known.forget(name) : this.#known.put(object, parsed);
      for (const other of others) this.#status?.enqueue(other);
      this.#report.loaded(tell.one(this.rules.problemsOf(name)));
    }
    if (parsed !== undefined && this.#known.newStatus(object, parsed) !== undefined) this.#status?.enqueue(name);
  }

  /** A kind that was there may only seem to be gone: an API server that starts, or what stands in front of it, says so. */
  #judge(error: KubeError, tell: TellOfRules): void {
    if (!this.#isInstalled) return;
    if (!error.isAbsence) {
      this.#absentSinceMs = undefined;
      return;
    }
    const nowMs = this.#parts.world.elapsedMs();
    this.#absentSinceMs ??= nowMs;
    if (this.#isRead && nowMs - this.#absentSinceMs < ABSENCE_MS) return;
    // The API server may have it later, so the watch goes on.
    this.#isInstalled = false;
    this.#warn("custom resources are not installed, so there are none");
    atOnce(this.#known.replacingAll([]));
    this.#isRead = true;
    this.#report.loaded(tell.none());
  }

  #trouble(why: string | undefined): void {
    if (!this.#isInstalled) return;
    this.#report.trouble(why);
    if (why !== undefined) this.#warn("custom resources not watched", why);
  }

  #warn(message: string, why?: string): void {
    const { log, scrubber } = this.#parts;
    log.warn(message, { source: "CRD", resources: this.name, ...(why !== undefined && { why: scrubber.scrub(why) }) });
  }

  #notes(): readonly string[] {
    const trouble = this.#status?.trouble();
    return [
      ...(this.#isInstalled ? [] : [`${this.name} are not installed, so there are none`]),
      ...(this.#isInstalled && this.#absentSinceMs !== undefined
        ? [`${this.name} are not found; once that has lasted for a minute, they count as deleted`]
        : []),
      ...(trouble === undefined ? [] : [`status not written: ${trouble}`]),
    ];
  }
}
