/**
 * A control plane node on which a kubelet runs an API server of kubeadm 1.36, as far as `/proc` shows it, and whose health
 * is what a test says.
 *
 * @module
 */

import { type Kubelet, startKubelet } from "../stand_ins/kubelet.ts";
import { waitFor } from "../wait_for.ts";
import type { ControlPlaneNode } from "./control_plane_node.ts";
import { prepareFakeApiserver } from "./fake_apiserver.ts";
import { kubeadmManifest } from "./kubeadm_manifests.ts";

/** What the kubelet runs at first. */
export const MANIFEST = kubeadmManifest("1.36");

/** An answer at `/readyz`; a promise of one holds up who asks. */
type Answer = Response | Promise<Response>;

/** Where the health is asked; `await using` ends it. */
export interface HealthStandIn extends AsyncDisposable {
  /** The option that has it asked. */
  readonly option: string;
  /** How often it was asked. */
  asked(): number;
}

/** Answers as the test says, until it is disposed of. */
export function startHealth(answer: (asked: number) => Answer): HealthStandIn {
  let asked = 0;
  const gone = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, signal: gone.signal },
    async () => {
      asked += 1;
      return await answer(asked);
    },
  );
  return {
    option: `--health-url=http://127.0.0.1:${server.addr.port}/readyz`,
    asked: () => asked,
    [Symbol.asyncDispose]: async () => {
      gone.abort();
      await server.finished;
    },
  };
}

/** It is healthy. */
export const HEALTHY = (): Response => new Response("ok");

/** It is healthy only while the manifest is without the flag. */
export function unhealthyWithFlag(node: ControlPlaneNode): () => Response {
  return () =>
    Deno.readTextFileSync(node.manifest).includes("token-webhook")
      ? new Response("[+]ping ok\n[-]etcd failed: no good\nreadyz check failed\n", { status: 500 })
      : HEALTHY();
}

/** A node that runs; `await using` stops it. */
export interface RunningNode extends AsyncDisposable {
  readonly kubelet: Kubelet;
  /** The flags of every API server that the kubelet started, in order. */
  readonly started: ReadonlyArray<readonly string[]>;
}

/** Writes the manifest, and waits until its API server runs. */
export async function startNode(node: ControlPlaneNode): Promise<RunningNode> {
  await Deno.writeTextFile(node.manifest, MANIFEST);
  const start = await prepareFakeApiserver(node.folder);
  const started: Array<readonly string[]> = [];
  const kubelet = startKubelet(node.manifests, (flags) => {
    started.push(flags);
    return start(flags);
  });
  await waitFor("the first API server", () => started.length > 0);
  return { kubelet, started, [Symbol.asyncDispose]: () => kubelet[Symbol.asyncDispose]() };
}
