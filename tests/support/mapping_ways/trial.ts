/**
 * A cluster on which ways are gone: real logins by a real server that reads every source in the API server, people with
 * their rights, and what is there before and after. Knows nothing of the guard.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import { type Answer, create, createSender, mergePatch, remove, type Request, type Sender } from "../api_requests.ts";
import { awsToken } from "../aws_tokens.ts";
import { type Cluster, startCluster } from "../cluster.ts";
import { mintedToken } from "../minted_token.ts";
import { prepareSite, type ServerSite } from "../server_process.ts";
import { waitFor } from "../wait_for.ts";
import { CONFIG_MAPS, configMap, IAM, RAM, ram } from "./objects.ts";
import { impersonated, rolesOfPeople } from "./people.ts";
import type { Rights, Step, Subject, Way } from "./way.ts";

/** Where mappings are. */
const COLLECTIONS = [RAM, IAM, CONFIG_MAPS];

/** What a cluster administrator may do, and nobody else. */
const EVERYTHING = { verb: "*", group: "*", resource: "*" };

/** Every source in the API server, with every name open to it, so that what fails fails by the guard. */
const ALL_OPEN = `backendMode: [ACKConfigMap, EKSConfigMap, CRD]
reservedPrefixConfig: ${
  JSON.stringify(["ACKConfigMap", "EKSConfigMap", "CRD"].map((backendMode) => ({
    backendMode,
    systemNames: "allow",
    adminGroups: "allow",
  })))
}`;

/** The cluster; `await using` stops all of it. */
export interface Trial extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly sender: Sender;
  /** Runs kubectl as the administrator. @throws {AssertionError} where it fails */
  kubectl(...args: readonly string[]): Promise<string>;
  /** The token of a new service account that is bound to these ClusterRoles. */
  accountWith(...roles: readonly string[]): Promise<string>;
  /** Logs in, and says what the login may do. */
  rightsOf(subject: Subject): Promise<Rights>;
  /** The mappings, without what every write changes. */
  mappings(): Promise<readonly unknown[]>;
  removeMappings(): Promise<void>;
  /** As the administrator. @throws {AssertionError} where one is not taken */
  give(given: readonly Request[]): Promise<void>;
  /** Brings about what is there before a way, and waits until it is in force. */
  prepare(way: Way): Promise<void>;
  take(steps: readonly Step[]): Promise<readonly Answer[]>;
  /** Waits until the server has read everything that was written before. */
  settle(): Promise<void>;
  /** Writes these keys of `server:` into the config file, which the server reloads. */
  configure(sections: string): Promise<void>;
  /** What the server says of itself. */
  readyz(): Promise<string>;
}

