import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { VERSION } from "../../../lib/version.ts";
import { targetNamed } from "../../../scripts/compile/runtime.ts";
import { PLATFORMS } from "../../../scripts/release/artefacts.ts";
import { testNeeding, whyMissing } from "../../support/needs.ts";
import { commitAll, copyProject, run } from "../../support/project/project_clone.ts";
import { makeKey, shell, verifyCommands } from "../../support/project/signed_release.ts";
import { sameTokens } from "../../support/same_tokens.ts";
import { prepareSite } from "../../support/server_process.ts";

const BASE_URL = "https://example.com/made-up";

/** The version of the runtime at `DENORT_BIN`: the two must be the same. */
const COMPILER = "2.7.11";

const CLUSTER = ["-i", "c-of-the-test"];

const MADE_UP_KEYS = {
  ALIBABA_CLOUD_ACCESS_KEY_ID: "LTAI5tMadeUpForTheTest",
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: "made-up-secret",
};

testNeeding(
  ["denort", "npx", "openssl", "repository", "ssh-keygen", "tar"],
  "deno task release and deno task compile make the same binary, in which every command finds its modules",
  async (t) => {
    await using site = await prepareSite(`mapUsers:
  - {userARN: "acs:ram::1234567890123456:user/alice", username: alice}`);
    const temporary = `${site.folder}/tmp`;
    await Deno.mkdir(temporary);
    const [released, compiled] = [`${site.folder}/released`, `${site.folder}/a/deeper/folder`];
    const commit = await releasableProject(released);
    const target = Deno.build.target;
    const key = await makeKey(site.folder, "-t", "ed25519", "-N", "");
    const withImage = whyMissing(["buildah", "dpkg"]) === undefined ? ["--image"] : [];
    await task(released, "release", "--target", target, ...withImage, "--signing-key", key, "--base-url", BASE_URL);
    const binary = `${released}/dist/ram-auth-${VERSION}-${target}`;

    await t.step("what was made verifies as docs/install.md says", async () => {
      const { sums, provenance } = await verifyCommands();
      const { success, text } = await shell(`${released}/dist`, `${sums}\n${provenance}`);
      assert(success, text);
      const { arch } = PLATFORMS[targetNamed(target)!];
      const image = withImage.map(() => `-linux-${arch}.oci.tar`);
      const files = [`-${target}`, `-${target}.tar.gz`, ".cdx.json", "-licenses.txt", ...image];
      for (const end of files) assert(text.includes(`ram-auth-${VERSION}${end}: OK\n`), text);
      if (target.includes("linux")) assert.match(text, /^ram-auth_[^ ]*\.deb: OK$/m);
      assert(text.includes(`"gitCommit":"${commit}"`), text);
      const { predicate, subject } = JSON.parse(await Deno.readTextFile(`${released}/dist/statement.json`));
      const dependencies = predicate.buildDefinition.resolvedDependencies as { name: string; digest: object }[];
      const packages = withImage.flatMap(() => ["base-files", "ca-certificates", "libc6", "libgcc-s1"]);
      assert.deepEqual(
        dependencies.map(({ name }) => name),
        ["source", "deno.lock", "deno", `denort-${target}`, ...packages],
      );
      assert.deepEqual(dependencies[3]!.digest, { sha256: await sha256(Deno.env.get("DENORT_BIN")!) });
      for (const end of image) {
        const index = await run(`${released}/dist`, "tar", "-xOf", `ram-auth-${VERSION}${end}`, "index.json");
        const { digest } = subject.find(({ name }: { readonly name: string }) => name === `ram-auth:${VERSION}`);
        assert.equal(JSON.parse(index).manifests[0].digest, `sha256:${digest.sha256}`);
      }
    });

    await t.step("the archive holds the binary, and package managers are told its digest", async () => {
      const digest = await sha256(`${binary}.tar.gz`);
      for (const name of ["ram-auth.yaml", "ram-auth.rb"]) {
        const text = await Deno.readTextFile(`${released}/dist/${name}`);
        for (const part of [digest, `${BASE_URL}/ram-auth-${VERSION}-${target}.tar.gz`]) {
          assert(text.includes(part), text);
        }
      }
      await Deno.mkdir(`${site.folder}/unpacked`);
      await run(`${site.folder}/unpacked`, "tar", "-xzf", `${binary}.tar.gz`);
      assert.equal(await sha256(`${site.folder}/unpacked/ram-auth`), await sha256(binary));
      for (const name of ["LICENSE", "ram-auth.1"]) assert((await Deno.stat(`${site.folder}/unpacked/${name}`)).isFile);
    });

    await t.step("the same commit in another folder gives the same bytes", async () => {
      await run(site.folder, "git", "clone", "--quiet", released, compiled);
      await task(compiled, "compile", "--output", "bin/another-name");
      assert.equal(await sha256(`${compiled}/bin/another-name`), await sha256(binary));
    });

    const ramAuth = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
      output(binary, args, { cwd: site.folder, clearEnv: true, env: { ...MADE_UP_KEYS, TMPDIR: temporary, ...env } });

    for (
      const [args, code, want] of [
        [["version"], 0, `ram-auth ${VERSION}\ncommit  ${commit}\ndeno    ${COMPILER}\n`],
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
        [["check", "-c", "config.yaml"], 0, ""],
        [["mappings", "list", "-c", "config.yaml"], 0, "alice"],
        [["explain", "acs:ram::1234567890123456:user/alice", "-c", "config.yaml"], 0, "alice"],
        [["convert", "--to", "configmap", "config.yaml"], 0, "kind: ConfigMap"],
        [
          ["init", ...CLUSTER, "--state-dir", "init/state", "--generate-kubeconfig", "init/kubeconfig.yaml"],
          0,
          "init/",
        ],
        [["manifests", "all", "--image", "registry.example.com/ram-auth:1"], 0, "registry.example.com/ram-auth:1\n"],
        [["manifests", "dashboard"], 0, '"panels"'],
        [["tokn"], 2, 'did you mean "token"'],
        [["token", "--token-onyl"], 2, "did you mean --token-only?"],
      ] as const
    ) {
      await t.step(`ram-auth ${args.join(" ")}`, async () => {
        const result = await ramAuth(args);
        assert.equal(result.code, code, result.stderr);
        assert((code === 0 ? result.stdout : result.stderr).includes(want), result.stdout + result.stderr);
      });
    }

    await t.step("ram-auth init --install brings the unit and the program itself", async () => {
      const image = `${site.folder}/image`;
      const { code, stderr } = await ramAuth(["init", ...CLUSTER, "--install", "--root", image]);
      assert.equal(code, 0, stderr);
      const unit = await Deno.readTextFile(`${image}/etc/systemd/system/ram-auth.service`);
      assert.equal(unit, await Deno.readTextFile("manifests/ram-auth.service"));
      assert.equal(await sha256(`${image}/usr/local/bin/ram-auth`), await sha256(binary));
    });

    await t.step("a login gives the token that the sources give, byte for byte", async () => {
      await sameTokens({ command: binary, args: [] });
    });

    await t.step("a login asks the process that a profile of AWS names", async () => {
      const answer = {
        Version: 1,
        AccessKeyId: "ASIAIOSFODNN7EXAMPLE",
        SecretAccessKey: "MadeUp",
        SessionToken: "Made",
      };
      await Deno.mkdir(`${site.folder}/.aws`);
      await Deno.writeTextFile(`${site.folder}/process`, `#!/bin/sh\necho '${JSON.stringify(answer)}'\n`, {
        mode: 0o700,
      });
      await Deno.writeTextFile(
        `${site.folder}/.aws/config`,
        `[profile corp]\nregion = eu-west-1\ncredential_process = ${site.folder}/process\n`,
      );
      const { code, stdout, stderr } = await ramAuth(
        ["token", ...CLUSTER, "--cloud", "aws", "--profile", "corp", "--token-only"],
        { HOME: site.folder },
      );
      assert.equal(code, 0, stderr);
      const url = new TextDecoder().decode(
        Uint8Array.fromBase64(stdout.trim().slice("k8s-aws-v1.".length), { alphabet: "base64url" }),
      );
      assert.match(url, /ASIAIOSFODNN7EXAMPLE/);
    });

    await t.step("ram-auth server accepts a token over TLS and ends with 0 on SIGTERM", async () => {
      await using server = await site.start(binary, { cwd: site.folder, clearEnv: true, env: { TMPDIR: temporary } });
      assert.equal((await site.review(DEMO_PRINCIPALS.alice)).user?.username, "alice");
      assert.equal((await server.stop("SIGTERM")).code, 0, server.stderr());
    });

    await t.step("nothing is kept in the folder for temporary files, where others could plant code to load", () => {
      assert.deepEqual([...Deno.readDirSync(temporary)], []);
    });

    await t.step("where the runtime cannot be used, it is said what to do", async () => {
      await Deno.writeTextFile(`${site.folder}/denort.exe`, "MZ: made up");
      const args = ["compile", "--target", "x86_64-pc-windows-msvc"];
      const { code, stderr } = await npx(compiled, args, { DENORT_BIN: `${site.folder}/denort.exe` });
      assert.equal(code, 1);
      assert.match(
        stderr,
        /^Cannot compile for "x86_64-pc-windows-msvc": .* get denort 2\.7\.11 for this target and name/m,
      );
    });
  },
);

