/**
 * The mapping sources that live in an API server, read once, as a server with the same settings reads them. What cannot
 * be read is told, with what a server does then.
 *
 * @module
 */

import type { Cloud } from "../../clouds/cloud.ts";
import type { ConnectOptions } from "../../kube/access.ts";
import { connect, type KubeConnection } from "../../kube/connection.ts";
import { startDeadline } from "../../time.ts";
import { KubeError } from "../../kube/kube_error.ts";
import { listAll } from "../../kube/list.ts";
import type { KubeObject } from "../../kube/object.ts";
import { LIST_WATCH_LIMITS, type ListTarget } from "../../kube/target.ts";
import type { BackendMode } from "../../mapping/backend_mode.ts";
import { CONFIG_MAP_NAMESPACE, CONFIG_MAPS, type ConfigMapRow } from "../../mapping/forms/config_map_names.ts";
import { consequenceOf, unreadText } from "../../mapping/explain/explanation.ts";
import { resourceName, resourcePath } from "../../mapping/forms/resource_kinds.ts";
import type { World } from "../../world.ts";
import { configMapDocuments, configMapPath, emptyDocument, resourcesDocument } from "./cluster_documents.ts";
import type { MappingDocument } from "./document.ts";
import { sayWhenSlow } from "../terminal.ts";
import { printable } from "../../quote.ts";

/** For everything together. A server waits for ever, a person does not; kubectl waits 30 s where it waits at all. */
const DEADLINE_MS = 30_000;

/** The sources that live in an API server. */
export type ClusterMode = ConfigMapRow["source"] | "CRD";

/** Where they are. */
export interface ClusterOptions {
  readonly access: ConnectOptions;
  /** Those that the server accepts. */
  readonly clouds: readonly Cloud[];
  /** Default: {@linkcode DEADLINE_MS}. */
  readonly deadlineMs?: number;
}

/** Whether a source lives in an API server. */
export function isClusterMode(mode: BackendMode): mode is ClusterMode {
  return mode === "CRD" || configMapOf(mode) !== undefined;
}

/**
 * Reads the sources, in the order in which they are given. One that cannot be read has a document that says so.
 *
 * @throws {FileError} {CaBundleError} {KubeError} if the kubeconfig cannot be used; a server waits for another one then
 */
export async function readClusterSources(
  world: World,
  modes: readonly ClusterMode[],
  { access, clouds, deadlineMs = DEADLINE_MS }: ClusterOptions,
): Promise<readonly MappingDocument[]> {
  const parts = modes.flatMap((mode) => partsOf(mode, clouds));
  const waiting = { what: `waiting for the API server about ${parts.map(({ path }) => path).join(", ")}` };
  const read = await sayWhenSlow(world, waiting, async () => {
    const connection = await connect(world, access);
    try {
      return await Promise.all(parts.map((part) => readPart(world, connection, part, deadlineMs)));
    } finally {
      connection.close();
    }
  });
  for (const { notice, documents } of read) {
    if (notice !== undefined) world.stderr.write(`ram-auth: notice: ${notice}\n`);
    for (const { source, path, unread } of documents) {
      if (unread === undefined) continue;
      const unreadSource = { source, path, ...unread };
      const text = `${unreadText(unreadSource)}: ${unread.why}; ${consequenceOf(unreadSource)}`;
      world.stderr.write(`ram-auth: ${printable(text)}\n`);
    }
  }
  return read.flatMap(({ documents }) => documents);
}

/** What one list brings. */
interface Part {
  readonly source: ClusterMode;
  readonly path: string;
  readonly target: ListTarget;
  /** Where only identities of one cloud are looked for in it. */
  readonly cloud?: Cloud;
  readonly read: (items: readonly KubeObject[]) => Read;
}

interface Read {
  readonly documents: readonly MappingDocument[];
  readonly notice?: string;
}

function configMapOf(mode: BackendMode): ConfigMapRow | undefined {
  return Object.values(CONFIG_MAPS).find(({ source }) => source === mode);
}

function partsOf(mode: ClusterMode, clouds: readonly Cloud[]): readonly Part[] {
  const configMap = configMapOf(mode);
  return configMap === undefined ? clouds.map(resourcesPart) : [configMapPart(configMap, clouds)];
}

/** A list and not a single object, because that is what a server asks for, and needs the right for. */
function configMapPart(row: ConfigMapRow, clouds: readonly Cloud[]): Part {
  const { name, source } = row;
  const path = configMapPath(row);
  return {
    source,
    path,
    target: {
      path: `/api/v1/namespaces/${CONFIG_MAP_NAMESPACE}/configmaps`,
      fieldSelector: `metadata.name=${name}`,
    },
    read(items) {
      const found = items.find(({ metadata }) => metadata.name === name);
      if (found !== undefined) return { documents: configMapDocuments(row, found, { clouds }) };
      return { documents: [emptyDocument({ source, path })], notice: `${path} does not exist, so it maps nobody` };
    },
  };
}

function resourcesPart(cloud: Cloud): Part {
  return {
    source: "CRD",
    path: resourceName(cloud.id),
    target: { path: resourcePath(cloud.id) },
    cloud,
    read: (items) => ({ documents: [resourcesDocument(cloud, items)] }),
  };
}

async function readPart(world: World, connection: KubeConnection, part: Part, deadlineMs: number): Promise<Read> {
  const { source, path, target, cloud } = part;
  using deadline = startDeadline(new AbortController().signal, deadlineMs);
  const { signal: stop } = deadline;
  try {
    const { items } = await listAll({ connection, target, world, limits: LIST_WATCH_LIMITS, stop }, (object) => object);
    return part.read(items);
  } catch (thrown) {
    if (cloud !== undefined && thrown instanceof KubeError && thrown.status === 404) {
      return { ...part.read([]), notice: `${path} are not installed, so there are none` };
    }
    const unread = {
      why: whyUnread(thrown, connection, stop, deadlineMs),
      rest: "none",
      ...(cloud && { cloud: cloud.id }),
    } as const;
    return { documents: [emptyDocument({ source, path, unread })] };
  }
}

/** @throws what was thrown, where no API server is to blame */
function whyUnread(thrown: unknown, { server }: KubeConnection, stop: AbortSignal, deadlineMs: number): string {
  if (thrown instanceof KubeError) return thrown.message;
  if (!stop.aborted || thrown !== stop.reason) throw thrown;
  return `"${server}" did not answer within ${deadlineMs / 1_000} s; check the address, and that it runs`;
}
