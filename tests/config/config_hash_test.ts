import assert from "node:assert/strict";
import { acceptedClouds } from "../../lib/config/accepted_clouds.ts";
import { configHash, HASHED_NAMES } from "../../lib/config/config_hash.ts";
import { loadSettings } from "../../lib/config/settings.ts";
import { fakeWorld, withFile } from "./fake_world.ts";

const ROLE = "arn:aws:iam::123456789012:role/Dev";

const CONFIG = `clusterID: c
server:
  mapRoles:
    - {rolearn: "${ROLE}", username: dev, groups: [a, b]}
  scrubbedAccounts: ["123456789012"]
`;

async function hashOf(text: string): Promise<string> {
  let hash = "";
  await withFile(text, async (path) => {
    const settings = await loadSettings("server", new Map([["config", [path]]]), fakeWorld());
    hash = await configHash({ started: settings, current: settings, clouds: acceptedClouds(settings).clouds });
  });
  return hash;
}

for (
  const [what, text] of [
    ["comments, and more spaces", `# of ours\n${CONFIG.replace("clusterID: ", "clusterID:   ")}`],
    [
      "another notation, order and case of keys",
      `server: {scrubbedAccounts: 123456789012, maproles: [{groups: ["a", b], USERNAME: dev, roleARN: '${ROLE}'}]}
clusterID: "c"
`,
    ],
    ["a default that is written out", `${CONFIG}  maxTokenAge: 900\n  backendMode: File\n`],
    ["the clouds that the mappings name, written out", `clouds: [aws]\n${CONFIG}`],
    [
      "what is of the node",
      `${CONFIG}  address: 10.0.0.1\n  port: 1\n  stateDir: /x\n  hostname: h\n  logVerbosity: debug\n  audit: {path: /x}\n`,
    ],
  ] as const
) {
  Deno.test(`the hash of a config is the same with ${what}`, async () => {
    assert.equal(await hashOf(text), await hashOf(CONFIG));
  });
}

for (
  const [what, text] of [
    ["another cluster", CONFIG.replace("clusterID: c", "clusterID: d")],
    ["another group", CONFIG.replace("[a, b]", "[a, c]")],
    ["rules in another order", CONFIG.replace("mapRoles:\n", `mapRoles:\n    - {rolearn: "${ROLE}", username: x}\n`)],
    ["an entry that cannot be used", CONFIG.replace("username: dev", "username: ''")],
    ["a denial", `${CONFIG}  deny: {arns: ["${ROLE}"]}\n`],
    ["a reservation", `${CONFIG}  reservedPrefixConfig: [{backendMode: CRD, systemNames: allow}]\n`],
    ["another host of STS", `${CONFIG}  stsHosts: [sts.internal.example]\n`],
    ["an account that is scrubbed", CONFIG.replace('["123456789012"]', '["123456789012", "210987654321"]')],
    ["a shorter age of tokens", `${CONFIG}  maxTokenAge: 600\n`],
  ] as const
) {
  Deno.test(`the hash of a config is another with ${what}`, async () => {
    assert.notEqual(await hashOf(text), await hashOf(CONFIG));
  });
}

Deno.test("the hash has the form of kube-apiserver's, and what it covers is in docs/operations.md", async () => {
  assert.match(await hashOf(CONFIG), /^sha256:[0-9a-f]{64}$/);
  const text = (await Deno.readTextFile("docs/operations.md")).replaceAll(/\s+/g, " ");
  const [, listed] = /The hash covers (.*?)\. /.exec(text)!;
  assert.deepEqual([...listed!.matchAll(/`([^`]+)`/g)].map(([, name]) => name).sort(), HASHED_NAMES);
});
