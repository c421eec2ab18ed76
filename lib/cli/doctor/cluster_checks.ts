/**
 * What the API server says: its version, and whether the guard is in force that decides who may write mappings there.
 *
 * @module
 */

import { RamAuthError } from "../../errors.ts";
import { importLater } from "../../import_later.ts";
import { readBodyCapped } from "../../http.ts";
import type { ConnectOptions } from "../../kube/access.ts";
import { connect, type KubeConnection } from "../../kube/connection.ts";
import { sentence } from "../../quote.ts";
import { plainOf } from "../../yaml/access.ts";
import type { World } from "../../world.ts";
import { parseYamlDocuments } from "../../yaml/documents.ts";
import { isClusterMode } from "../mappings/cluster_sources.ts";
import guardText from "../../../manifests/mapping-guard.yaml" with { type: "text" };
import { type Check, failed, ok, skipped, type Verdict, warning } from "./check.ts";
import type { Examination } from "./examination.ts";

/** Largest answer: a policy with all its expressions has some 40 KB. */
const MAX_ANSWER_BYTES = 1_048_576;

const POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
const APPLY = "look at it first, then run: ram-auth manifests mapping-guard | kubectl apply -f -";

/** The oldest release whose webhook speaks TokenReview v1 (1.19), and whose policies are on by default (1.30). */
const OLDEST = { webhook: 19, policies: 30 };

/** The checks. */
export function clusterChecks(examination: Examination): Check[] {
  const { settings } = examination;
  const modes = settings.get("backend-mode");
  return [
    {
      id: "apiserver-version",
      tested: "the version of the API server",
      look: (signal) =>
        withCluster(examination, async (connection) => {
          const { gitVersion } = await getJson(connection, "/version", signal) as { gitVersion?: unknown };
          const text = sentence(String(gitVersion));
          const [, major, minor] = /^v(\d+)\.(\d+)\./.exec(text) ?? [];
          if (major !== "1") return skipped(`it answers "${text}"`);
          return Number(minor) < OLDEST.webhook
            ? failed(text, "upgrade it to a release that is maintained")
            : ok(`${text} at "${connection.server}"`);
        }),
    },
    {
      id: "mapping-guard",
      tested: "the admission policies that decide who may write mappings in the cluster",
      async look(signal) {
        // A file may name any of them while the server runs.
        const isAny = settings.get("dynamic-backend-mode") !== undefined;
        const names = [
          ...(isAny || modes.includes("CRD") ? ["ram-auth-mapping-guard"] : []),
          ...(isAny || modes.some((mode) => isClusterMode(mode) && mode !== "CRD") ? ["ram-auth-configmap-guard"] : []),
        ];
        if (names.length === 0) return ok(`no mapping source is in the cluster (${modes.join(", ")})`);
        return await withCluster(examination, (connection) => judgeGuard(connection, names, signal));
      },
    },
  ];
}

/**
 * Loads what reads kubeconfigs, where there is one: that holds the thread for so long that other checks would be late.
 */
export async function loadClient(examination: Examination): Promise<void> {
  if ((await waysTo(examination)).length === 0) return;
  await importLater<typeof import("../../kube/kubeconfig.ts")>("../../kube/kubeconfig.ts", import.meta.url);
}

/** Kubeconfigs and other ways to an API server that can be tried here. */
async function waysTo({ world, settings, places }: Examination): Promise<readonly ConnectOptions[]> {
  const [kubeconfig, master] = [settings.get("kubeconfig"), settings.get("master")];
  const isNamed = kubeconfig !== undefined || master !== undefined || world.env("KUBERNETES_SERVICE_HOST");
  const ways: ConnectOptions[] = [
    ...places.adminKubeconfigs.map((path) => ({ kubeconfig: path, master: undefined })),
    ...(isNamed ? [{ kubeconfig, master }] : []),
  ];
  const canTry = await Promise.all(
    ways.map(({ kubeconfig }) => kubeconfig === undefined || canOpen(world, kubeconfig)),
  );
  return ways.filter((_, at) => canTry[at]);
}

