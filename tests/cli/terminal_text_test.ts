import assert from "node:assert/strict";
import { run } from "../../lib/cli/run.ts";
import { parseYaml } from "../../lib/yaml/read.ts";
import { plainOf } from "../../lib/yaml/access.ts";
import { fakeWorld } from "../config/fake_world.ts";

/** What a terminal obeys, does not show, or takes as a change of direction; line ends alone are ours. */
const RAW = /(?!\n)[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

const HOSTILE = {
  "a right-to-left override": "\u202e",
  "an isolate": "\u2066",
  "a character of no width": "\u200b",
  "a soft hyphen": "\u00ad",
  "a filler": "\u115f",
  "an invisible tag": "\u{e0041}",
  "a line separator": "\u2028",
  "an escape sequence": "\u001b[2J",
  "the same in one character": "\u009b2J",
  "a bell": "\u0007",
  "a delete": "\u007f",
  "a carriage return": "\r",
} as const;

/** What goes through every command; the others through two. */
const WITH_ALL_COMMANDS: readonly string[] = [HOSTILE["a right-to-left override"], HOSTILE["an escape sequence"]];

const ROLE = "arn:aws:iam::123456789012:role/Admin";
const RAM_ROLE = "acs:ram::1234567890123456:role/Admin";

/** Files that have the text in another place each; as JSON, which is YAML that can hold every character. */
function files(x: string): Readonly<Record<string, unknown>> {
  const server = (value: unknown) => ({ clusterID: "c", server: value });
  const rules = (entry: unknown) => server({ mapRoles: [entry] });
  const map = (data: unknown, name = "aws-auth") => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "kube-system" },
    data,
  });
  const resource = (metadata: unknown, spec: unknown) => ({
    apiVersion: "iamauthenticator.k8s.aws/v1alpha1",
    kind: "IAMIdentityMapping",
    metadata,
    spec,
  });
  return {
    "roleARN.yaml": rules({ roleARN: `${ROLE}${x}`, username: "a" }),
    "ram-role.yaml": rules({ roleARN: `${RAM_ROLE}${x}`, username: "a" }),
    "partition.yaml": rules({ roleARN: ROLE.replace("arn:aws", `arn:aws${x}`), username: "a" }),
    "account.yaml": rules({ roleARN: ROLE.replace("123456789012", `1${x}`), username: "a" }),
    "userARN.yaml": server({ mapUsers: [{ userARN: `arn:aws:iam::123456789012:user/a${x}`, username: "a" }] }),
    "username.yaml": rules({ roleARN: ROLE, username: `a${x}` }),
    "placeholder.yaml": rules({ roleARN: ROLE, username: `{{Session${x}}}` }),
    "group.yaml": rules({ roleARN: ROLE, username: "a", groups: [`g${x}`, "{{"] }),
    "userid.yaml": rules({ roleARN: ROLE, username: "a", userid: `AROA${x}` }),
    "sso.yaml": rules({
      sso: { permissionSetName: `Dev${x}`, accountID: `1${x}`, partition: `aws${x}` },
      username: "a",
    }),
    "key.yaml": rules({ roleARN: ROLE, username: "a", [`colour${x}`]: 1 }),
    "accounts.yaml": server({ mapAccounts: [`1${x}`] }),
    "option.yaml": { clusterID: `c${x}`, server: { [`port${x}`]: 1, backendMode: `File${x}` }, [`x${x}`]: 1 },
    "reserved.yaml": server({ reservedPrefixConfig: [{ backendMode: `CRD${x}`, [x]: 1 }] }),
    "dynamic.json": { mapRoles: [{ rolearn: `${ROLE}${x}`, username: `a${x}` }], [`Version${x}`]: "1" },
    "configmap.yaml": map({ mapRoles: `- {rolearn: ${JSON.stringify(ROLE + x)}, username: a}\n`, [`mapRole${x}`]: "" }),
    "other-configmap.yaml": map({ mapRoles: "[" + x }, `aws-auth${x}`),
    "resource.yaml": resource({ name: `r${x}` }, { arn: `${ROLE}${x}`, username: `a${x}`, groups: [x] }),
    "good-resource.yaml": resource({ name: `r${x}` }, { arn: ROLE, username: "a", groups: ["g"] }),
    "nothing.yaml": { kind: `Pod${x}`, [x]: x },
    [`good${x}.yaml`]: rules({ roleARN: ROLE, username: "a" }),
    [`bad${x}.yaml`]: rules({ roleARN: "nonsense", username: "a" }),
  };
}

/** Runs a command; what it wrote, together. */
async function output(args: readonly string[]): Promise<{ readonly out: string; readonly all: string }> {
  const world = fakeWorld();
  await run(args, world, () => Promise.resolve(new AbortController().signal));
  return { out: world.out(), all: world.out() + world.err() };
}

function assertShown(args: readonly string[], all: string): void {
  const raw = RAW.exec(all)?.[0];
  const told = raw === undefined
    ? ""
    : `\\u{${raw.codePointAt(0)!.toString(16)}} of ${JSON.stringify(args)} in: ${all}`;
  assert.equal(raw, undefined, told);
  assert.notEqual(all, "", JSON.stringify(args));
}

