/**
 * One ConfigMap in an API server: read whole, and one key written on the condition that nobody else wrote meanwhile.
 *
 * @module
 */

import { readBodyCapped, type ReceivedAnswer } from "../http.ts";
import type { KubeConnection, KubeRequest } from "./connection.ts";
import { KubeError, reasonOfFetchFailure } from "./kube_error.ts";
import { quoted } from "../quote.ts";

/** For one request, from the first byte sent to the last one read. kubectl has none, and hangs where nobody answers. */
const DEADLINE_MS = 30_000;

/** Largest answer in bytes. A ConfigMap holds 1 MiB; JSON writes some bytes as six; who manages which field comes on top. */
const MAX_ANSWER_BYTES = 8 * 1_048_576;

/** Who changes the field, as `kubectl get --show-managed-fields` tells. */
const FIELD_MANAGER = "ram-auth";

/** Which ConfigMap. */
export interface ConfigMapName {
  readonly namespace: string;
  readonly name: string;
}

/** A ConfigMap as it was read. Trust: whoever may write it chose the data. */
export interface StoredConfigMap {
  /** `undefined` where there is no such ConfigMap. */
  readonly resourceVersion: string | undefined;
  readonly data: ReadonlyMap<string, string>;
}

/**
 * Reads a ConfigMap; one that is not there is empty.
 *
 * @throws {KubeError} if the API server cannot be asked or refuses
 */
export async function readConfigMap(
  connection: KubeConnection,
  { namespace, name }: ConfigMapName,
): Promise<StoredConfigMap> {
  const attempt = `Cannot read ${namespace}/${name}`;
  const answer = await ask(connection, attempt, `${collection(namespace)}/${name}`);
  if (answer.status === 404) return { resourceVersion: undefined, data: new Map() };
  if (answer.status !== 200) throw refusal(connection, attempt, answer);
  const { metadata, data } = parseObject(answer) ?? {};
  const { resourceVersion } = (metadata ?? {}) as { readonly resourceVersion?: unknown };
  const sections = Object.entries(data ?? {});
  if (typeof resourceVersion !== "string" || sections.some(([, text]) => typeof text !== "string")) {
    throw new KubeError(`${attempt}: "${connection.server}" did not return a ConfigMap; check the address`);
  }
  return { resourceVersion, data: new Map(sections as [string, string][]) };
}

/**
 * Writes one key of a ConfigMap and nothing else of it; makes the ConfigMap where there was none.
 *
 * @returns `conflict` where somebody else wrote, made or removed it since it was read: read it again
 * @throws {KubeError} if the API server cannot be asked or refuses
 */
export async function writeSection(
  connection: KubeConnection,
  { namespace, name }: ConfigMapName,
  { stored, section, text }: { readonly stored: StoredConfigMap; readonly section: string; readonly text: string },
): Promise<"written" | "conflict"> {
  const { resourceVersion } = stored;
  const attempt = `Cannot write ${namespace}/${name}`;
  const query = `?fieldManager=${FIELD_MANAGER}`;
  const data = { [section]: text };
  const answer = resourceVersion === undefined
    ? await ask(connection, attempt, `${collection(namespace)}${query}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name, namespace },
        data,
      }),
    })
    : await ask(connection, attempt, `${collection(namespace)}/${name}${query}`, {
      method: "PATCH",
      headers: { "Content-Type": "application/merge-patch+json" },
      body: JSON.stringify({ metadata: { resourceVersion }, data }),
    });
  if (answer.status === 200 || answer.status === 201) return "written";
  if (answer.status === 409 || (answer.status === 404 && resourceVersion !== undefined)) return "conflict";
  throw refusal(connection, attempt, answer);
}

function collection(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/configmaps`;
}

type Answer = Pick<ReceivedAnswer, "status" | "body">;

async function ask(
  connection: KubeConnection,
  attempt: string,
  path: string,
  init: Omit<KubeRequest, "signal"> = {},
): Promise<Answer> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  try {
    const response = await connection.request(path, { ...init, signal });
    return { status: response.status, body: await readBodyCapped(response.body, MAX_ANSWER_BYTES, signal) };
  } catch (cause) {
    if (cause instanceof KubeError) throw cause;
    throw new KubeError(`${attempt} at "${connection.server}": ${reasonOfFetchFailure(cause)}`, { cause });
  }
}

function refusal({ server }: KubeConnection, attempt: string, answer: Answer): KubeError {
  const { status } = answer;
  const said = parseObject(answer)?.message;
  const why = typeof said === "string" ? `: ${quoted(said)}` : "";
  return new KubeError(`${attempt}: "${server}" answers ${status}${why}`, { status });
}

function parseObject({ body }: Answer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    return typeof value === "object" && value !== null ? value as Record<string, unknown> : undefined;
  } catch {
    return undefined;
  }
}
