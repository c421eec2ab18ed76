import assert from "node:assert/strict";
import { run } from "../../../lib/cli/run.ts";
import { plainOf } from "../../../lib/yaml/access.ts";
import { parseYaml } from "../../../lib/yaml/read.ts";
import { fakeWorld } from "../../config/fake_world.ts";

const ACCOUNT = "arn:aws:iam::123456789012";

interface Done {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `ram-auth convert` on standard input. */
async function convert(form: string, text: string): Promise<Done> {
  const world = {
    ...fakeWorld(),
    stdin: { readable: ReadableStream.from([new TextEncoder().encode(text)]), isTerminal: false },
  };
  const code = await run(["convert", "--to", form], world);
  return { code, out: world.out(), err: world.err() };
}

/** Mappings that every form has words for. */
const PLAIN = `server:
  mapRoles:
    - roleARN: ${ACCOUNT}:role/Admin
      username: admin:{{SessionName}}
      groups:
        - a
        - b
    - roleARN: ${ACCOUNT}:role/*
      username: "yes"
  mapUsers:
    - userARN: ${ACCOUNT}:user/ops/dave
      username: dave
`;

/** Mappings that only files and ConfigMaps have words for. */
const RICH = `server:
  mapRoles:
    - sso:
        permissionSetName: Dev_Ops
        accountID: "012345678901"
        partition: aws-cn
      username: dev
    - roleARN: ${ACCOUNT}:role/Admin
      username: admin
      userid: AROAEXAMPLE
  mapAccounts:
    - "012345678901"
`;

Deno.test("ram-auth convert writes a file as a ConfigMap, in the keys of the peers", async () => {
  assert.deepEqual(await convert("configmap", PLAIN), {
    code: 0,
    err: "",
    out: `apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: ${ACCOUNT}:role/Admin
      username: admin:{{SessionName}}
      groups:
        - a
        - b
    - rolearn: ${ACCOUNT}:role/*
      username: "yes"
  mapUsers: |
    - userarn: ${ACCOUNT}:user/ops/dave
      username: dave
`,
  });
});

Deno.test("ram-auth convert writes a file as custom resources, whose names keep the order", async () => {
  const { code, out, err } = await convert("crd", PLAIN);
  assert.deepEqual([code, err], [0, ""]);
  const resource = (name: string, spec: unknown) => ({
    apiVersion: "iamauthenticator.k8s.aws/v1alpha1",
    kind: "IAMIdentityMapping",
    metadata: { name },
    spec,
  });
  assert.deepEqual(plainOf(parseYaml(out)), {
    apiVersion: "v1",
    kind: "List",
    items: [
      resource("00001-admin", {
        arn: `${ACCOUNT}:role/Admin`,
        username: "admin:{{SessionName}}",
        groups: ["a", "b"],
      }),
      resource("00002-any", { arn: `${ACCOUNT}:role/*`, username: "yes", groups: [] }),
      resource("00003-dave", { arn: `${ACCOUNT}:user/ops/dave`, username: "dave", groups: [] }),
    ],
  });
});

for (
  const [what, text, forms] of [
    ["plain mappings as a ConfigMap", PLAIN, ["configmap", "file"]],
    ["plain mappings as custom resources", PLAIN, ["crd", "file"]],
    ["plain mappings as each of them", PLAIN, ["configmap", "crd", "configmap", "file"]],
    ["accounts, permission sets and pins as a ConfigMap", RICH, ["configmap", "file"]],
    [
      "mappings of both clouds as two ConfigMaps",
      PLAIN.replace(`${ACCOUNT}:role/Admin`, "acs:ram::1234567890123456:role/Admin").replace(
        / {4}- roleARN: [^\n]*\*\n.*\n/,
        "",
      ),
      ["configmap", "crd", "file"],
    ],
  ] as const
) {
  Deno.test(`ram-auth convert loses nothing of ${what}`, async () => {
    let current = text;
    for (const form of forms) {
      const { code, out, err } = await convert(form, current);
      assert.deepEqual([code, err], [0, ""]);
      current = out;
    }
    assert.equal(current, text);
  });
}

for (
  const [what, form, text, message] of [
    ["a permission set", "crd", RICH, /^-:3:7: left out: .*permission set/m],
    ["a pinned id", "crd", RICH, /^-:8:7: left out: .*no userid/m],
    ["an account", "crd", RICH, /^-:12:7: left out: .*mapAccounts/m],
    [
      "an entry that cannot be used",
      "configmap",
      `mapRoles:\n- rolearn: ${ACCOUNT}:role/A\n`,
      /^-:2:3: left out: .*no username/m,
    ],
    [
      "a system name that the file would give and the resource may not",
      "file",
      `kind: IAMIdentityMapping\nmetadata: {name: x}\nspec: {arn: "${ACCOUNT}:role/A", username: a, groups: ["system:masters"]}\n`,
      /^-:1:1: left out: its group "system:masters" starts with "system:", which CRD may not give/m,
    ],
    ...["kubeadm:masters", "ram-auth:masters"].map((group) =>
      [
        `the administrators' group ${group}`,
        "file",
        `kind: IAMIdentityMapping\nmetadata: {name: x}\nspec: {arn: "${ACCOUNT}:role/A", username: a, groups: ["${group}"]}\n`,
        new RegExp(
          `^-:1:1: left out: its group "${group}" starts with "[a-z-]+:", which CRD may not give and a config`,
          "m",
        ),
      ] as const
    ),
    [
      "a group that a session may make an administrators'",
      "file",
      `kind: IAMIdentityMapping\nmetadata: {name: x}\n` +
      `spec: {arn: "${ACCOUNT}:role/A", username: a, groups: ["{{SessionName}}:masters"]}\n`,
      /^-:1:1: left out: its group .* may start with "kubeadm:", which CRD may not give/m,
    ],
  ] as const
) {
  Deno.test(`ram-auth convert leaves ${what} out, says so, and fails`, async () => {
    const { code, out, err } = await convert(form, text);
    assert.match(err, message);
    assert.deepEqual([code, /role\/A\b|AROAEXAMPLE|masters/.test(out)], [1, false], out);
  });
}

Deno.test("ram-auth convert warns of names that the new place may not give", async () => {
  const text = `server:\n  mapRoles:\n  - {roleARN: "${ACCOUNT}:role/A", username: a, groups: ["system:masters"]}\n`;
  const { code, err } = await convert("configmap", text);
  assert.equal(code, 0);
  assert.match(err, /^-:3:5: warning: This rule lets nobody in: /);
});

for (
  const [what, args, text, code, message] of [
    ["no form", [], "", 2, /without "to"/],
    ["an unknown form", ["--to", "toml"], "", 2, /give one of file, configmap, crd/],
    ["what is no YAML", ["--to", "crd"], "a: [", 1, /"-": \d+ problems?/],
    ["a config file that cannot be used", ["--to", "crd"], "clusterIdd: c\n", 1, /unknown key/],
  ] as const
) {
  Deno.test(`ram-auth convert refuses ${what}`, async () => {
    const world = {
      ...fakeWorld(),
      stdin: { readable: ReadableStream.from([new TextEncoder().encode(text)]), isTerminal: false },
    };
    assert.equal(await run(["convert", ...args], world), code);
    assert.match(world.err(), message);
    assert.equal(world.out(), "");
  });
}

/** The ConfigMaps that were written, each with its sections. */
function configMapsIn(out: string): Readonly<Record<string, unknown>> {
  const root = plainOf(parseYaml(out)) as { readonly items?: readonly unknown[] };
  const items = (root.items ?? [root]) as { readonly metadata: { readonly name: string }; readonly data: unknown }[];
  return Object.fromEntries(items.map(({ metadata, data }) => [metadata.name, data]));
}

const AWS_ACCOUNT = '- "123456789012"\n';
const ALIBABA_ACCOUNT = '- "1234567890123456"\n';

for (
  const [what, text, maps] of [
    ["of AWS alone", "mapAccounts: ['123456789012']", { "aws-auth": { mapAccounts: AWS_ACCOUNT } }],
    ["of Alibaba Cloud alone", "mapAccounts: ['1234567890123456']", {
      "alibabacloud-auth": { mapAccounts: ALIBABA_ACCOUNT },
    }],
    [
      "of both clouds, beside the ARN of one",
      `mapAccounts: ['123456789012', '1234567890123456']\nmapUsers: [{userarn: "acs:ram::1234567890123456:user/a", username: a}]`,
      {
        "alibabacloud-auth": {
          mapUsers: "- userarn: acs:ram::1234567890123456:user/a\n  username: a\n",
          mapAccounts: ALIBABA_ACCOUNT,
        },
        "aws-auth": { mapAccounts: AWS_ACCOUNT },
      },
    ],
    [
      "that lost a zero, beside ARNs of AWS",
      `mapAccounts: ['12345678901']\nmapUsers: [{userarn: "${ACCOUNT}:user/a", username: a}]`,
      { "aws-auth": { mapUsers: `- userarn: ${ACCOUNT}:user/a\n  username: a\n`, mapAccounts: '- "12345678901"\n' } },
    ],
    [
      "that lost a zero, in a config file for AWS",
      "clouds: [aws]\nserver: {mapAccounts: ['12345678901']}",
      { "aws-auth": { mapAccounts: '- "12345678901"\n' } },
    ],
    [
      "in the ConfigMap of a cloud",
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: alibabacloud-auth, namespace: kube-system}\ndata:\n  mapAccounts: |\n    - '1234567890'\n",
      { "alibabacloud-auth": { mapAccounts: '- "1234567890"\n' } },
    ],
  ] as const
) {
  Deno.test(`ram-auth convert writes accounts ${what} to the ConfigMap of their cloud and to no other`, async () => {
    const { code, out } = await convert("configmap", text);
    assert.deepEqual([code, configMapsIn(out)], [0, maps]);
  });
}

Deno.test("ram-auth convert names the source of each rule's cloud in its advice", async () => {
  const groups = 'username: a, groups: ["system:masters"]';
  const text = `server:\n  mapUsers:\n  - {userARN: "${ACCOUNT}:user/a", ${groups}}\n` +
    `  - {userARN: "acs:ram::1234567890123456:user/a", ${groups}}\n`;
  const { err } = await convert("configmap", text);
  assert.match(
    err,
    /^-:3:5: warning: .* which EKSConfigMap may not give; .* for EKSConfigMap in reservedPrefixConfig$/m,
  );
  assert.match(
    err,
    /^-:4:5: warning: .* which ACKConfigMap may not give; .* for ACKConfigMap in reservedPrefixConfig$/m,
  );
  assert.equal(err.trimEnd().split("\n").length, 2);
});