async function withFiles(x: string, body: (paths: readonly string[]) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const paths: string[] = [];
    for (const [name, value] of Object.entries(files(x))) {
      paths.push(`${folder}/${name}`);
      await Deno.writeTextFile(paths.at(-1)!, JSON.stringify(value));
    }
    await Deno.writeTextFile(`${folder}/raw.yaml`, `clusterID: c\nserver:\n  mapRoles: [${x}\n`);
    await body([...paths, `${folder}/raw.yaml`, `${folder}/missing${x}.yaml`]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const [what, x] of Object.entries(HOSTILE)) {
  Deno.test(`no command on mappings lets ${what} through to the terminal, from a file or its name`, () =>
    withFiles(x, async (paths) => {
      for (const path of paths) {
        const quick = [["check", path], ["mappings", "list", "-f", path]];
        const all = [
          ...quick,
          ["check", "-c", path],
          ["mappings", "list", "-c", path],
          ["mappings", "list", "-f", path, "-o", "yaml"],
          ["convert", path, "--to", "file"],
          ["convert", path, "--to", "configmap"],
          ["convert", path, "--to", "crd"],
          ["explain", ROLE, "-c", path],
          ["explain", RAM_ROLE, "-f", path],
        ];
        const isWhole = WITH_ALL_COMMANDS.includes(x);
        for (const args of isWhole ? all : quick) assertShown(args, (await output(args)).all);
        for (
          const args of [["check", path], ["mappings", "list", "-c", path], ["explain", ROLE, "-c", path]].slice(
            0,
            isWhole ? 3 : 1,
          )
        ) {
          const { out, all } = await output([...args, "-o", "json"]);
          assertShown(args, all);
          if (out !== "") JSON.parse(out);
        }
      }
    }));

  Deno.test(`no command on mappings lets ${what} through to the terminal, from an argument`, async () => {
    for (
      const args of [
        ["explain", `${ROLE}${x}`, "-f", "missing.yaml"],
        ["explain", `${RAM_ROLE}${x}`],
        ["explain", `k8s-ack-v2.${x}`, "-i", "c"],
        ["explain", `nonsense${x}`],
        ["verify", "-i", "c", "-t", `k8s-ack-v2.${x}`],
        ["verify", "-i", "c", "-t", `k8s-aws-v1.${x}`],
        ["verify", "-i", "c", "-t", `${x}k8s-aws-v1.`],
        ["verify", "-i", `c${x}`, "-t", "k8s-aws-v1.aHR0cHM"],
        ["verify", "-i", "c", "-t", "k8s-aws-v1.aHR0cHM", "--sts-ca-file", `missing${x}`],
        ["verify", "-i", "c", "-t", "k8s-ack-v2.e30", "--sts-endpoint", `host${x}`],
        ["verify", "-i", "c", "-t", `k8s-ack-v2.${btoa(encodeURIComponent(x))}`, "-o", "json"],
        ["check", `missing${x}`],
        ["check", `--o${x}`],
        ["convert", "missing", "--to", `crd${x}`],
        ["mappings", `list${x}`],
        ["mappings", "list", "-c", `missing${x}`],
        [`check${x}`],
      ]
    ) assertShown(args, (await output(args)).all);
  });
}

Deno.test("JSON and YAML hold the value all the same, by their own escapes", async () => {
  for (const x of [...Object.values(HOSTILE), Object.values(HOSTILE).join("")]) {
    await withFiles(x, async (paths) => {
      const path = paths.find((path) => path.includes("/good") && !path.includes("resource"))!;
      const list = ["mappings", "list", "-c", path, "-o"];
      const [json, yaml] = [await output([...list, "json"]), await output([...list, "yaml"])];
      assert.equal(JSON.parse(json.out).mappings[0].file, path);
      assert.deepEqual(plainOf(parseYaml(yaml.out)), JSON.parse(json.out));
      assertShown([...list, "yaml"], yaml.all);
      const bad = paths.find((path) => path.includes("/bad"))!;
      assert.equal(JSON.parse((await output(["check", bad, "-o", "json"])).out).problems[0].path, bad);
    });
  }
});

Deno.test("what any other command says of a path that somebody else named is shown and not obeyed", async () => {
  for (const x of Object.values(HOSTILE)) {
    const path = `/nonexistent/${x}`;
    const cluster = ["--server", "https://192.0.2.1:6443", "-i", "c"];
    for (
      const args of [
        ["kubeconfig", "--kubeconfig", path, ...cluster, "--dry-run"],
        ["config", "-i", `c${x}`],
        ["uninstall", "--root", path, "--dry-run"],
        ["init", "-i", "c", "--state-dir", path, "--dry-run"],
      ]
    ) assertShown(args, (await output(args)).all);
  }
});

Deno.test("a line end in a file's name begins no line of its own", () =>
  withFiles("\nforged: ", async (paths) => {
    for (const path of paths.filter((path) => path.includes("\n"))) {
      for (
        const args of [
          ["check", path],
          ["check", "-c", path],
          ["mappings", "list", "-c", path],
          ["convert", path, "--to", "crd"],
          ["explain", ROLE, "-c", path],
        ]
      ) assert.doesNotMatch((await output(args)).all, /^forged/m, JSON.stringify(args));
    }
  }));
