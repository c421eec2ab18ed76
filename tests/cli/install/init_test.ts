import assert from "node:assert/strict";
import { run } from "../../../lib/cli/install/init.ts";
import { parseFlags } from "../../../lib/config/flags.ts";
import { loadSettings } from "../../../lib/config/settings.ts";
import { RamAuthError, UsageError } from "../../../lib/errors.ts";
import { readCertificate } from "../../../lib/state/certificate.ts";
import type { World } from "../../../lib/world.ts";
import { contentsOf, inFolder, modeOf, START, worldAt } from "../../state/stored_files.ts";

/** A process whose current folder is `folder`, with no environment. */
function worldIn(folder: string, written: string[]): World {
  const at = (path: string | URL) => String(path).startsWith("/") ? String(path) : `${folder}/${path}`;
  const world = worldAt(START);
  return {
    ...world,
    env: () => undefined,
    stdout: { isTerminal: false, write: (text) => void written.push(text) },
    fs: {
      ...world.fs,
      lstat: (path) => Deno.lstat(at(path)),
      openDescriptor: (path, options) => world.fs.openDescriptor(at(path), options),
      readDir: (path) => Deno.readDir(at(path)),
      realPath: (path) => Deno.realPath(at(path)),
      mkdir: (path, options) => Deno.mkdir(at(path), options),
      open: (path, options) => Deno.open(at(path), options),
      remove: (path, options) => Deno.remove(at(path), options),
      rename: (from, to) => Deno.rename(at(from), at(to)),
      stat: (path) => Deno.stat(at(path)),
    },
  };
}

async function init(folder: string, args: string[]): Promise<string> {
  const written: string[] = [];
  const world = worldIn(folder, written);
  const settings = await loadSettings("init", await parseFlags("init", args), world);
  assert.equal(await run({ settings, world, stopSignal: () => Promise.resolve(new AbortController().signal) }), 0);
  return written.join("");
}

Deno.test("init without places writes into the current folder and says where to copy each file", async () => {
  await inFolder(async (folder) => {
    const output = await init(folder, ["-i", "demo-cluster"]);
    assert.deepEqual(Object.keys(await contentsOf(folder)).sort(), [
      "ca-key.pem",
      "ca.pem",
      "cert.pem",
      "key.pem",
      "ram-auth.kubeconfig",
      "webhook-tokens",
    ]);
    assert.equal(
      output,
      `written  ./ca-key.pem           the private key of the CA
written  ./ca.pem               the certificate of the CA
written  ./key.pem              the private key of the server
written  ./cert.pem             the certificate of the server
written  ./webhook-tokens       the digests of the webhook tokens
written  ./ram-auth.kubeconfig  the webhook kubeconfig

Copy to each control plane node, with owner and mode kept (cp -p):
  ./ca-key.pem  ->  /var/lib/ram-auth/ca-key.pem
  ./ca.pem  ->  /var/lib/ram-auth/ca.pem
  ./key.pem  ->  /var/lib/ram-auth/key.pem
  ./cert.pem  ->  /var/lib/ram-auth/cert.pem
  ./webhook-tokens  ->  /var/lib/ram-auth/webhook-tokens
  ./ram-auth.kubeconfig  ->  /etc/kubernetes/ram-auth/kubeconfig.yaml

Give kube-apiserver the flag:
  --authentication-token-webhook-config-file=/etc/kubernetes/ram-auth/kubeconfig.yaml
Where it runs as a static pod, mount the folder /etc/kubernetes/ram-auth into it at the same path (hostPath, read-only).

Then start the server:
  ram-auth server -i demo-cluster
`,
    );
    assert.equal(await modeOf(`${folder}/ca-key.pem`), "600");
  });
});

Deno.test("init run again keeps every file", async () => {
  await inFolder(async (folder) => {
    await init(folder, ["-i", "demo-cluster"]);
    const before = await contentsOf(folder);
    assert.doesNotMatch(await init(folder, ["-i", "demo-cluster"]), /^(written|renewed)/m);
    assert.deepEqual(await contentsOf(folder), before);
  });
});

