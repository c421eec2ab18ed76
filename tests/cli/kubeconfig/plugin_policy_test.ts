import assert from "node:assert/strict";
import { missingPermission } from "../../../lib/cli/kubeconfig/plugin_policy.ts";
import { fakeWorld } from "../../config/fake_world.ts";
import { makeHome } from "./home.ts";

const HEAD = "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n";

async function missing(kuberc: string | undefined, environment: Readonly<Record<string, string>> = {}) {
  await using home = await makeHome("kind: Config\n");
  if (kuberc !== undefined) await Deno.writeTextFile(`${home.path}/.kube/kuberc`, kuberc);
  const text = await missingPermission(fakeWorld({ HOME: home.path, ...environment }));
  return text?.replace(`${home.path}/`, "");
}

for (
  const [what, kuberc, environment] of [
    ["no preferences", undefined, {}],
    ["no policy", HEAD, {}],
    ["a policy that allows all", `${HEAD}credentialPluginPolicy: AllowAll\n`, {}],
    [
      "an entry of kubectl 1.35",
      `${HEAD}credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{name: ram-auth}]\n`,
      {},
    ],
    [
      "an entry with a path",
      `${HEAD}credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{command: /opt/bin/ram-auth}]\n`,
      {},
    ],
    ["preferences that are off", `${HEAD}credentialPluginPolicy: DenyAll\n`, { KUBERC: "off" }],
    ["preferences that are somewhere else", `${HEAD}credentialPluginPolicy: DenyAll\n`, { KUBERC: "/none" }],
    ["what is no YAML", "a: 1\n\tb: 2\n", {}],
    ["a list", "- a\n", {}],
    ["entries of other kinds", `credentialPluginPolicy: [5]\ncredentialPluginAllowlist: 5\n`, {}],
  ] as const
) {
  Deno.test(`kubectl runs us with ${what}`, async () => assert.equal(await missing(kuberc, environment), undefined));
}

Deno.test("the entry that is missing has the key of those that are there", async () => {
  const listed = `${HEAD}credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{name: other}]\n`;
  assert.equal(
    await missing(listed),
    ".kube/kuberc does not let kubectl run ram-auth; it needs:\n  credentialPluginPolicy: Allowlist\n" +
      "  credentialPluginAllowlist:\n  - name: ram-auth\n",
  );
  assert.match(await missing(listed.replace("name: other", "command: other")) ?? "", /\n {2}- command: ram-auth\n/);
  assert.match(await missing(`${HEAD}credentialPluginPolicy: DenyAll\n`) ?? "", /kubectl 1\.35 has "name"/);
});

Deno.test("ram-auth kubeconfig prints the entry that kubectl's preferences need", async () => {
  await using home = await makeHome("kind: Config\n");
  await Deno.writeTextFile(`${home.path}/.kube/kuberc`, `${HEAD}credentialPluginPolicy: Allowlist\n`);
  const { code, err } = await home.run(["-i", "c1", "--server", "https://192.0.2.1"]);
  assert.equal(code, 0);
  assert.match(err, /^ram-auth: notice: \S+\/\.kube\/kuberc does not let kubectl run ram-auth; it needs:\n/);
});
