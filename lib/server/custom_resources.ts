/**
 * The mapping source `CRD`: custom resources that are one rule each, of one kind for each cloud that is accepted. A kind
 * that is not installed has no resources; it is looked for again from time to time.
 *
 * @module
 */

import type { Cloud } from "../clouds/cloud.ts";
import type { CloudId } from "../identity/identity.ts";
import type { KubeConnection } from "../kube/connection.ts";
import { listWatch } from "../kube/list_watch.ts";
import type { KubeObject } from "../kube/object.ts";
import { type ParsedResource, parseResource } from "../mapping/custom_resource.ts";
import { createNamePolicy, warnOfReservedNames } from "../mapping/name_policy.ts";
import type { NamePolicy } from "../mapping/render.ts";
import { RESOURCE_KINDS, RESOURCE_VERSION } from "../mapping/resource_kinds.ts";
import { createResourceRules, type ResourceRules } from "../mapping/resource_rules.ts";
import { MappingsNotReady, type MappingSource } from "../mapping/source.ts";
import type { KubeSourceOptions } from "./config_map.ts";
import { announce, type LiveParts, type LiveSource, logProblems, type StartSource } from "./live_source.ts";
import { createSourceReport, type SourceReport } from "./source_report.ts";

/** The resources of one cloud. */
interface Kind {
  readonly cloud: Cloud;
  readonly rules: ResourceRules;
  readonly report: SourceReport;
  /** Whether it is known which resources there are. */
  isRead: boolean;
  isInstalled: boolean;
}

/** Starts the source. @returns a function that throws {RamAuthError} if the kubeconfig cannot be used */
export function startCustomResources({ connect, reserved }: KubeSourceOptions): StartSource {
  return async (parts): Promise<LiveSource> => {
    const kinds = parts.clouds.map((cloud) => createKind(cloud, parts));
    const policy = createNamePolicy("CRD", reserved);
    const source = createSource(kinds, policy);
    const connection = await connect();
    const watching = kinds.map((kind) => watchKind(kind, { kinds, source, policy, parts, connection }));
    const closed = Promise.all(watching).then(() => {}).finally(() => connection.close());
    return {
      source,
      // The watch tells of every change, so that there is nothing to read anew.
      reload: () => Promise.resolve(),
      facts: () => kinds.every(({ isRead }) => isRead) ? [`mapping CRD: ${total(kinds).rules} rules`] : [],
      warnings: () => kinds.flatMap(({ report }) => report.warnings()),
      [Symbol.asyncDispose]: () => closed,
    };
  };
}

function createKind(cloud: Cloud, { scrubber }: LiveParts): Kind {
  const rules = createResourceRules();
  const name = nameOf(cloud.id);
  const report = createSourceReport(`CRD ${name}`, {
    scrubber,
    counts: () => rules.counts(),
    notes: () => kind.isInstalled ? [] : [`${name} are not installed, so there are none`],
  });
  const kind: Kind = { cloud, rules, report, isRead: false, isInstalled: true };
  return kind;
}

function nameOf(cloud: CloudId): string {
  return `${RESOURCE_KINDS[cloud].plural}.${RESOURCE_KINDS[cloud].group}`;
}

/** An ARN tells its cloud, so only the resources of the identity's own cloud can match, and need to be known. */
function createSource(kinds: readonly Kind[], policy: NamePolicy): MappingSource {
  return {
    name: "CRD",
    policy,
    find(identity) {
      const kind = kinds.find(({ cloud }) => cloud.id === identity.cloud);
      if (kind?.isRead === false) {
        throw new MappingsNotReady(`Cannot map an identity: ${nameOf(identity.cloud)} have not been read yet`);
      }
      return kind?.rules.find(identity);
    },
    rules: () => kinds.flatMap(({ rules }) => rules.rules()),
    problems: () => kinds.flatMap(({ rules }) => rules.problems()),
  };
}

async function watchKind(
  kind: Kind,
  { kinds, source, policy, parts, connection }: {
    readonly kinds: readonly Kind[];
    readonly source: MappingSource;
    readonly policy: NamePolicy;
    readonly parts: LiveParts;
    readonly connection: KubeConnection;
  },
): Promise<void> {
  const { world, log, metrics, scrubber, signal } = parts;
  const { cloud, rules, report } = kind;
  const { plural, group } = RESOURCE_KINDS[cloud.id];
  const read = (object: KubeObject): ParsedResource => {
    const { rule, problems } = parseResource(object, { clouds: [cloud] });
    if (rule === undefined) return { problems };
    const warnings = warnOfReservedNames([rule], policy);
    return { rule, problems: warnings.length === 0 ? problems : [...problems, ...warnings] };
  };
  const replaceAll = (objects: readonly KubeObject[]) => {
    rules.replaceAll(new Map(objects.map((object) => [object.metadata.name, read(object)])));
    kind.isRead = true;
    report.loaded(announce(source, parts));
  };

  await listWatch(
    noticing(connection, () => {
      if (!kind.isInstalled) return;
      kind.isInstalled = false;
      log.warn("custom resources are not installed, so there are none", {
        source: source.name,
        resources: nameOf(cloud.id),
      });
      replaceAll([]);
    }),
    { path: `/apis/${group}/${RESOURCE_VERSION}/${plural}` },
    {
      onSync(items) {
        kind.isInstalled = true;
        replaceAll(items);
      },
      onChange(type, object) {
        const { name } = object.metadata;
        if (type === "DELETED") rules.delete(name);
        else rules.put(name, read(object));
        logProblems(source, rules.problemsOf(name), parts);
        const now = world.now();
        metrics.setMappings(source.name, total(kinds), now);
        report.loaded(now);
      },
      onTrouble(why) {
        if (!kind.isInstalled) return;
        report.trouble(why);
        if (why !== undefined) {
          log.warn("custom resources not watched", {
            source: source.name,
            why: scrubber.scrub(why),
          });
        }
      },
    },
    { signal, world },
  );
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

function total(kinds: readonly Kind[]): { readonly rules: number; readonly setAside: number } {
  const counts = kinds.map(({ rules }) => rules.counts());
  return {
    rules: counts.reduce((sum, { rules }) => sum + rules, 0),
    setAside: counts.reduce((sum, { setAside }) => sum + setAside, 0),
  };
}