Deno.test("init with absolute places has nothing to copy", async () => {
  await inFolder(async (folder) => {
    const kubeconfig = `${folder}/etc/kubeconfig.yaml`;
    const args = ["-i", "demo-cluster", "--state-dir", `${folder}/var`, "--generate-kubeconfig", kubeconfig];
    const output = await init("/nonexistent", args);
    assert.deepEqual(Object.keys(await contentsOf(`${folder}/var`)).length, 5);
    assert.doesNotMatch(output, /Copy|->/);
    assert.ok(output.includes(`--authentication-token-webhook-config-file=${kubeconfig}\n`));
    assert.ok(output.includes(`mount the folder ${folder}/etc into it`));
  });
});

Deno.test("init with a relative place says where to copy that one", async () => {
  await inFolder(async (folder) => {
    const output = await init(folder, ["-i", "demo-cluster", "--state-dir", `${folder}/var`]);
    assert.ok(output.includes("\n  ./ram-auth.kubeconfig  ->  /etc/kubernetes/ram-auth/kubeconfig.yaml\n"));
    assert.doesNotMatch(output, /-> {2}\/var\/lib/);
  });
});

Deno.test("init prints no key and no token", async () => {
  await inFolder(async (folder) => {
    assert.doesNotMatch(await init(folder, ["-i", "demo-cluster"]), /BEGIN|ram-auth-webhook-/);
  });
});

for (
  const [why, args] of [
    ["without a cluster id", []],
    ["with a malformed hostname", ["-i", "demo-cluster", "--hostname", "a b"]],
    ["with a malformed address", ["-i", "demo-cluster", "--address", "127.0.0.1/8"]],
    ["with an address with half its brackets", ["-i", "demo-cluster", "--address", "[::1"]],
    ["with a name in brackets", ["-i", "demo-cluster", "--hostname", "[localhost]"]],
    ["with an IPv4 address in brackets", ["-i", "demo-cluster", "--address", "[127.0.0.1]"]],
    ["with an address in brackets twice", ["-i", "demo-cluster", "--address", "[[::1]]"]],
    ["with port 0", ["-i", "demo-cluster", "--port", "0"]],
  ] as const
) {
  Deno.test(`init ${why} is wrong usage and writes nothing`, async () => {
    await inFolder(async (folder) => {
      await assert.rejects(init(folder, [...args]), UsageError);
      assert.deepEqual(await contentsOf(folder), {});
    });
  });
}

for (
  const [address, spelled] of [["[::1]", "::1"], ["::1", "::1"], ["[2001:DB8::0:5]", "2001:db8::5"]] as const
) {
  Deno.test(`init takes the address ${address} as URLs and options write it`, async () => {
    await inFolder(async (folder) => {
      await init(folder, ["-i", "demo-cluster", "--address", address, "--hostname", address]);
      const { sans } = readCertificate(await Deno.readTextFile(`${folder}/cert.pem`), "cert.pem");
      assert.ok(sans.has(spelled), [...sans].join(" "));
      assert.ok((await Deno.readTextFile(`${folder}/ram-auth.kubeconfig`)).includes(`https://[${spelled}]:21362/`));
    });
  });
}

Deno.test("init refuses a broken state and writes no kubeconfig", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/cert.pem`, "made-up");
    await assert.rejects(
      init(folder, ["-i", "demo-cluster"]),
      (e) => e instanceof RamAuthError && e.code === "ERR_STATE",
    );
    assert.deepEqual(await contentsOf(folder), { "cert.pem": "made-up" });
  });
});

Deno.test("init lists for copying the files of the state and the kubeconfig, and not what it mended or cleared", async () => {
  await inFolder(async (folder) => {
    await Deno.chmod(folder, 0o755);
    await Deno.writeTextFile(`${folder}/key.pem.${crypto.randomUUID()}.tmp`, "half a key");
    const output = await init(folder, ["-i", "demo-cluster"]);
    assert.match(output, /^mended {3}\. +the state folder, which others could open$/m);
    assert.match(output, /^removed {2}\.\/key\.pem\..*left by a process that was killed$/m);
    assert.equal(output.match(/ {2}-> {2}/g)?.length, 6, output);
    assert.equal(await modeOf(folder), "700");
  });
});
