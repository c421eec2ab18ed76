/** Faults of files, each made, found, and mended by what `doctor` says. */

import assert from "node:assert/strict";
import { initialize } from "../../../lib/state/init.ts";
import { realWorld } from "../../../lib/world.ts";
import { OTHER_USER, testAsRoot } from "../../support/other_user.ts";
import { admit, ALICE } from "./patient.ts";

testAsRoot("doctor finds who else can change files of an installation, and says how to end that", async (t) => {
  await using patient = await admit();
  const { site, stateDir, expect, mend } = patient;
  const { folder, webhookKubeconfig, configFile } = site;
  await t.step("nobody can at first", async () => {
    for (const id of ["state-owner", "webhook-owner", "config-owner"]) await expect(id, "ok");
  });
  for (
    const [what, id, path, mode, saw] of [
      ["a state folder that everybody can write", "state-owner", stateDir, 0o777, /every user can write it/],
      ["a state folder that everybody can enter", "state-owner", stateDir, 0o755, /every user can read it/],
      ["a key that everybody can read", "state-owner", `${stateDir}/key.pem`, 0o644, /key\.pem.*every user can read/],
      ["the CA's key, that its group can write", "state-owner", `${stateDir}/ca-key.pem`, 0o660, /its group can write/],
      ["a certificate that everybody can write", "state-owner", `${stateDir}/cert.pem`, 0o666, /every user can write/],
      ["a webhook kubeconfig for all", "webhook-owner", webhookKubeconfig, 0o666, /every user can write/],
      ["its folder, open to all", "webhook-owner", folder, 0o777, /folder of the webhook kubeconfig.*can write/],
      ["a config file for all", "config-owner", configFile, 0o666, /the config file .*every user can write/],
      ["a config file for its group", "config-owner", configFile, 0o664, /its group can write/],
    ] as const
  ) {
    await t.step(what, async () => {
      await Deno.chmod(path, mode);
      await mend(id, "failed", saw);
    });
  }
  for (
    const [what, id, path] of [
      ["a key that another user owns", "state-owner", `${stateDir}/key.pem`],
      ["a webhook kubeconfig that another user owns", "webhook-owner", webhookKubeconfig],
      ["its folder, that another user owns", "webhook-owner", folder],
      ["a config file that another user owns", "config-owner", configFile],
    ] as const
  ) {
    await t.step(what, async () => {
      await Deno.chown(path, OTHER_USER, OTHER_USER);
      await mend(id, "failed", new RegExp(`belongs to user ${OTHER_USER}, not to 0`));
    });
  }
  await t.step("what a second init as root left in the folder of the service", async () => {
    const files = ["", ...[...Deno.readDirSync(stateDir)].map(({ name }) => `/${name}`)];
    for (const name of files) await Deno.chown(`${stateDir}${name}`, OTHER_USER, OTHER_USER);
    await expect("state-owner", "ok");
    await Deno.chown(`${stateDir}/cert.pem`, 0, 0);
    await mend("state-owner", "failed", new RegExp(`cert\\.pem" belongs to user 0, not to ${OTHER_USER}`));
  });
});

