import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { VERSION } from "../../lib/version.ts";
import { PACKAGES } from "../../scripts/lint/packages.ts";
import { testNeeding } from "../support/needs.ts";
import { prepareSite } from "../support/server_process.ts";

/** The version of the runtime at `DENORT_BIN`: the two must be the same. */
const COMPILER = "deno@2.7.11";

const CLUSTER = ["-i", "c-of-the-test"];

const MADE_UP_KEYS = {
  ALIBABA_CLOUD_ACCESS_KEY_ID: "LTAI5tMadeUpForTheTest",
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: "made-up-secret",
};

testNeeding(
  ["denort", "npx"],
  "deno task compile makes a binary in which every command finds its modules",
  async (t) => {
    await using site = await prepareSite(`mapUsers:
  - {userARN: "acs:ram::1234567890123456:user/alice", username: alice}`);
    const binary = `${site.folder}/bin/ram-auth`;
    const temporary = `${site.folder}/tmp`;
    await Deno.mkdir(temporary);
    const compiled = await output("npx", ["-y", COMPILER, "task", "compile", "--output", binary]);
    assert.equal(compiled.code, 0, compiled.stderr);

    const ramAuth = (...args: string[]) =>
      output(binary, args, { cwd: site.folder, clearEnv: true, env: { ...MADE_UP_KEYS, TMPDIR: temporary } });

    for (
      const [args, code, want] of [
        [["version"], 0, VERSION],
        [["help"], 0, "ram-auth <command>"],
        [["help", "server"], 0, "--state-dir"],
        [["token", ...CLUSTER, "--token-only"], 0, "k8s-ack-v2."],
        [["credential-plugin", "get-token", "-c", "c-of-the-test"], 0, "ExecCredential"],
        [["kubeconfig", ...CLUSTER, "--kubeconfig", "kube/config"], 0, "wrote user"],
        [
          ["kubeconfig", ...CLUSTER, "--kubeconfig", "kube/config", "--profile", "x", "--dry-run"],
          0,
          "+      - --profile",
        ],
        [["kubeconfig", "--convert", "--kubeconfig", "kube/config"], 0, "nothing to do"],
        [["config", "-c", "config.yaml"], 0, "c-of-the-test"],
        [
          ["init", ...CLUSTER, "--state-dir", "init/state", "--generate-kubeconfig", "init/kubeconfig.yaml"],
          0,
          "init/",
        ],
        [["tokn"], 2, 'did you mean "token"'],
        [["token", "--token-onyl"], 2, "did you mean --token-only?"],
      ] as const
    ) {
      await t.step(`ram-auth ${args.join(" ")}`, async () => {
        const result = await ramAuth(...args);
        assert.equal(result.code, code, result.stderr);
        assert((code === 0 ? result.stdout : result.stderr).includes(want), result.stdout + result.stderr);
      });
    }

    await t.step("the packages of tests stay out", async () => {
      const bytes = new TextDecoder("latin1").decode(await Deno.readFile(binary));
      assert(bytes.includes("prom-client"), "not even a shipped package is found");
      for (const [name, places] of Object.entries(PACKAGES)) {
        if (places.length === 0) assert(!bytes.includes(name.split("/").at(-1)!), name);
      }
    });

    await t.step("ram-auth server accepts a token over TLS and ends with 0 on SIGTERM", async () => {
      await using server = await site.start(binary, { cwd: site.folder, clearEnv: true, env: { TMPDIR: temporary } });
      assert.equal((await site.review(DEMO_PRINCIPALS.alice)).user?.username, "alice");
      assert.equal((await server.stop("SIGTERM")).code, 0, server.stderr());
    });

    await t.step("nothing is kept in the folder for temporary files, where others could plant code to load", () => {
      assert.deepEqual([...Deno.readDirSync(temporary)], []);
    });
  },
);

async function output(
  command: string,
  args: readonly string[],
  options: Pick<Deno.CommandOptions, "cwd" | "clearEnv" | "env"> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args: [...args], stdin: "null", ...options })
    .output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
