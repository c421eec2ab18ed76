import assert from "node:assert/strict";
import { parse } from "yaml";
import { UsageError } from "../../lib/errors.ts";
import { FileError } from "../../lib/files.ts";
import { StateError } from "../../lib/state/state_error.ts";
import { buildWebhookKubeconfig, planWebhookKubeconfig, webhookUrl } from "../../lib/state/webhook_kubeconfig.ts";
import type { World } from "../../lib/world.ts";
import { peerWebhookKubeconfig } from "../support/stand_ins/peer_webhook.ts";
import { inFolder, modeOf, START, worldAt } from "./stored_files.ts";

const CA_PEM = "-----BEGIN CERTIFICATE-----\nbWFkZSB1cA==\n-----END CERTIFICATE-----\n";
const TEXT = buildWebhookKubeconfig({ url: webhookUrl("localhost", 21_362), caPem: CA_PEM });
const world = worldAt(START);

/** Writes the kubeconfig, and returns what became of it. */
async function write(world: World, path: string, text: string): Promise<string> {
  const plan = await planWebhookKubeconfig(world, { path, text });
  await plan.make();
  assert.equal(plan.files.length, 1);
  return plan.files[0]!.status;
}

const PEERS_KUBECONFIG = peerWebhookKubeconfig({
  peer: "aws-iam-authenticator",
  port: 21_362,
  caBase64: "bWFkZSB1cA==",
});

Deno.test("The webhook kubeconfig names the server, the CA and the context as the peers do", () => {
  assert.deepEqual(parse(TEXT), {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{
      name: "ram-auth",
      cluster: { "certificate-authority-data": btoa(CA_PEM), server: "https://localhost:21362/authenticate" },
    }],
    users: [{ name: "apiserver" }],
    contexts: [{ name: "webhook", context: { cluster: "ram-auth", user: "apiserver" } }],
    "current-context": "webhook",
  });
});

Deno.test("An IPv6 address stands in brackets", () => {
  assert.equal(webhookUrl("::1", 21_362), "https://[::1]:21362/authenticate");
});

Deno.test("A hostname that would change the URL is wrong usage", () => {
  assert.throws(() => webhookUrl("evil.example/#", 21_362), UsageError);
});

Deno.test("Port 0 is wrong usage: kube-apiserver cannot look for a free port", () => {
  assert.throws(() => webhookUrl("localhost", 0), UsageError);
});

Deno.test("The kubeconfig is written for its owner alone, in a folder made for it, and then kept", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/etc/kubernetes/kubeconfig.yaml`;
    assert.equal(await write(world, path, TEXT), "written");
    assert.equal(await Deno.readTextFile(path), TEXT);
    assert.equal(await modeOf(path), "600");
    const { mtime, ino } = await Deno.stat(path);
    assert.equal(await write(world, path, TEXT), "kept");
    const after = await Deno.stat(path);
    assert.deepEqual([after.mtime, after.ino], [mtime, ino]);
  });
});

for (const [whose, text] of [["our own", `${TEXT}# old\n`], ["the peers'", PEERS_KUBECONFIG]] as const) {
  Deno.test(`A webhook kubeconfig of ${whose} that differs is replaced, with the mode that it had`, async () => {
    await inFolder(async (folder) => {
      const path = `${folder}/kubeconfig.yaml`;
      await Deno.writeTextFile(path, text);
      await Deno.chmod(path, 0o640);
      assert.equal(await write(world, path, TEXT), "renewed");
      assert.equal(await Deno.readTextFile(path), TEXT);
      assert.equal(await modeOf(path), "640");
    });
  });
}

for (
  const [why, text] of [
    ["an administrator's kubeconfig", TEXT.replace("current-context: webhook", "current-context: admin")],
    ["a kubeconfig without a context", "apiVersion: v1\nkind: Config\n"],
    ["a list", "- current-context\n"],
    ["a broken file", "a: [\n"],
    ["an empty file", ""],
  ] as const
) {
  Deno.test(`The webhook kubeconfig does not replace ${why}`, async () => {
    await inFolder(async (folder) => {
      const path = `${folder}/config`;
      await Deno.writeTextFile(path, text);
      await assert.rejects(
        write(world, path, TEXT),
        (e) => e instanceof StateError && e.message.includes("--generate-kubeconfig"),
      );
      assert.equal(await Deno.readTextFile(path), text);
    });
  });
}

Deno.test("The webhook kubeconfig does not replace a directory", async () => {
  await inFolder(async (folder) => {
    await assert.rejects(write(world, folder, TEXT), FileError);
  });
});

Deno.test("A folder that cannot be made is a clear error", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    await assert.rejects(
      write(world, `${folder}/file/kubeconfig.yaml`, TEXT),
      (e) => (e instanceof StateError || e instanceof FileError) && e.message.includes("kubeconfig"),
    );
  });
});

Deno.test("A folder without permission is a clear error", async () => {
  await inFolder(async (folder) => {
    const refuse = () => Promise.reject(new Deno.errors.PermissionDenied("Permission denied (os error 13)"));
    const locked = { ...world, fs: { ...world.fs, mkdir: refuse } };
    await assert.rejects(
      write(locked, `${folder}/etc/kubeconfig.yaml`, TEXT),
      (e) => e instanceof FileError && e.message.includes("Permission denied"),
    );
  });
});

/** A webhook kubeconfig of ours with these lines as its user. */
const withUser = (user: string) =>
  TEXT.replace("  - name: apiserver\n", `  - name: apiserver\n    user:\n      ${user}\n`);

Deno.test("The credentials of kube-apiserver stay when the kubeconfig is renewed, and then it is kept", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/kubeconfig.yaml`;
    await Deno.writeTextFile(path, withUser("token: made-up-token").replace("21362", "1"));
    assert.equal(await write(world, path, TEXT), "renewed");
    const { users, clusters } = parse(await Deno.readTextFile(path));
    assert.deepEqual(users, [{ name: "apiserver", user: { token: "made-up-token" } }]);
    assert.equal(clusters[0].cluster.server, "https://localhost:21362/authenticate");
    assert.equal(await write(world, path, TEXT), "kept");
  });
});

for (const plugin of ["exec: {command: /tmp/x}", "auth-provider: {name: x}"]) {
  Deno.test(`A kubeconfig whose user has ${plugin} is refused, because kube-apiserver would run that`, async () => {
    await inFolder(async (folder) => {
      const path = `${folder}/kubeconfig.yaml`;
      await Deno.writeTextFile(path, withUser(plugin));
      await assert.rejects(
        write(world, path, TEXT),
        (e) => e instanceof StateError && /which kube-apiserver would run .* look who wrote it/.test(e.message),
      );
    });
  });
}

Deno.test("A kubeconfig that everybody can write is mended", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/kubeconfig.yaml`;
    await write(world, path, TEXT);
    await Deno.chmod(path, 0o666);
    assert.equal(await write(world, path, TEXT), "mended");
    assert.equal(await modeOf(path), "644");
    assert.equal(await Deno.readTextFile(path), TEXT);
  });
});