/**
 * By the kubeconfig of an administrator on this node, which may read what the server may not; else by the server's own.
 */
async function withCluster(
  examination: Examination,
  look: (connection: KubeConnection) => Promise<Verdict>,
): Promise<Verdict> {
  let why = "no kubeconfig of an administrator is on this node, and the server has none";
  for (const way of await waysTo(examination)) {
    try {
      const connection = await connect(examination.world, way);
      try {
        return await look(connection);
      } finally {
        connection.close();
      }
    } catch (error) {
      if (!(error instanceof RamAuthError || error instanceof DOMException)) throw error;
      why = error instanceof RamAuthError
        ? sentence(error.message)
        : `the API server of "${sentence(way.kubeconfig ?? way.master ?? "this pod")}" does not answer in time`;
    }
  }
  return skipped(why, "run it as root on a control plane node whose API server answers");
}

async function canOpen(world: World, path: string): Promise<boolean> {
  try {
    using _file = await world.fs.open(path);
    return true;
  } catch {
    return false;
  }
}

/** @returns `undefined` for a 404 */
async function getJson(connection: KubeConnection, path: string, signal: AbortSignal): Promise<unknown> {
  const response = await connection.request(path, { signal });
  const text = new TextDecoder().decode(await readBodyCapped(response.body, MAX_ANSWER_BYTES, signal));
  if (response.status === 404) return undefined;
  try {
    if (response.ok) return JSON.parse(text);
  } catch {
    // Said below: whoever answered wrote no JSON.
  }
  throw new UnexpectedAnswer(`Cannot read "${path}" at "${connection.server}": it answers ${response.status}`);
}

/** The API server, or what stands before it, answers what it should not. */
class UnexpectedAnswer extends RamAuthError {
  readonly code = "ERR_API_ANSWER";
}

async function judgeGuard(
  connection: KubeConnection,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Verdict> {
  const wanted = parseYamlDocuments(guardText).map((node) => plainOf(node) as GuardObject);
  for (const name of names) {
    const found = await getJson(connection, `${POLICIES}/${name}`, signal) as GuardObject | undefined;
    const binding = await getJson(connection, `${POLICIES.replace(/ies$/, "ybindings")}/${name}`, signal) as
      | GuardObject
      | undefined;
    const specOf = (kind: string) => wanted.find((one) => one.kind === kind && one.metadata.name === name)?.spec;
    if (found === undefined && binding === undefined) {
      return warning(
        `there is no policy "${name}": whoever may write mappings can be anybody (needs Kubernetes 1.${OLDEST.policies})`,
        APPLY,
      );
    }
    if (found === undefined || !isPartOf(specOf("ValidatingAdmissionPolicyBinding"), binding?.spec)) {
      return failed(`the policy "${name}" is not enforced: its binding is missing, or was changed`, APPLY);
    }
    if (!isPartOf(specOf("ValidatingAdmissionPolicy"), found.spec)) {
      return warning(`the policy "${name}" is not the one of this version: it was changed, or is older`, APPLY);
    }
  }
  return ok(`${names.join(", ")}: enforced, and as this version has them`);
}

interface GuardObject {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: unknown;
}

/** Whether a value has all that is wanted; members that nobody wrote are the API server's defaults. */
function isPartOf(wanted: unknown, found: unknown): boolean {
  if (Array.isArray(wanted)) {
    return Array.isArray(found) && wanted.length === found.length &&
      wanted.every((one, at) => isPartOf(one, found[at]));
  }
  if (typeof wanted !== "object" || wanted === null) return wanted === found;
  if (typeof found !== "object" || found === null) return false;
  return Object.entries(wanted).every(([key, value]) => isPartOf(value, (found as Record<string, unknown>)[key]));
}
