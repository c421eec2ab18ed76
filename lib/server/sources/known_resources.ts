/**
 * What is known of the custom resources of one kind: the rule of each, of which generation it is, and who logged in by
 * it; and what the status of each should say by that.
 *
 * @module
 */

import { eachInSteps, flatMapInSteps, type Steps } from "../../steps.ts";
import type { Cloud } from "../../clouds/cloud.ts";
import type { Identity } from "../../identity/identity.ts";
import type { KubeObject } from "../../kube/object.ts";
import { type ParsedResource, parseResource } from "../../mapping/forms/custom_resource.ts";
import { createResourceRules, type ResourceRules } from "../../mapping/forms/resource_rules.ts";
import { outdatedStatus, type ResourceStatus } from "../../mapping/forms/resource_status.ts";
import { judgeRules } from "../../mapping/judge_rules.ts";
import type { MappingProblem } from "../../mapping/problem.ts";
import type { NamePolicy } from "../../mapping/render.ts";
import type { Rule } from "../../mapping/rule.ts";

/** What is kept of an object of a list, of which there may be 100,000. */
export interface ListedResource {
  readonly name: string;
  readonly generation: number | undefined;
  readonly parsed: ParsedResource;
  /** Whether its status is another one than it should be, as far as the object alone tells. */
  readonly isOutdated: boolean;
}

/** What resources are read with. */
export interface KnownResourcesOptions {
  readonly cloud: Cloud;
  /** The partition whose identities are accepted, where the cloud has several. */
  readonly partition?: string | undefined;
  /** Which names they may give, by now. */
  readonly policy: () => NamePolicy;
  readonly now: () => Date;
}

/** The resources of one kind, as far as they are known. */
export class KnownResources {
  readonly rules: ResourceRules = createResourceRules();
  /** `metadata.generation` by name: what a resource says is another only with another generation. */
  readonly #generations = new Map<string, number | undefined>();
  /** Immutable ids of those who logged in, by the name of the resource that let them in. */
  readonly #userIds = new Map<string, string>();
  readonly #options: KnownResourcesOptions;

  constructor(options: KnownResourcesOptions) {
    this.#options = options;
  }

  /** Reads what an object says, and nothing more. */
  read(object: KubeObject): ParsedResource {
    const { cloud, partition, policy } = this.#options;
    const parsed = parseResource(object, { clouds: [cloud] });
    const judging = { accepted: { clouds: [cloud], partition }, policy: policy() };
    const warnings = parsed.rule === undefined ? [] : judgeRules([parsed.rule], judging);
    return warnings.length === 0 ? parsed : { ...parsed, problems: [...parsed.problems, ...warnings] };
  }

  /** Reads an object of a list. */
  readListed(object: KubeObject): ListedResource {
    const { name, generation } = object.metadata;
    const parsed = this.read(object);
    return { name, generation, parsed, isOutdated: this.#statusOf(object, parsed, undefined) !== undefined };
  }

  /**
   * Makes these the resources, in steps; all others are forgotten. No other change meanwhile.
   *
   * @returns the names of those whose status may have to be written: what is in the way of one is known only now
   */
  *replacingAll(resources: readonly ListedResource[]): Steps<readonly string[]> {
    const parsed = new Map<string, ParsedResource>();
    yield* eachInSteps(resources, (resource) => parsed.set(resource.name, resource.parsed));
    yield* this.rules.replacingAll(parsed);
    this.#generations.clear();
    yield* eachInSteps(resources, ({ name, generation }) => this.#generations.set(name, generation));
    yield* eachInSteps([...this.#userIds.keys()], (name) => {
      if (!parsed.has(name)) this.#userIds.delete(name);
    });
    return yield* flatMapInSteps(
      resources,
      ({ name, isOutdated }) => isOutdated || this.rules.obstacleOf(name) !== undefined ? [name] : [],
    );
  }

  /** Whether an object says what is known already: another status or label makes no other generation. */
  saysTheSame({ metadata: { name, generation } }: KubeObject): boolean {
    return generation !== undefined && generation === this.#generations.get(name);
  }

  /** Puts what an object says instead of what it said. @returns the others of which something else holds now */
  put({ metadata: { name, generation } }: KubeObject, parsed: ParsedResource): readonly string[] {
    this.#generations.set(name, generation);
    return this.rules.put(name, parsed);
  }

  /** @returns as {@linkcode KnownResources.put} */
  forget(name: string): readonly string[] {
    this.#generations.delete(name);
    this.#userIds.delete(name);
    return this.rules.delete(name);
  }

  /**
   * Takes note of whom a rule let in, for the status of its resource alone.
   *
   * @returns the name of the resource, where that is news: its rule names one principal, and not this id yet
   */
  noteLogin(rule: Rule, { principalId }: Identity): string | undefined {
    const { resource } = rule;
    if (rule.kind !== "arn" || rule.arn.isGlob || resource === undefined) return undefined;
    if (this.#userIds.get(resource) === principalId) return undefined;
    this.#userIds.set(resource, principalId);
    return resource;
  }

  /** The status that an object should have, by all that is known; `undefined` where it has that one. */
  newStatus(object: KubeObject, parsed: ParsedResource = this.read(object)): ResourceStatus | undefined {
    return this.#statusOf(object, parsed, this.rules.obstacleOf(object.metadata.name));
  }

  #statusOf(
    object: KubeObject,
    { rule, problems }: ParsedResource,
    obstacle: MappingProblem | undefined,
  ): ResourceStatus | undefined {
    const all = obstacle === undefined ? problems : [...problems, obstacle];
    const userId = this.#userIds.get(object.metadata.name);
    return outdatedStatus(object, { ...(rule && { rule }), problems: all, userId }, this.#options.now());
  }
}
