/**
 * Whatever is wrong with what people give, it is told in words of ours: none of a library, of the runtime or of the
 * operating system.
 */

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import * as yaml from "yaml";
import { addition } from "../../lib/cli/edit/add.ts";
import { editConfigMap } from "../../lib/cli/edit/agreed_edit.ts";
import { removal } from "../../lib/cli/edit/remove.ts";
import { run } from "../../lib/cli/run.ts";
import { loadClouds } from "../../lib/clouds/registry.ts";
import { RamAuthError } from "../../lib/errors.ts";
import { rulesOfConfigMap } from "../../lib/mapping/forms/config_map_sections.ts";
import { bySection } from "../../lib/mapping/rule.ts";
import { createRuleSource } from "../../lib/mapping/rule_source.ts";
import { atOnce } from "../../lib/steps.ts";
import { readEntries } from "../../lib/yaml/read_aside.ts";
import { YamlError } from "../../lib/yaml/read.ts";
import { fakeWorld, withFile } from "../config/fake_world.ts";
import { below, pick, type Random, seededRandom } from "../support/seeded_random.ts";
import { Store } from "./edit/config_map_store.ts";

const IAM = "arn:aws:iam::123456789012";

/** What no message may hold: what the YAML package calls its parts, its codes and its complaints, and the runtime's words. */
function foreignWords(): RegExp {
  const index = createRequire(import.meta.url).resolve("yaml");
  const codes = /type ErrorCode = (.*);/.exec(Deno.readTextFileSync(index.replace(/index\.js$/, "errors.d.ts")))![1]!;
  // Of its names, those that are no words of English.
  const names = Object.keys(yaml).filter((name) => /[a-z][A-Z]|^YAML|^CST$/.test(name));
  const parts = [
    ...[
      "flow collection",
      "flow sequence",
      "flow map",
      "block collection",
      "block sequence",
      "block map",
      "block scalar",
    ],
    ...[
      "implicit key",
      "implicit map",
      "compact mapping",
      "nested mapping",
      "map-value-ind",
      "seq-item-ind",
      "explicit-key",
    ],
    ...[
      "scalar",
      "node end",
      "at node",
      "directives-end",
      "doc-start",
      "mapping items",
      "sequence item",
      "end of flow",
    ],
    ...[
      "unresolved tag",
      "invalid escape",
      "unexpected ,",
      "missing closing",
      "indicator",
      "token in yaml",
      "yaml stream",
    ],
  ];
  const runtime = [
    ...["undefined", "TypeError", "SyntaxError", "RangeError", "ENOENT", "EACCES", "ECONN", "fetch failed", "NaN"],
    ...[
      "[object Object]",
      "os error",
      "is not a function",
      "Cannot read prop",
      "Unexpected end of JSON",
      "at position",
    ],
    ...["Unexpected token", "is not valid JSON", "not iterable", "Invalid URL", "Maximum call stack", "    at "],
  ];
  const escaped = (words: readonly string[]) => words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const exact = escaped([...names, ...codes.split(" | ").map((code) => code.slice(1, -1)), ...runtime]);
  // In any case, but not within a longer word: "parsed" is one of ours.
  return new RegExp(`(?:${exact.join("|")})|(?:${escaped(parts).join("|")})`, "");
}

const FOREIGN = foreignWords();

/** Asserts that a text holds no word of others. The text that was given may, and is taken out where it is repeated. */
function assertOwn(said: string, given: string): void {
  const found = FOREIGN.exec(said) ?? FOREIGN.exec(said.toLowerCase());
  assert(found === null, `"${found?.[0]}" in: ${said}\nof: ${JSON.stringify(given)}`);
}

const ROLES = `- rolearn: ${IAM}:role/nodes
  username: system:node:{{EC2PrivateDNSName}}
  groups:
    - system:bootstrappers
    - system:nodes
# the administrators
- rolearn: "${IAM}:role/Admin"
  username: 'admin:{{SessionName}}'
  groups: [admins, "viewers"]
- groups:
  - viewers
  userid: AROAMADEUP
  rolearn: ${IAM}:role/ops
  username: ops
`;

const indented = (text: string, by: string) => text.replaceAll(/^(?=.)/gm, by);

