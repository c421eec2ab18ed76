import assert from "node:assert/strict";
import { TOKEN_PERMISSIONS } from "../../../scripts/permissions.ts";
import { fileURLToPath } from "node:url";
import { loadedWith, moduleUrl } from "../../support/project/module_graph.ts";

const MAIN = fileURLToPath(new URL("../../../main.ts", import.meta.url));
const SECRET = "MadeUpSecretThatMustNotShow";
const KEYS = { ALIBABA_CLOUD_ACCESS_KEY_ID: "LTAI5tMadeUpKey", ALIBABA_CLOUD_ACCESS_KEY_SECRET: SECRET };
const GROUP = "client.authentication.k8s.io";
const DENO_DIR = Deno.env.get("DENO_DIR") ?? await cacheFolder();

/** The program needs its cache, but nothing else of the tests' environment. */
async function cacheFolder(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

async function runToken(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const home = await Deno.makeTempDir();
  try {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", ...TOKEN_PERMISSIONS, "--cached-only", MAIN, "token", ...args],
      clearEnv: true,
      env: { HOME: home, DENO_DIR, NO_COLOR: "1", ...env },
      stdin: "null",
    }).output();
    return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

for (
  const [what, info, version, warning] of [
    ["without kubectl", {}, "v1beta1", /^$/],
    ["for kubectl", execInfo("v1"), "v1", /^$/],
    ["for an older kubectl", execInfo("v1beta1"), "v1beta1", /^$/],
    ["for an old kubeconfig, with a warning", execInfo("v1alpha1"), "v1alpha1", /^ram-auth: warning: .*\n$/],
  ] as const
) {
  Deno.test(`ram-auth token prints one ExecCredential and nothing else ${what}`, async () => {
    const { code, stdout, stderr } = await runToken(["-i", "c1"], { ...KEYS, ...info });
    assert.match(stderr, warning);
    assert.equal(code, 0);
    assert.match(stdout, /^\{[^\n]*\}\n$/);
    const { status, ...rest } = JSON.parse(stdout);
    assert.deepEqual(rest, { kind: "ExecCredential", apiVersion: `${GROUP}/${version}`, spec: {} });
    assert.match(status.token, /^k8s-ack-v2\.[A-Za-z0-9+/]+={0,2}$/);
    assert.match(status.expirationTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert(!(stdout + stderr).includes(SECRET));
  });
}

Deno.test("ram-auth token --token-only prints the bare token", async () => {
  const { code, stdout, stderr } = await runToken(["-i", "c1", "--token-only"], KEYS);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  assert.match(stdout, /^k8s-ack-v2\.[A-Za-z0-9+/]+={0,2}\n$/);
});

for (
  const [why, args, env, code, message] of [
    [
      "there are no credentials",
      ["-i", "c1"],
      { ALIBABA_CLOUD_ECS_METADATA_DISABLED: "true" },
      1,
      /Cannot find credentials .*\n {2}environment: .*\n {2}~\/\.aliyun/s,
    ],
    [
      "the credentials are halves",
      ["-i", "c1"],
      { ALIBABA_CLOUD_ACCESS_KEY_SECRET: SECRET },
      1,
      /ALIBABA_CLOUD_ACCESS_KEY_ID is not/,
    ],
    [
      "kubectl asks for what is not known",
      ["-i", "c1"],
      { ...KEYS, ...execInfo("v9") },
      1,
      /client\.authentication.*v9/,
    ],
    [
      "KUBERNETES_EXEC_INFO is broken",
      ["-i", "c1"],
      { ...KEYS, KUBERNETES_EXEC_INFO: "{" },
      1,
      /it is not a JSON object/,
    ],
    ["the cluster is missing", [], KEYS, 2, /try: ram-auth token --help/],
    ["a flag is not known", ["-i", "c1", "--clustr", "x"], KEYS, 2, /--clustr/],
    ["the cloud is not known", ["-i", "c1", "--cloud", "mars"], KEYS, 2, /mars/],
  ] as const
) {
  Deno.test(`ram-auth token ends with ${code} and prints no answer where ${why}`, async () => {
    const result = await runToken(args, { ...env });
    assert.deepEqual({ code: result.code, stdout: result.stdout }, { code, stdout: "" }, result.stderr);
    assert.match(result.stderr, /^ram-auth: Cannot /);
    assert.match(result.stderr, message);
    assert(!result.stderr.includes(SECRET));
  });
}

for (const cloud of ["alibaba", "aws"]) {
  Deno.test(`ram-auth token for ${cloud} loads no package and no node: module, which would slow every login`, async () => {
    const roots = ["main.ts", "lib/cli/login/token.ts", `lib/clouds/${cloud}/signer.ts`];
    const modules = new Set((await Promise.all(roots.map(loadedWith))).flatMap((loaded) => [...loaded]));
    assert(modules.size > 10, "the graph has been walked");
    assert.deepEqual([...modules].filter((specifier) => !specifier.startsWith("file:")), []);
    const heavy = ["yaml/read.ts", "http.ts", "cli/help.ts", "config/options.ts", "config/rows/server.ts"];
    const later = [`clouds/${cloud}/sts.ts`, `clouds/${cloud}/assume_role.ts`, "clouds/aws/credentials/profile.ts"];
    for (const path of [...heavy, "telemetry/log.ts", ...later]) {
      const url = moduleUrl(`lib/${path}`);
      assert((await Deno.stat(new URL(url))).isFile);
      assert(!modules.has(url), `${path} is loaded`);
    }
  });
}

function execInfo(version: string): { readonly KUBERNETES_EXEC_INFO: string } {
  const info = { kind: "ExecCredential", apiVersion: `${GROUP}/${version}`, spec: { interactive: false } };
  return { KUBERNETES_EXEC_INFO: JSON.stringify(info) };
}