/** Starts one. @param sections keys of the config file under `server:` */
export async function startTrial(sections = ALL_OPEN): Promise<Trial> {
  await using starting = new AsyncDisposableStack();
  const site = starting.use(await prepareSite("", { clouds: ["alibaba", "aws"] }));
  // The API server needs its webhook kubeconfig, and the server that writes it needs an API server.
  await (await site.start()).stop("SIGTERM");
  const cluster = starting.use(await startCluster({ webhookKubeconfig: site.webhookKubeconfig }));
  const kubectl = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await cluster.kubectl(args);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const sender = starting.use(await createSender(cluster));
  for (const manifest of ["crds", "rbac.server.yaml", "mapping-editor.yaml"]) {
    await kubectl("apply", "-f", `manifests/${manifest}`);
  }
  for (const path of COLLECTIONS) {
    await waitFor(path, async () => (await sender.send({ method: "GET", path })).status === 200);
  }
  for (const [path, object] of rolesOfPeople()) assert.equal((await sender.send(create(path, object))).status, 201);
  const tokenOf = async (account: string) => (await kubectl("create", "token", account, "-n", "kube-system")).trim();
  const kubeconfig = await cluster.writeKubeconfig({ token: await tokenOf("ram-auth") });
  const configure = (sections: string) =>
    site.writeConfig(`kubeconfig: ${kubeconfig}\nstsHosts: ["${site.stsHost}"]\n${sections}`);
  await configure(sections);
  starting.use(await site.start());

  const rightsOf = createLogins(sender, site);
  const isSeen = (subject: Subject, rights: Rights) =>
    waitFor(`${subject} to be ${rights}`, async () => await rightsOf(subject) === rights);
  const mappings = () => mappingsOf(sender);
  const removeMappings = async () => {
    for (const { path, name } of await mappings()) {
      await sender.send(mergePatch(`${path}/${name}`, { metadata: { finalizers: null } }));
      await sender.send(remove(`${path}/${name}`));
    }
  };
  const give = async (given: readonly Request[]) => {
    for (const request of given) {
      const { status, body } = await sender.send(request);
      assert.equal(status, 201, JSON.stringify(body));
    }
  };
  let accounts = 0;
  const running = starting.move();
  return {
    cluster,
    sender,
    kubectl,
    async accountWith(...roles) {
      accounts += 1;
      const account = `account-${accounts}`;
      await kubectl("create", "serviceaccount", account, "-n", "kube-system");
      for (const [nth, role] of roles.entries()) {
        const to = ["--clusterrole", role, `--serviceaccount=kube-system:${account}`];
        await kubectl("create", "clusterrolebinding", `${account}-${nth}`, ...to);
      }
      return await tokenOf(account);
    },
    rightsOf,
    mappings,
    removeMappings,
    give,
    async prepare({ given = [], subject = "alice", before = given.length === 0 ? "none" : "some" }) {
      await removeMappings();
      await isSeen(subject, "none");
      await give(given);
      await isSeen(subject, before);
    },
    async take(steps) {
      const answers: Answer[] = [];
      for (const [person, request] of steps) {
        // Kubernetes deletes only what got an owner.
        if (person === "garbageCollector" && answers.some(({ status }) => status === 403)) continue;
        answers.push(await sender.send(request, impersonated(person)));
      }
      return answers;
    },
    async settle() {
      const arn = "acs:ram::1234567890123456:role/KubernetesAdmin";
      await give([create(RAM, ram("sentinel", { arn, username: "sentinel" }))]);
      await isSeen("sentinel", "some");
      await sender.send(remove(`${RAM}/sentinel`));
      await isSeen("sentinel", "none");
      const data = { mapRoles: `- {rolearn: "${arn}", username: sentinel}` };
      const { status } = await sender.send(mergePatch(`${CONFIG_MAPS}/alibabacloud-auth`, { data }));
      if (status === 404) await give([create(CONFIG_MAPS, configMap("alibabacloud-auth", { data }))]);
      await isSeen("sentinel", "some");
    },
    configure,
    readyz: async () => await (await fetch(`${site.healthUrl}/readyz?verbose`)).text(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Every token is another, because the API server remembers one for a while. */
function createLogins(sender: Sender, { clusterId, stsHost: host }: ServerSite): Trial["rightsOf"] {
  const keys = { ...DEMO_PRINCIPALS, carol: DEMO_PRINCIPALS.viewer, sentinel: DEMO_PRINCIPALS.kubernetesAdmin };
  const question = create("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes: EVERYTHING },
  });
  let count = 0;
  return async (subject) => {
    count += 1;
    const signing = { clusterId, now: new Date(Date.now() - (count % 600) * 1_000) };
    const token = subject === "dave"
      ? awsToken(DEMO_AWS_PRINCIPALS.dave, { ...signing, host })
      : await mintedToken(keys[subject], signing);
    const { status, body } = await sender.sendWith(token, question);
    if (status === 401) return "none";
    assert.equal(status, 201, JSON.stringify(body));
    return body.status.allowed ? "admin" : "some";
  };
}

async function mappingsOf(sender: Sender): Promise<{ readonly path: string; readonly name: string }[]> {
  const lists = await Promise.all(COLLECTIONS.map(async (path) => ({
    path,
    answer: await sender.send({ method: "GET", path }),
  })));
  return lists.flatMap(({ path, answer }) =>
    // deno-lint-ignore no-explicit-any
    answer.body.items.map(({ metadata: { name, ownerReferences, finalizers }, spec, ...rest }: any) => {
      const { data, binaryData, immutable } = rest;
      return { path, name, ownerReferences, finalizers, spec, data, binaryData, immutable };
    })
  ).filter(({ path, name }) => path !== CONFIG_MAPS || /^(alibabacloud|aws)-auth$|^other$/.test(name));
}