Deno.test("doctor finds what is missing, due or foreign in state and webhook kubeconfig, and init mends it", async (t) => {
  await using patient = await admit();
  const { site, stateDir, port, expect, mend } = patient;
  const kubeconfig = () => Deno.readTextFile(site.webhookKubeconfig);
  const rewrite = async (from: string | RegExp, to: string) =>
    await Deno.writeTextFile(site.webhookKubeconfig, (await kubeconfig()).replace(from, to));
  await t.step("all is well at first", async () => {
    await expect("state", "ok");
    await expect("webhook-kubeconfig", "ok", new RegExp(`https://localhost:${port}/authenticate`));
  });
  await t.step("no certificate", async () => {
    await Deno.remove(`${stateDir}/cert.pem`);
    await mend("state", "failed", /there is no ".*cert\.pem"/);
  });
  await t.step("no webhook kubeconfig", async () => {
    await Deno.remove(site.webhookKubeconfig);
    await mend("webhook-kubeconfig", "failed", /there is no such file/);
  });
  await t.step("another port", async () => {
    await rewrite(`:${port}/`, ":1/");
    await mend("webhook-kubeconfig", "failed", /its URL is "https:\/\/localhost:1\/authenticate"/);
  });
  await t.step("another host", async () => {
    await rewrite("localhost", "api.example.com");
    await mend("webhook-kubeconfig", "warning", /another host/);
  });
  await t.step("no CA", async () => {
    await rewrite(/ +certificate-authority-data: .*\n/, "");
    await mend("webhook-kubeconfig", "failed", /names no CA/);
  });
  await t.step("the CA of another init", async () => {
    const other = { stateDir: `${site.folder}/other`, hostname: "localhost", address: "127.0.0.1", port };
    await initialize(realWorld(), { ...other, kubeconfigPath: site.webhookKubeconfig });
    await mend("webhook-kubeconfig", "failed", /its CA is another one than the state's/);
  });
  await t.step("a program for kube-apiserver to run", async () => {
    const good = await kubeconfig();
    await rewrite("    user:\n", "    user:\n      exec:\n        command: /bin/true\n");
    await expect("webhook-kubeconfig", "failed", /its user has "exec"/);
    await Deno.writeTextFile(site.webhookKubeconfig, good);
  });
  for (
    const [what, text, why] of [
      ["text that is not YAML", "{", /is not YAML/],
      ["something else", "kind: Config\n", /names no cluster/],
      [
        "a CA that is none",
        "current-context: a\ncontexts: [{name: a, context: {cluster: a}}]\nclusters: [{name: a, cluster: {server: 'https://a', certificate-authority-data: YQ==}}]\n",
        /not a PEM certificate/,
      ],
    ] as const
  ) {
    await t.step(`a webhook kubeconfig that is ${what}`, async () => {
      const good = await kubeconfig();
      await Deno.writeTextFile(site.webhookKubeconfig, text);
      await expect("webhook-kubeconfig", "failed", why);
      await Deno.writeTextFile(site.webhookKubeconfig, good);
    });
  }
  await t.step("a certificate that is due", async () => {
    await Deno.remove(`${stateDir}/cert.pem`);
    const then = new Date(Date.now() - 300 * 86_400_000);
    // The CA must have been valid then.
    await Deno.remove(stateDir, { recursive: true });
    const old = { ...realWorld(), now: () => then };
    const options = { stateDir, hostname: "localhost", address: "127.0.0.1", port };
    await initialize(old, { ...options, kubeconfigPath: site.webhookKubeconfig });
    await mend("state", "warning", /is due/);
  });
  await t.step("a lost CA, which no init mends", async () => {
    await Deno.remove(`${stateDir}/ca.pem`);
    const { todo } = await expect("state", "failed", /without ca\.pem/);
    assert.match(todo!, /restore what is missing, or move the folder away/);
  });
});

Deno.test("doctor finds what is wrong with the config file, and goes on with what can be read of it", async (t) => {
  await using patient = await admit();
  const { site, expect, examine } = patient;
  await t.step("nothing at first", async () => {
    await expect("config", "ok", /1 rules, and nothing wrong/);
    await expect("cluster-id", "ok", /c-of-the-test/);
  });
  const good = await Deno.readTextFile(site.configFile);
  for (
    const [what, text, outcome, saw] of [
      ["an unknown key", `${good}  mapUser: []\n`, "failed", /unknown key "mapUser"/],
      ["an entry that is invalid", good.replace("user/alice", "usr/alice"), "warning", /invalid/],
      ["text that is not YAML", `${good}\n\t{`, "failed", /config\.yaml:\d+/],
      ["nothing", "", "warning", /No mapping source holds a rule/],
    ] as const
  ) {
    await t.step(what, async () => {
      await Deno.writeTextFile(site.configFile, text);
      await expect("config", outcome, saw);
      await Deno.writeTextFile(site.configFile, good);
    });
  }
  await t.step("with an unknown key, the state folder is the one that the file names", async () => {
    await Deno.writeTextFile(site.configFile, `${good}  mapUser: []\n`);
    assert.equal((await examine()).findings.get("state")!.outcome, "ok");
    await Deno.writeTextFile(site.configFile, good);
  });
  await t.step("no cluster id", async () => {
    await Deno.writeTextFile(site.configFile, good.replace(/^clusterID.*\n/, ""));
    await expect("cluster-id", "failed", /it is not set/);
    await Deno.writeTextFile(site.configFile, good);
  });
  await t.step("no file at all", async () => {
    await Deno.remove(site.configFile);
    await expect("config", "failed", /it does not exist/);
    await site.writeConfig(ALICE);
    await expect("config", "ok");
  });
});
