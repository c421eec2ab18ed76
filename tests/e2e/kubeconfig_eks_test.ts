import assert from "node:assert/strict";
import { readPlain } from "../../lib/yaml/merge.ts";
import { SERVER_PERMISSIONS } from "../../scripts/permissions.ts";
import { freePort } from "../support/free_port.ts";
import { testNeeding } from "../support/needs.ts";
import { startProcess } from "../support/process.ts";
import { waitFor } from "../support/wait_for.ts";

const REGION = "eu-west-1";
const ARN = `arn:aws:eks:${REGION}:123456789012:cluster/c1`;
const KEYS = { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "MadeUpSecretThatMustNotShow" };

interface Kubeconfig {
  readonly clusters: readonly { readonly name: string; readonly cluster: Readonly<Record<string, string>> }[];
  readonly contexts: readonly unknown[];
  readonly users: readonly {
    readonly name: string;
    readonly user: { readonly exec: { readonly args: readonly string[] } };
  }[];
}

/** A stand-in for AWS that somebody else wrote, with one cluster of EKS. */
async function startMoto(): Promise<AsyncDisposable & { readonly url: string }> {
  const port = freePort();
  const url = `http://127.0.0.1:${port}`;
  const process = startProcess("moto_server", { args: ["-H", "127.0.0.1", "-p", String(port)] });
  try {
    // It reads no more of a signature than which service is meant.
    const scope = `Credential=${KEYS.AWS_ACCESS_KEY_ID}/20261122/${REGION}/eks/aws4_request`;
    const headers = { authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=00` };
    const body = JSON.stringify({ name: "c1", roleArn: "arn:aws:iam::123456789012:role/eks", resourcesVpcConfig: {} });
    await waitFor("moto to answer", async () => {
      if (process.hasEnded()) throw new Error(`Cannot start moto: ${process.stderr()}`);
      try {
        const response = await fetch(`${url}/clusters`, { method: "POST", headers, body });
        await response.body?.cancel();
        return response.ok;
      } catch {
        return false;
      }
    });
  } catch (failure) {
    await process.stop("SIGKILL");
    throw failure;
  }
  return { url, [Symbol.asyncDispose]: () => process[Symbol.asyncDispose]() };
}

async function output(command: string, args: readonly string[], env: Readonly<Record<string, string>>) {
  const { code, stdout, stderr } = await new Deno.Command(command, { args: [...args], env, stdin: "null" }).output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "kubeconfig-eks-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What a program of the user's finds: keys, and AWS's own variable for another endpoint. */
function environment(url: string, home: string): Record<string, string> {
  const files = { AWS_CONFIG_FILE: `${home}/none`, AWS_SHARED_CREDENTIALS_FILE: `${home}/none` };
  return { ...KEYS, ...files, AWS_ENDPOINT_URL_EKS: url, AWS_EC2_METADATA_DISABLED: "true", NO_PROXY: "127.0.0.1" };
}

function ramAuth(args: readonly string[], env: Readonly<Record<string, string>>) {
  const program = [
    "run",
    "--quiet",
    ...SERVER_PERMISSIONS,
    "main.ts",
    "kubeconfig",
    "--from",
    "eks",
    "--region",
    REGION,
  ];
  return output(Deno.execPath(), [...program, ...args], env);
}

async function read(path: string): Promise<Kubeconfig> {
  return readPlain(await Deno.readTextFile(path)) as Kubeconfig;
}

testNeeding(["moto"], "ram-auth kubeconfig --from eks asks EKS, by the SDK's own endpoint variable", async (t) => {
  await using moto = await startMoto();
  await inFolder(async (folder) => {
    const env = environment(moto.url, folder);
    const path = `${folder}/config`;

    await t.step("a cluster, a user and a context by its ARN", async () => {
      const { code, out, err } = await ramAuth(["--name", "c1", "--kubeconfig", path], env);
      assert.deepEqual({ code, err }, { code: 0, err: "" });
      assert.equal(
        out,
        `wrote user "${ARN}", context "${ARN}" and cluster "${ARN}" to ${path}\ncontext "${ARN}" is the current one\n` +
          `try: kubectl --kubeconfig=${path} auth whoami\n`,
      );
      const { clusters, contexts, users } = await read(path);
      assert.match(clusters[0]!.cluster.server!, /^https:\/\/\S+\.eu-west-1\.eks\.amazonaws\.com\/$/);
      assert.equal(clusters[0]!.name, ARN);
      assert.deepEqual(contexts, [{ name: ARN, context: { cluster: ARN, user: ARN } }]);
      assert.deepEqual(users[0]!.user.exec.args, ["token", "-i", "c1", "--cloud", "aws", "--region", REGION]);
    });

    await t.step("again is nothing to do", async () => {
      const { code, out } = await ramAuth(["-i", "c1", "--kubeconfig", path], env);
      assert.equal(code, 0);
      assert.match(out, /^nothing to do/);
    });

    await t.step("names and a role of one's own", async () => {
      const role = "arn:aws:iam::123456789012:role/Admin";
      const names = ["--cluster-name", "prod", "--context-name", "admin@prod", "--user-name", "admin", "--role", role];
      const { code, err } = await ramAuth(["--name", "c1", "--kubeconfig", path, ...names], env);
      assert.deepEqual({ code, err }, { code: 0, err: "" });
      const { clusters, contexts, users } = await read(path);
      assert.deepEqual(clusters[1], { name: "prod", cluster: clusters[0]!.cluster });
      assert.deepEqual(contexts[1], { name: "admin@prod", context: { cluster: "prod", user: "admin" } });
      assert.deepEqual(users[1]!.user.exec.args.slice(3), ["--cloud", "aws", "-r", role, "--region", REGION]);
    });

    await t.step("a cluster that EKS does not know is an error, and the file stays", async () => {
      const before = await Deno.readTextFile(path);
      const { code, err } = await ramAuth(["--name", "c2", "--kubeconfig", path], env);
      assert.equal(code, 1);
      assert.match(
        err,
        /^ram-auth: Cannot look up cluster "c2" of EKS in region "eu-west-1": ResourceNotFoundException: /,
      );
      assert.equal(await Deno.readTextFile(path), before);
    });
  });
});

testNeeding(
  ["moto", "aws"],
  "ram-auth kubeconfig --from eks writes the entries of aws eks update-kubeconfig",
  async (t) => {
    await using moto = await startMoto();
    await inFolder(async (folder) => {
      const env = environment(moto.url, folder);
      const [theirs, ours] = [`${folder}/aws`, `${folder}/ram-auth`];
      const update = ["--region", REGION, "eks", "update-kubeconfig", "--name", "c1", "--kubeconfig", theirs];
      const { code, err } = await output("aws", update, env);
      assert.equal(code, 0, err);

      await t.step("the same cluster and context", async () => {
        assert.equal((await ramAuth(["--name", "c1", "--kubeconfig", ours], env)).code, 0);
        const [a, b] = [await read(theirs), await read(ours)];
        assert.deepEqual(
          [b.clusters[0]!.name, b.clusters[0]!.cluster, b.contexts],
          [a.clusters[0]!.name, a.clusters[0]!.cluster, a.contexts.map((one) => ({ name: ARN, ...one as object }))],
        );
      });

      await t.step("over the entries of aws, which changes the user alone", async () => {
        const before = await Deno.readTextFile(theirs);
        assert.equal((await ramAuth(["--name", "c1", "--kubeconfig", theirs], env)).code, 0);
        const after = await Deno.readTextFile(theirs);
        assert.equal(after.split("\nusers:\n")[0], before.split("\nusers:\n")[0]);
        assert.match(after, /\n {6}command: ram-auth\n/);
      });
    });
  },
);
