/**
 * The mapping that a server with these settings would have, of the sources as they can be read now.
 *
 * @module
 */

import { loadClouds } from "../../clouds/registry.ts";
import type { Settings } from "../../config/settings.ts";
import type { BackendMode } from "../../mapping/backend_mode.ts";
import { createChain } from "../../mapping/chain.ts";
import type { DenyList } from "../../mapping/deny/denial.ts";
import { createDenyList } from "../../mapping/deny/list.ts";
import { readDenyList } from "../../mapping/deny/read.ts";
import { type ExplainedSource, UNASKED } from "../../mapping/explain/explain.ts";
import { consequenceOf, unreadText } from "../../mapping/explain/explanation.ts";
import { createRuleIndex } from "../../mapping/lookup/rule_index.ts";
import { createNamePolicy } from "../../mapping/name_policy.ts";
import { type Mapper, MappingsNotReady, type MappingSource } from "../../mapping/source.ts";
import type { World } from "../../world.ts";
import { readSources, whereToLook } from "../mappings/read_sources.ts";

/**
 * Makes the chain of sources that a server asks. They are read when it is asked. One that cannot be read ends the search
 * as it ends a review, where no source before it decides. EC2 is not asked: a name that needs it holds a stand-in.
 */
export function createServerMapper(settings: Settings, world: World): Mapper {
  return {
    async map(identity) {
      const { modes, sources } = await readSources(settings, world);
      const isUnread = (mode: BackendMode) =>
        !sources.some(({ name }) => name === mode) && (mode !== "MountedFile" || settings.get("config") !== undefined);
      const asked = [
        ...modes.flatMap((mode) =>
          isUnread(mode) ? unread(mode, whereToLook(mode)) : sources.filter(({ name }) => name === mode).map(sourceOf)
        ),
        ...sources.filter(({ name }) => !modes.includes(name)).map(sourceOf),
      ];
      const standIn = { kind: "found", name: UNASKED.privateDnsName } as const;
      return await createChain(() => asked, { privateDnsNames: { find: () => Promise.resolve(standIn) } }).map(
        identity,
      );
    },
  };
}

/** `server.deny`, as a server with these settings has it. */
export async function serverDenyList(settings: Settings): Promise<DenyList> {
  const list = createDenyList();
  list.replace(readDenyList(settings.get("deny"), await loadClouds()).entries);
  return list;
}

function sourceOf({ name, policy, path, rules, problems, unread }: ExplainedSource): MappingSource {
  const index = createRuleIndex(rules);
  return {
    name,
    policy,
    find(identity) {
      if (unread === undefined || (unread.cloud ?? identity.cloud) !== identity.cloud) return index.find(identity);
      const source = { source: name, path, ...unread };
      throw notReady(`${unreadText(source)}: ${unread.why}; ${consequenceOf(source)}`);
    },
    rules: () => rules,
    problems: () => problems,
  };
}

function unread(name: BackendMode, why: string): MappingSource {
  return {
    name,
    policy: createNamePolicy(name, new Map()),
    find() {
      throw notReady(`${name} is not known: ${why}`);
    },
    rules: () => [],
    problems: () => [],
  };
}

function notReady(why: string): MappingsNotReady {
  return new MappingsNotReady(`Cannot look at all mappings: ${why}`);
}
