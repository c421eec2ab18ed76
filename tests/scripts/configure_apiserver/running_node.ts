/**
 * A control plane node on which a kubelet runs an API server of kubeadm 1.36, as far as `/proc` shows it.
 *
 * @module
 */

import { type Kubelet, startKubelet } from "../../support/stand_ins/kubelet.ts";
import { waitFor } from "../../support/wait_for.ts";
import type { ControlPlaneNode } from "./control_plane_node.ts";
import { prepareFakeApiserver } from "./fake_apiserver.ts";
import { kubeadmManifest } from "../../cli/apiserver/kubeadm_manifests.ts";

/** What the kubelet runs at first. */
export const MANIFEST = kubeadmManifest("1.36");

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

/** Options of a health check that holds only while the manifest is without the flag. */
export function unhealthyWithFlag(node: ControlPlaneNode): string[] {
  return ["--health-command", `if grep -q token-webhook ${node.manifest}; then echo no good; exit 1; fi`];
}