/** This project with its uncommitted changes as one commit, in a repository whose tests pass at once; returns the commit. */
async function releasableProject(folder: string): Promise<string> {
  await copyProject(folder);
  const config = JSON.parse(await Deno.readTextFile(`${folder}/deno.json`));
  config.tasks.ok = "echo made up";
  await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify(config));
  await Deno.writeTextFile(`${folder}/CHANGELOG.md`, `# Changelog\n\n## [${VERSION}]\n\n- Made up.\n`);
  return await commitAll(folder);
}

async function task(folder: string, ...args: readonly string[]): Promise<void> {
  const { code, stderr } = await npx(folder, args);
  assert.equal(code, 0, stderr);
}

/** That version trusts none but Mozilla's roots unless told; where npm is behind a proxy of one's own, that is too few. */
async function npx(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Output> {
  return await output("npx", ["-y", `deno@${COMPILER}`, "task", ...args], {
    cwd: folder,
    env: { DENO_TLS_CA_STORE: "mozilla,system", NO_COLOR: "1", ...env },
  });
}

async function sha256(path: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", await Deno.readFile(path))).toHex();
}

interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function output(
  command: string,
  args: readonly string[],
  options: Pick<Deno.CommandOptions, "cwd" | "clearEnv" | "env"> = {},
): Promise<Output> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args: [...args], stdin: "null", ...options })
    .output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