/** What people have, in each form that the commands read. */
const FILES = [
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: aws-auth\n  namespace: kube-system\ndata:\n  mapRoles: |\n` +
  `${indented(ROLES, "    ")}  mapAccounts: |\n    - "123456789012"\n`,
  `clusterID: demo\nclouds: [aws]\nserver:\n  port: 21362\n  mapRoles:\n${indented(ROLES, "    ")}` +
  `  mapUsers:\n  - userARN: ${IAM}:user/ann\n    username: ann\n  reservedPrefixConfig:\n  - backendMode: CRD\n` +
  `    usernamePrefixReserveList: ["admin-"]\n`,
  `apiVersion: iamauthenticator.k8s.aws/v1alpha1\nkind: IAMIdentityMapping\nmetadata:\n  name: ann\nspec:\n` +
  `  arn: ${IAM}:user/ann\n  username: ann\n  groups:\n  - viewers\n---\napiVersion: v1\nkind: List\nitems: []\n`,
  JSON.stringify(
    { LastUpdatedDateTime: "1", mapRoles: [{ rolearn: `${IAM}:role/a`, username: "a", groups: ["g"] }] },
    null,
    2,
  ),
];

/** What a slip puts in. */
const SLIPS = [
  ...[
    "\t",
    " ",
    "  ",
    "\u00a0",
    "\u200b",
    "\ufeff",
    "\n",
    "\r",
    ":",
    ": ",
    " #",
    '"',
    "'",
    "“",
    "”",
    "-",
    "- ",
    "[",
    "]",
  ],
  ...[
    "{",
    "}",
    "{{SessionName}}",
    "{{",
    "}}",
    "&",
    "*",
    "&a ",
    "*a",
    "!",
    "!!x ",
    "!<",
    "%",
    "@",
    "`",
    "|",
    ">",
    "|9",
    "? ",
  ],
  ...[
    "\n---\n",
    "\n...\n",
    "\n%YAML 9\n",
    "\n%TAG\n",
    ",",
    "\\",
    "\\x",
    "\u0000",
    "\u0007",
    "~",
    "<<: ",
    "\ud800",
    "=",
    "🙂",
  ],
];

