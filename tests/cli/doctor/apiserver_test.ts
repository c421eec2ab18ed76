/** What tells kube-apiserver to ask the server, by whatever starts it, and what `doctor` says to change. */

import assert from "node:assert/strict";
import { outsideOf, valueOf } from "../../../lib/cli/apiserver/flags.ts";
import { readApiserverFlags } from "../../../lib/cli/doctor/apiserver_flags.ts";
import { realWorld } from "../../../lib/world.ts";
import { kubeadmManifest } from "../../support/control_plane_node/kubeadm_manifests.ts";
import { admit } from "./patient.ts";

const FLAG = "authentication-token-webhook-config-file";

Deno.test("doctor finds a manifest without the flag, with another webhook, or without the mount, and has it mended", async (t) => {
  await using patient = await admit();
  const { site, manifest, expect, mend } = patient;
  const original = await Deno.readTextFile(manifest);
  const { webhookKubeconfig } = site;
  await t.step("no flag", async () => {
    await mend("apiserver-flag", "failed", /has no such flag/);
    await expect("apiserver-flag", "ok", /version v1beta1, answers kept for 2m0s/);
  });
  const configured = await Deno.readTextFile(manifest);
  await t.step("another webhook", async () => {
    await Deno.writeTextFile(`${site.folder}/other.kubeconfig`, "");
    await Deno.writeTextFile(
      manifest,
      configured.replaceAll(webhookKubeconfig, `${site.folder}/other.kubeconfig`),
    );
    await mend("apiserver-flag", "failed", /other\.kubeconfig", another webhook/);
  });
  await t.step("its folder is not mounted", async () => {
    await Deno.writeTextFile(
      manifest,
      original.replace("- kube-apiserver\n", `- kube-apiserver\n    - --${FLAG}=${webhookKubeconfig}\n`),
    );
    await expect("apiserver-flag", "failed", /is not mounted: the API server does not start with it/);
  });
  await t.step("mounted somewhere else", async () => {
    await Deno.writeTextFile(
      manifest,
      configured.replace(`--${FLAG}=${webhookKubeconfig}`, `--${FLAG}=/webhook/webhook.kubeconfig`)
        .replace(new RegExp(`mountPath: ${site.folder}\\b`), "mountPath: /webhook"),
    );
    await expect("apiserver-flag", "ok");
  });
  await t.step("a version that there is not, and a cache of its own", async () => {
    const withFlags = (...flags: string[]) =>
      Deno.writeTextFile(
        manifest,
        configured.replace("- kube-apiserver\n", `- kube-apiserver\n${flags.map((one) => `    - ${one}\n`).join("")}`),
      );
    await withFlags("--authentication-token-webhook-version=v2");
    await expect("apiserver-flag", "failed", /webhook-version in .* is "v2"/);
    await withFlags("--authentication_token_webhook_version=v1", "--authentication-token-webhook-cache-ttl=10s");
    await expect("apiserver-flag", "ok", /version v1, answers kept for 10s/);
  });
  await t.step("a manifest that is not YAML", async () => {
    await Deno.writeTextFile(manifest, "spec: {");
    await expect("apiserver-flag", "failed");
  });
  await t.step("nothing starts an API server here", async () => {
    await Deno.remove(manifest);
    await expect("apiserver-flag", "skipped", /starts kube-apiserver here/);
  });
});

Deno.test("readApiserverFlags() reads K3s, RKE2 and units with their drop-ins", async () => {
  const folder = await Deno.makeTempDir();
  const nothing = {
    manifests: [`${folder}/missing.yaml`],
    rancher: [],
    units: [],
    adminKubeconfigs: [],
    serverUnits: [],
  };
  const read = async (name: string, text: string) => {
    await Deno.writeTextFile(`${folder}/${name}`, text);
    const found = name.endsWith(".service") ? { units: [`${folder}/${name}`] } : { rancher: [`${folder}/${name}`] };
    return valueOf((await readApiserverFlags(realWorld(), { ...nothing, ...found }))?.flags ?? [], FLAG);
  };
  try {
    assert.equal(await readApiserverFlags(realWorld(), nothing), undefined);
    assert.equal(await read("k3s.yaml", `kube-apiserver-arg:\n  - v=2\n  - "${FLAG}=/a"\n`), "/a");
    assert.equal(await read("rke2.yaml", `kube-apiserver-arg+:\n- ${FLAG}=/b\n`), "/b");
    assert.equal(await read("none.yaml", "tls-san: [a]\n"), undefined);
    await Deno.mkdir(`${folder}/parts.yaml.d`);
    await Deno.writeTextFile(`${folder}/parts.yaml.d/10.yaml`, `kube-apiserver-arg+: ["${FLAG}=/later"]\n`);
    assert.equal(await read("parts.yaml", `kube-apiserver-arg: ["${FLAG}=/a", v=2]\n`), "/later");
    await Deno.writeTextFile(`${folder}/parts.yaml.d/20.yaml`, "kube-apiserver-arg: [v=3]\n");
    assert.equal(await read("parts.yaml", `kube-apiserver-arg: ["${FLAG}=/a", v=2]\n`), undefined);
    const unit = `[Service]\nExecStart=/usr/bin/kube-apiserver --v=2 \\\n  --${FLAG} /c \\\n  --x\n`;
    assert.equal(await read("apiserver.service", unit), "/c");
    await Deno.mkdir(`${folder}/apiserver.service.d`);
    const dropIn = `[Service]\nExecStart=\nExecStart=/usr/bin/kube-apiserver "--${FLAG}=/d"\n`;
    await Deno.writeTextFile(`${folder}/apiserver.service.d/ram-auth.conf`, dropIn);
    assert.equal(await read("apiserver.service", unit), "/d");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("readApiserverFlags() reads every release's manifest of kubeadm", async () => {
  const folder = await Deno.makeTempDir();
  const manifest = `${folder}/a.yaml`;
  const places = { manifests: [manifest], rancher: [], units: [], adminKubeconfigs: [], serverUnits: [] };
  try {
    for (const version of ["1.27", "1.31", "1.36"]) {
      await Deno.writeTextFile(manifest, kubeadmManifest(version));
      const found = await readApiserverFlags(realWorld(), places);
      assert.ok(valueOf(found!.flags, "etcd-servers") !== undefined, version);
      assert.equal(outsideOf("/etc/kubernetes/pki/ca.crt", found!.mounts), "/etc/kubernetes/pki/ca.crt");
      assert.equal(outsideOf("/etc/kubernetes/pkix", found!.mounts), undefined);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
