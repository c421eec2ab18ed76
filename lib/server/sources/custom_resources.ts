/**
 * The mapping source `CRD`: custom resources that are one rule each, of one kind for each cloud that is accepted. A
 * kind that is not installed has no resources; it is looked for again from time to time. What became of a resource is
 * written into its status.
 *
 * @module
 */

import type { Rule } from "../../mapping/rule.ts";
import { createNamePolicy } from "../../mapping/name_policy.ts";
import type { NamePolicy } from "../../mapping/render.ts";
import { MappingsNotReady, type MappingSource } from "../../mapping/source.ts";
import { followCluster } from "./cluster_following.ts";
import type { KubeSourceOptions } from "./config_map.ts";
import { atOnce, inSlices } from "../../steps.ts";
import { announcing, type LiveSource, logProblems, type StartSource } from "./live_source.ts";
import { ResourceKind, type TellOfRules } from "./resource_kind.ts";

/** Starts the source. @returns a function that throws {RamAuthError} if the API server can never be asked */
export function startCustomResources({ connect, reserved }: KubeSourceOptions): StartSource {
  return async (parts): Promise<LiveSource> => {
    const { world, metrics } = parts;
    const policy = () => createNamePolicy("CRD", reserved);
    const kinds = parts.clouds.map((cloud) => new ResourceKind(cloud, policy, parts));
    const source = createSource(kinds, policy);
    const tell: TellOfRules = {
      all: () => inSlices(announcing(source, parts, total(kinds))),
      none: () => atOnce(announcing(source, parts, total(kinds))),
      one(problems) {
        logProblems(source, problems, parts);
        const now = world.now();
        metrics.setMappings(source.name, total(kinds), now);
        parts.onRules?.(total(kinds).rules);
        return now;
      },
    };
    const following = await followCluster({
      source: source.name,
      connect,
      follow: async (connection, signal) =>
        void await Promise.all(kinds.map((kind) => kind.watch(connection, tell, signal))),
      onTrouble: (why) => kinds.forEach((kind) => kind.noteUnreachable(why)),
    }, parts);
    return {
      source,
      // The watch reports every change, so there is nothing to read again.
      reload: () => Promise.resolve(),
      facts: () => kinds.every((kind) => kind.isRead) ? [`mapping CRD: ${total(kinds).rules} rules`] : [],
      warnings: () => [
        ...kinds.flatMap((kind) => kind.warnings()),
        ...following.notes().map((note) => `mapping CRD: ${note}`),
      ],
      [Symbol.asyncDispose]: () => following.ended,
    };
  };
}

/** An ARN tells its cloud, so only the resources of the identity's own cloud can match, and need to be known. */
function createSource(kinds: readonly ResourceKind[], policy: () => NamePolicy): MappingSource {
  let all: { readonly parts: readonly (readonly Rule[])[]; readonly rules: readonly Rule[] } | undefined;
  return {
    name: "CRD",
    get policy() {
      return policy();
    },
    find(identity) {
      const kind = kinds.find(({ cloud }) => cloud.id === identity.cloud);
      if (kind === undefined) return undefined;
      if (!kind.isRead) {
        throw new MappingsNotReady(`Cannot map an identity: ${kind.name} have not been read yet`);
      }
      const rule = kind.rules.find(identity);
      if (rule !== undefined) kind.matched(rule, identity);
      return rule;
    },
    rules() {
      const parts = kinds.map(({ rules }) => rules.rules());
      if (all === undefined || parts.some((rules, i) => rules !== all!.parts[i])) all = { parts, rules: parts.flat() };
      return all.rules;
    },
    problems: () => kinds.flatMap(({ rules }) => rules.problems()),
  };
}

function total(kinds: readonly ResourceKind[]): { readonly rules: number; readonly invalid: number } {
  const counts = kinds.map(({ rules }) => rules.counts());
  return {
    rules: counts.reduce((sum, { rules }) => sum + rules, 0),
    invalid: counts.reduce((sum, { invalid }) => sum + invalid, 0),
  };
}