/** A text with one to three slips. */
function broken(text: string, random: Random): string {
  return Array.from({ length: 1 + below(3, random) }).reduce<string>((now) => {
    const at = below(now.length, random);
    const lines = now.split("\n");
    const line = below(lines.length, random);
    return pick<() => string>([
      () => now.slice(0, at) + pick(SLIPS, random) + now.slice(at),
      () => now.slice(0, at) + pick(SLIPS, random) + now.slice(at),
      () => now.slice(0, at) + pick(SLIPS, random) + now.slice(at + 1 + below(3, random)),
      () => now.slice(0, at) + now.slice(at + 1 + below(6, random)),
      () => lines.with(line, pick([" ", "   ", "\t", "\u00a0"], random) + lines[line]!).join("\n"),
      () => lines.with(line, lines[line]!.replace(/^ /, "")).join("\n"),
      () => lines.toSpliced(line, 1).join("\n"),
      () => lines.toSpliced(line, 0, pick(lines, random)).join("\n"),
      () => lines.with(line, lines[line]!.replace(/: (["']).*\1/, ": {{SessionName}}")).join("\n"),
      () => lines.with(line, lines[line]!.replaceAll('"', pick(["“", "'", ""], random))).join("\n"),
      () => now.slice(0, at),
    ], random)();
  }, text);
}

/** Runs a command. @returns all that it said, without the file's path */
async function saidBy(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  path = "",
): Promise<string> {
  const world = { ...fakeWorld(environment), stdin: { readable: ReadableStream.from([]), isTerminal: false } };
  await run(args, world);
  return (world.out() + world.err()).replaceAll(path === "" ? "\u0000" : path, "f");
}

Deno.test("the search finds what it looks for", () => {
  for (
    const word of [
      ...[
        "Source contains multiple documents; please use YAML.parseAllDocuments()",
        "a YAMLSeq",
        "BAD_INDENT",
        "undefined",
      ],
      ...[
        "Flow map must end with a }",
        "Nested mappings are not allowed in compact mappings",
        "Unexpected scalar at node end",
      ],
      ...["All sequence items must start at the same column", "TypeError: x", "(os error 2)", "[object Object]", "NaN"],
    ]
  ) {
    assert.throws(() => assertOwn(word, ""), word);
  }
  assertOwn("Put the value in quotes: a list, a map, a document, an alias, an anchor", "");
});

Deno.test("commands say in their own words what is wrong with 400 files of mappings", async () => {
  let failed = 0;
  for (let seed = 0; seed < 400; seed += 1) {
    const random = seededRandom(seed);
    const text = broken(pick(FILES, random), random);
    await withFile(text, async (path) => {
      for (
        const args of [
          ["check", path],
          ["check", "-c", path],
          ["check", "--as", "aws-iam-authenticator", path],
          ["explain", `${IAM}:role/ops`, "-f", path],
          ["explain", `${IAM}:role/ops`, "-c", path],
          ["convert", "--to", pick(["crd", "file", "configmap"], random), path],
          ["mappings", "list", "-f", path],
          ["mappings", "list", "-c", path],
          ["config", "-c", path],
        ]
      ) {
        const said = await saidBy(args, {}, path);
        if (/Cannot|invalid|error/.test(said)) failed += 1;
        assertOwn(said, text);
      }
    });
  }
  assert(failed > 1_000, `only ${failed} commands failed`);
});

Deno.test("the server says in its own words what is wrong with 400 ConfigMaps, and so do add and remove", async () => {
  const clouds = await loadClouds();
  let told = 0;
  for (let seed = 0; seed < 400; seed += 1) {
    const random = seededRandom(seed);
    const mapRoles = broken(ROLES, random);
    const reading = await readEntries(mapRoles).catch((error) => {
      assert(error instanceof YamlError);
      return error;
    });
    const readings = bySection((section) => section === "mapRoles" ? reading : undefined);
    const source = createRuleSource("EKSConfigMap", { clouds: [] });
    source.replace({ parsed: atOnce(rulesOfConfigMap({ mapRoles }, readings, { clouds })), reserved: new Map() });
    for (const { message } of source.problems()) {
      assertOwn(message, mapRoles);
      told += 1;
    }
    const entry = { section: "mapRoles", arn: `${IAM}:role/New`, username: "new", groups: [] } as const;
    for (const change of [await addition("role", entry), await removal("role", `${IAM}:role/ops`)]) {
      const world = { ...fakeWorld(), stdin: { readable: ReadableStream.from([]), isTerminal: false } };
      const store = new Store({ "aws-auth": { mapRoles } });
      try {
        await editConfigMap(world, change, { prompt: false, dryRun: false, connect: store.connect });
      } catch (error) {
        assert(error instanceof RamAuthError, String(error));
        assertOwn(error.message, mapRoles);
      }
    }
  }
  assert(told > 400, `only ${told} problems were told`);
});

const KUBECONFIG = `apiVersion: v1\nkind: Config\ncurrent-context: demo\nclusters:\n- name: demo\n  cluster:\n` +
  `    server: https://192.0.2.1:6443\ncontexts:\n- name: demo\n  context: {cluster: demo, user: demo}\nusers:\n` +
  `- name: demo\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1beta1\n      command: aws\n` +
  `      args: [eks, get-token, --cluster-name, demo]\n`;

const PROFILES = JSON.stringify({
  current: "default",
  profiles: [{ name: "default", mode: "AK", access_key_id: "LTAI5tMadeUp" }],
});

Deno.test("commands of users say in their own words what is wrong with their files", async () => {
  for (let seed = 0; seed < 150; seed += 1) {
    const random = seededRandom(seed);
    const kubeconfig = broken(KUBECONFIG, random);
    const profiles = broken(PROFILES, random);
    await withFile(kubeconfig, async (path) => {
      const home = path.replace(/\/[^/]*$/, "");
      await Deno.mkdir(`${home}/.aliyun`);
      await Deno.mkdir(`${home}/.aws`);
      await Deno.writeTextFile(`${home}/other`, kubeconfig.replace("command: aws", "command: /nowhere/plugin"));
      await Deno.writeTextFile(`${home}/.aliyun/config.json`, profiles);
      await Deno.writeTextFile(
        `${home}/.aws/config`,
        broken("[profile demo]\nregion = us-east-1\nrole_arn = x\n", random),
      );
      const environment = {
        HOME: home,
        ALIBABA_CLOUD_ECS_METADATA_DISABLED: "true",
        AWS_EC2_METADATA_DISABLED: "true",
      };
      for (
        const args of [
          ["kubeconfig", "-i", "demo", "--kubeconfig", path, "--dry-run"],
          ["kubeconfig", "--convert", "--kubeconfig", path, "--dry-run"],
          ["token", "-i", "demo"],
          ["token", "-i", "demo", "-c", path],
          ["mappings", "list", "--backend-mode", "EKSConfigMap", "--kubeconfig", `${home}/other`],
        ]
      ) assertOwn((await saidBy(args, environment, path)).replaceAll(home, "h"), `${kubeconfig}\n${profiles}`);
    });
  }
});

Deno.test("tokens, ARNs, files and flags that are none are refused in words of ours", async () => {
  for (
    const odd of [
      "",
      "x",
      "k8s-aws-v1.!",
      "k8s-ack-v2.e30",
      `${IAM}:role`,
      "arn:",
      "/nowhere",
      "/",
      "\u0000",
      "[",
      "{",
      "https://",
    ]
  ) {
    for (
      const args of [
        ["verify", "-t", odd, "-i", "demo"],
        ["explain", odd],
        ["explain", odd, "-f", "/nowhere/else"],
        ["check", odd],
        ["check", "-c", odd],
        ["convert", "--to", "file", odd],
        ["mappings", "list", "-c", odd],
        ["token", "-i", "demo", "-r", odd],
        ["token", "-i", "demo", "--sts-endpoint", odd],
        ["server", "-i", "demo", "-c", odd],
        ["init", "-i", "demo", "--address", odd, "--state-dir", "/dev/null/x"],
        ["kubeconfig", "-i", "demo", "--kubeconfig", odd, "--dry-run"],
        ["add", "role", "--rolearn", odd, "--username", odd, "--kubeconfig", "/nowhere/else"],
        ["config", "-c", odd],
        [odd],
      ]
    ) assertOwn(await saidBy(args, { HOME: "/nowhere", AWS_EC2_METADATA_DISABLED: "true" }), JSON.stringify(args));
  }
});
