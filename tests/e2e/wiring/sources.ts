/**
 * Options that say where mappings are.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Asked, listOf, pieces, startScriptedServer, type Step } from "../../kube/scripted_server.ts";
import { knowing, startOtherWebhook } from "../../support/stand_ins/other_webhook.ts";
import { ALICE, DAVE, type Stage, type StagedServer, startStage } from "./stage.ts";

/** A cluster whose ConfigMap maps dave. */
const cluster: Step = (asked: Asked) => {
  if (asked.isWatch) return pieces([], "stay")(asked);
  const data = { mapUsers: JSON.stringify([{ userarn: DAVE, username: "by-the-cluster" }]) };
  return listOf([{ metadata: { name: "aws-auth", resourceVersion: "7" }, data }], "7")(asked);
};

function kubeconfigOf(server: string, caPem?: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "c",
    clusters: [{ name: "c", cluster: { server, ...(caPem && { "certificate-authority-data": btoa(caPem) }) } }],
    users: [{ name: "u", user: { token: "made-up" } }],
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
  });
}

/** A server that reads the ConfigMap of a cluster; `kubeconfig` and `master` by the cluster's URL. */
async function inCluster(at: (url: string) => { readonly kubeconfig: string; readonly master?: string }) {
  await using starting = new AsyncDisposableStack();
  const api = starting.use(startScriptedServer([cluster]));
  const { kubeconfig, master } = at(api.url);
  const server = starting.use(
    await startStage({
      flags: ["-l", "json", "-v", "debug"],
      files: { "kubeconfig": kubeconfig },
      keys: ({ folder }) => ({ backendMode: ["EKSConfigMap"], kubeconfig: `${folder}/kubeconfig`, master }),
    }),
  );
  const running = starting.move();
  return { ...server, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

const mapsByTheCluster = ({ until, dave }: StagedServer) => until(dave, "by-the-cluster");

/** Mappings in an API server that a kubeconfig names. */
export const KUBECONFIG: Stage = {
  name: "mappings in an API server, by a kubeconfig",
  start: () => inCluster((url) => ({ kubeconfig: kubeconfigOf(url) })),
  rows: { "kubeconfig": { atStart: mapsByTheCluster }, "backend-mode": { atStart: mapsByTheCluster } },
};

/** Mappings in an API server that an option names in the place of the kubeconfig's. */
export const MASTER: Stage = {
  name: "mappings in an API server, by its URL",
  start: () => inCluster((master) => ({ kubeconfig: kubeconfigOf("http://127.0.0.1:9"), master })),
  rows: { "master": { atStart: mapsByTheCluster } },
};

/** Tokens that are of no cloud, which another webhook knows. */
export const DELEGATE: Stage = {
  name: "a webhook for other tokens",
  async start() {
    await using starting = new AsyncDisposableStack();
    const grace = { username: "grace", uid: "7", groups: ["devs"], extra: {} };
    const { url, caPem } = starting.use(await startOtherWebhook(knowing({ "made-up-token": grace })));
    const server = starting.use(
      await startStage({
        flags: ["-l", "json", "-v", "debug"],
        files: { "delegate.kubeconfig": kubeconfigOf(url, caPem) },
        keys: ({ folder }) => ({ delegate: { kubeconfig: `${folder}/delegate.kubeconfig` } }),
      }),
    );
    const running = starting.move();
    return { ...server, [Symbol.asyncDispose]: () => running.disposeAsync() };
  },
  rows: { "delegate-kubeconfig": { atStart: ({ until, ask }) => until(() => ask("made-up-token"), "grace") } },
};

/** Mappings in a dynamic file, which a file of modes chooses. */
export const DYNAMIC: Stage = {
  name: "mappings in a dynamic file",
  start: () =>
    startStage({
      flags: ["-l", "json", "-v", "debug"],
      files: {
        "modes.json": '{"backendMode": "DynamicFile"}',
        "dynamic.yaml": JSON.stringify({
          mapUsers: [
            { userarn: ALICE, username: "by-the-file" },
            { userarn: DAVE, username: "by-the-file", userid: "AIDAMADEUPDAVE0000001" },
          ],
        }),
      },
      keys: ({ folder }) => ({
        backendMode: ["MountedFile"],
        dynamicBackendModePath: `${folder}/modes.json`,
        dynamicfilepath: `${folder}/dynamic.yaml`,
        dynamicfileUserIDStrict: true,
      }),
    }),
  rows: {
    "dynamic-backend-mode": { atStart: async ({ dave }) => assert.equal(await dave(), "by-the-file") },
    "dynamic-file": { atStart: async ({ dave }) => assert.equal(await dave(), "by-the-file") },
    "dynamic-file-user-id-strict": { atStart: async ({ alice }) => assert.equal(await alice(), "mapping_refused") },
  },
};
