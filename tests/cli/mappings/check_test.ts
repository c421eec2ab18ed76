import assert from "node:assert/strict";
import { run } from "../../../lib/cli/run.ts";
import { MAX_CONFIG_BYTES } from "../../../lib/config/file.ts";
import { MAX_DYNAMIC_FILE_BYTES } from "../../../lib/mapping/forms/dynamic_document.ts";
import { fakeWorld, withFile } from "../../config/fake_world.ts";

const ACCOUNT = "arn:aws:iam::123456789012";

interface Checked {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `ram-auth check`; the file's path is written as `f` in what it printed. */
async function check(
  content: string | Uint8Array,
  args: (path: string) => readonly string[] = (path) => [path],
): Promise<Checked> {
  const checked: Checked[] = [];
  await withFile(content, async (path) => {
    const world = fakeWorld();
    const code = await run(["check", ...args(path)], world);
    checked.push({ code, out: world.out().replaceAll(path, "f"), err: world.err().replaceAll(path, "f") });
  });
  return checked[0]!;
}

function configMap(data: string, name = "aws-auth"): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: kube-system\ndata:\n${data}`;
}

function config(server: string): string {
  return `clusterID: c\nserver:\n${server}`;
}

/** A file that is small, and huge once its aliases are written out. */
function bomb(): string {
  const letters = "abcdefghi".split("");
  const lists = letters.map((letter, i) => `${letter}: &${letter} [${Array(9).fill(i ? `*${letters[i - 1]}` : "x")}]`);
  return `${lists.join("\n")}\n`;
}

const ROLE = `rolearn: ${ACCOUNT}:role/A`;

/** Entries, from line 8 of a ConfigMap on, two lines each. */
function entries(count: number, roleOf: (i: number) => string = (i) => `A${i}`): string {
  const entry = (i: number) => `    - rolearn: ${ACCOUNT}:role/${roleOf(i)}\n      username: user-${i}\n`;
  return `  mapRoles: |\n${Array.from({ length: count }, (_, i) => entry(i)).join("")}`;
}

/** A section of a ConfigMap whose text has this many bytes: one entry, and comments. */
function sectionOf(bytes: number): string {
  const entry = `- ${ROLE}\n  username: größe\n#`;
  const rest = bytes - new TextEncoder().encode(entry).length - 1;
  return `  mapRoles: |\n${`${entry}${"x".repeat(rest)}`.replaceAll(/^/gm, "    ")}\n`;
}

/** The text, with comments to be this many bytes. */
function filled(text: string, bytes: number): string {
  const line = `#${"x".repeat(998)}\n`;
  const rest = bytes - text.length;
  return `${text}${line.repeat(Math.floor(rest / 1_000))}${`#${"x".repeat(rest % 1_000)}`.slice(0, rest % 1_000)}`;
}

for (
  const [what, content, want] of [
    ["an empty username", configMap(`  mapRoles: |\n    - ${ROLE}\n      username:\n`), [
      /^f:9:\d+: invalid: .* username/,
    ]],
    ["an empty text as username", config(`  mapRoles:\n  - ${ROLE}\n    username: ""\n`), [
      /^f:5:15: invalid: .*empty/,
    ]],
    [
      "a fault between blank lines",
      configMap(`  mapRoles: |\n\n    - ${ROLE}\n\n      username: a\n\n\n    - ${ROLE}b\n      usrname: b\n`),
      [/^f:14:7: invalid: .* no username/, /^f:15:7: invalid: .* did you mean "username"\?$/],
    ],
    ["tabs in a ConfigMap", configMap(`  mapRoles: |\n    - ${ROLE}\n    \tusername: a\n`), [
      /^f:9:5: invalid: .* indented with a tab \(U\+0009\)/,
    ]],
    ["tabs in a config file", config("\tmapRoles: []\n"), [/^f:3:1: error: .* indented with a tab/]],
    ["a text in a text", configMap(`  mapRoles: |\n    "- ${ROLE}"\n`), [/^f:8:5: invalid: .* a text within a text/]],
    ["a text in a config file", config(`  mapRoles: |\n    - ${ROLE}\n`), [/^f:3:13: invalid: .* it is a text/]],
    [
      "a key twice in an entry",
      configMap(`  mapRoles: |\n    - ${ROLE}\n      username: a\n      username: b\n`),
      [/^f:10:7: invalid: .* comes twice in its map; keep one/],
    ],
    ["a key twice in two cases", config("  mapRoles: []\n  maproles: []\n"), [/^f:4:3: error: .* given twice: line 3/]],
    [
      "a merge key",
      config(`  mapRoles:\n  - &x\n    ${ROLE}\n    username: a\n  - <<: *x\n    ${ROLE}b\n    username: b\n`),
      [/^f:7:5: invalid: .* nothing is known as "<<"/],
    ],
    ["a fault behind a byte order mark", `\ufeff${config(`  mapRoles:\n  - ${ROLE}\n`)}`, [
      /^f:4:5: invalid: .* no username/,
    ]],
    [
      "lines that end as on Windows",
      configMap(`  mapRoles: |\n    - ${ROLE}\n      username: a\n    - ${ROLE}b\n`).replaceAll("\n", "\r\n"),
      [/^f:10:7: invalid: .* no username/],
    ],
    ["a list in the place of an entry", config("  mapRoles:\n  - [a, b]\n"), [/^f:4:5: invalid: .* it is a list/]],
    ["a list in the place of the file", "- a\n- b\n", [/^f:1:1: error: .* not a list$/]],
    ["a list in the place of data", configMap("  - a\n"), [/^f:7:3: invalid: Cannot use data: it is a list/]],
    ["a map in the place of a list", config(`  mapRoles:\n    ${ROLE}\n`), [/^f:4:5: invalid: .* it is a map/]],
    ["groups as a text", config(`  mapRoles:\n  - ${ROLE}\n    username: a\n    groups: g\n`), [
      /^f:6:13: invalid: .* groups/,
    ]],
    ["an account that is no number in digits", config("  mapAccounts:\n  - 0o17\n"), [
      /^f:4:5: invalid: .* account id/,
    ]],
    [
      "userarn under mapRoles",
      configMap(`  mapRoles: |\n    - userarn: ${ACCOUNT}:user/A\n      username: a\n`),
      [/^f:8:16: invalid: .* move the entry/],
    ],
    [
      "the ARN of a user under mapRoles",
      configMap(`  mapRoles: |\n    - rolearn: ${ACCOUNT}:user/A\n      username: a\n`),
      [/^f:8:16: invalid: .* move the entry to mapUsers$/],
    ],
    [
      "an ARN with a space behind it",
      configMap(`  mapRoles: |\n    - rolearn: "${ACCOUNT}:role/A "\n      username: a\n`),
      [/^f:8:16: invalid: .* white space around it/],
    ],
    [
      "a merge key in a ConfigMap",
      configMap(`  mapRoles: |\n    - &x {${ROLE}, username: a}\n    - {<<: *x, ${ROLE}b}\n`),
      [/^f:9:7: invalid: .* no username/, /^f:9:8: invalid: .* nothing is known as "<<"/],
    ],
    [
      "an anchor that is nowhere",
      configMap(`  mapRoles: |\n    - ${ROLE}\n      username: *x\n`),
      [/^f:9:17: invalid: .* Nothing is anchored as "&x"/],
    ],
    [
      "an account in a permission set that is no number in digits",
      config("  mapRoles:\n  - sso: {permissionSetName: A, accountID: 1e11}\n    username: a\n"),
      [/^f:4:44: invalid: .* write its digits in quotes/],
    ],
    [
      "a YAML bomb in a ConfigMap",
      configMap(`  mapRoles: |\n${bomb().replaceAll(/^(?=.)/gm, "    ")}`),
      [/^f:\d+:\d+: invalid: Cannot use mapRoles: It holds more than 1000000 values/],
    ],
    [
      "a ConfigMap of 1 MiB and a byte, which no API server takes",
      configMap(`${sectionOf(1_048_576)}  ours: "1"\n`),
      [/^f:7:3: invalid: Cannot use data: it holds 1048577 bytes, .* at most 1048576 in one ConfigMap; move /],
    ],
    [
      "the only bad one of 10,000 entries",
      configMap(entries(10_000).replace("username: user-7776\n", "usernme: user-7776\n")),
      [
        /^f:15560:7: invalid: Cannot use entry 7777 of mapRoles: it has no/,
        /^f:15561:7: .* did you mean "username"\?$/,
      ],
    ],
    [
      "entries that come twice among 10,000",
      configMap(entries(10_000, (i) => `A${i === 9_999 ? 17 : i === 5_000 ? 42 : i}`)),
      [/^f:42:7: warning: .* rule at line 20006 .*comes last/, /^f:92:7: warning: .* rule at line 10008 .*comes last/],
    ],
    [
      "a config file that is larger than a server reads",
      filled(config(`  mapRoles:\n  - ${ROLE}\n    username: a\n`), MAX_CONFIG_BYTES + 1),
      [/^f:1:1: error: .* larger than 8388608 bytes; move mappings to a DynamicFile$/],
    ],
    [
      "a file that is larger than any that is read",
      filled("mapRoles: []\n", MAX_DYNAMIC_FILE_BYTES + 1),
      [/^f:1:1: error: .* larger than 16777216 bytes; make it smaller$/],
    ],
    ["a YAML bomb", bomb(), [/^f:\d+:\d+: error: It holds more than 1000000 values/]],
    ["a file that is nested too deep", `${"[".repeat(50)}${"]".repeat(50)}`, [/^f:1:33: error: .* nested deeper/]],
    [
      "a section that is no block of text, by the line in it",
      configMap(`  mapRoles: "- ${ROLE}\\n  username: a\\n- ${ROLE}b\\n"\n`),
      [/^f:7:13: invalid: Line 3 of the text: .* no username/],
    ],
    ["an unknown key", config("  mapRolez: []\n"), [/^f:3:3: error: .* did you mean "mapRoles"\?$/]],
    ["an unknown section", configMap("  mapRolez: |\n    []\n"), [/^f:7:3: warning: .* did you mean "mapRoles"\?$/]],
    ["a ConfigMap that no source reads", configMap("  mapRoles: '[]'\n", "other"), [
      /^f:4:3: invalid: .*kube-system\/other/,
    ]],
    [
      "a role with its path",
      config(`  mapRoles:\n  - rolearn: ${ACCOUNT}:role/p/A\n    username: a\n`),
      [/^f:4:5: warning: Entry 1 of mapRoles: read without its path/],
    ],
    [
      "two rules that differ by case alone",
      config(`  mapRoles:\n  - ${ROLE}\n    username: a\n  - rolearn: ${ACCOUNT}:role/a\n    username: b\n`),
      [/^f:4:5: warning: .* line 6 names the same \(case does not matter\) and comes last/],
    ],
    [
      "a name that the source may not give",
      configMap(`  mapRoles: |\n    - ${ROLE}\n      username: system:node:x\n`),
      [/^f:8:7: warning: .* EKSConfigMap may not give/],
    ],
    [
      "a reserved prefix without an end",
      config("  reservedPrefixConfig:\n  - backendMode: Nothing\n    usernamePrefixReserveList: [a]\n"),
      [/^f:4:18: error: .* unknown/],
    ],
    [
      "custom resources, both clouds at once",
      "kind: List\nitems:\n" +
      "- {apiVersion: iamauthenticator.k8s.aws/v1alpha1, kind: IAMIdentityMapping,\n" +
      "   metadata: {name: x}, spec: {arn: nonsense, username: a}}\n" +
      "- {apiVersion: ramauthenticator.k8s.alibabacloud/v1alpha1, kind: RAMIdentityMapping,\n" +
      "   metadata: {name: y}, spec: {arn: acs:ram::1234567890123456:user/a}}\n- kind: Pod\n",
      [
        /^f:3:3: invalid: resource .*x": /,
        /^f:5:3: invalid: resource .*y": .* no username/,
        /^f:7:3: notice: This "Pod" holds no mappings; those that are read are ConfigMap, RAMIdentityMapping, /,
      ],
    ],
    ["an unknown key of a DynamicFile", `{"mapRoles": [],\n "bogus": 1}`, [/^f:2:2: invalid: .*"bogus"/]],
    ["a file that is not UTF-8", new Uint8Array([0xff, 0xfe, 0x00]), [/^f:1:1: error: .* not UTF-8/]],
    [
      "an error, a fault and a notice together, by line",
      config(
        `  mapRolez: []\n  mapRoles:\n  - ${ROLE}\n  - rolearn: ${ACCOUNT}:role/p/B\n    username: b\n  mapAccounts: [x]\n`,
      ),
      [/^f:3:3: error/, /^f:5:5: invalid/, /^f:6:5: warning/, /^f:8:17: invalid/],
    ],
  ] as const satisfies readonly (readonly [string, string | Uint8Array, readonly RegExp[]])[]
) {
  Deno.test(`ram-auth check tells the place of ${what}, and fails`, async () => {
    const { code, out, err } = await check(content);
    const lines = out.trimEnd().split("\n").slice(0, -1);
    assert.deepEqual({ code, err, count: lines.length }, { code: 1, err: "", count: want.length }, out);
    for (const [i, pattern] of want.entries()) assert.match(lines[i]!, pattern);
    assert.doesNotMatch(out, /\.ts:/);
  });
}

for (
  const [what, content, summary] of [
    ["a good config file", config(`  mapRoles:\n  - ${ROLE}\n    username: a\n`), "1 rule in 1 file: nothing is wrong"],
    [
      "sections without a value",
      config(`  mapRoles:\n  mapUsers: [{userarn: "${ACCOUNT}:user/A", username: a}]\n  mapAccounts: ~\n`),
      "1 rule in 1 file: nothing is wrong",
    ],
    [
      "sections without a value in a ConfigMap",
      configMap(`  mapRoles: '[{${ROLE}, username: a}]'\n  mapUsers: null\n  mapAccounts: ""\n`),
      "1 rule in 1 file: nothing is wrong",
    ],
    ["10,000 entries", configMap(entries(10_000)), "10000 rules in 1 file: nothing is wrong"],
    ["a ConfigMap of 1 MiB", configMap(sectionOf(1_048_576)), "1 rule in 1 file: nothing is wrong"],
    [
      "a config file as large as a server reads it",
      filled(config(`  mapRoles:\n  - ${ROLE}\n    username: a\n`), MAX_CONFIG_BYTES),
      "1 rule in 1 file: nothing is wrong",
    ],
    [
      "a DynamicFile as large as a server reads it",
      filled('mapAccounts: ["123456789012"]\n', MAX_DYNAMIC_FILE_BYTES),
      "1 rule in 1 file: nothing is wrong",
    ],
    [
      "10,000 custom resources",
      JSON.stringify({
        kind: "List",
        items: Array.from({ length: 10_000 }, (_, i) => ({
          apiVersion: "iamauthenticator.k8s.aws/v1alpha1",
          kind: "IAMIdentityMapping",
          metadata: { name: `m${i}` },
          spec: { arn: `${ACCOUNT}:role/A${i}`, username: "a" },
        })),
      }),
      "10000 rules in 1 file: nothing is wrong",
    ],
    [
      "10,000 aliases in a ConfigMap",
      configMap(`${entries(10_000).replace("user-0\n", "&u user-0\n").replaceAll(/: user-\d+\n/g, ": *u\n")}`),
      "10000 rules in 1 file: nothing is wrong",
    ],
    [
      "a ConfigMap with 10,000 keys of others",
      configMap(entries(1) + Array.from({ length: 10_000 }, (_, i) => `  key-${i}: |\n    - [\n`).join("")),
      "1 rule in 1 file: nothing is wrong",
    ],
    [
      "anchors in a config file",
      config(
        `  mapRoles:\n  - &x\n    ${ROLE}\n    username: &u a\n    groups: &g [v]\n  mapUsers:\n` +
          `  - {userarn: "${ACCOUNT}:user/A", username: *u, groups: *g}\n`,
      ),
      "2 rules in 1 file: nothing is wrong",
    ],
    [
      "an account in a permission set that looks octal",
      config("  mapRoles:\n  - sso: {permissionSetName: A, accountID: 012345678901}\n    username: a\n"),
      "1 rule in 1 file: nothing is wrong",
    ],
    [
      "an account that looks octal",
      `clouds: [aws]\n${config("  mapAccounts:\n  - 012345678901\n")}`,
      "1 rule in 1 file: 1 notice",
    ],
    ["keys of others in a ConfigMap", configMap(`${entries(1)}  ours: x\n`), "1 rule in 1 file: nothing is wrong"],
    [
      "a DynamicFile",
      `{"LastUpdatedDateTime": "1", "mapUsers": [], "mapAccounts": ["123456789012"]}`,
      "1 rule in 1 file: nothing is wrong",
    ],
  ] as const
) {
  Deno.test(`ram-auth check passes ${what}`, async () => {
    const { code, out, err } = await check(content);
    assert.deepEqual({ code, err, last: out.trimEnd().split("\n").at(-1) }, { code: 0, err: "", last: summary }, out);
  });
}

Deno.test("ram-auth check -o json has every problem with its place, for a program", async () => {
  const { code, out } = await check(config(`  mapRoles:\n  - ${ROLE}\n`), (path) => ["-c", path, "-o", "json"]);
  assert.equal(code, 1);
  assert.deepEqual(JSON.parse(out), {
    ok: false,
    rules: 0,
    problems: [{
      path: "f",
      line: 4,
      column: 5,
      severity: "invalid",
      message: "Cannot use entry 1 of mapRoles: it has no username; add one",
    }],
  });
});

Deno.test("ram-auth check follows the config file to its DynamicFile, and asks for pins where it does", async () => {
  await withFile(`{"mapRoles": [{"${ROLE.replace(": ", '": "')}", "username": "a"}]}`, async (dynamic) => {
    const text = `clouds: [aws]\n${
      config(`  backendMode: [DynamicFile]\n  dynamicfilepath: ${dynamic}\n  dynamicfileUserIDStrict: true\n`)
    }`;
    const { code, out } = await check(text, (path) => ["-c", path]);
    assert.equal(code, 1);
    assert.match(out.replaceAll(dynamic, "d"), /^d:1:15: invalid: .* no userid/);
  });
});

Deno.test("ram-auth check takes several files, a missing one among them", async () => {
  const { code, out } = await check(
    config(`  mapRoles: [{${ROLE}, username: a}]\n`),
    (path) => ["-c", path, "-f", `${path},${path}.gone`],
  );
  assert.equal(code, 1);
  assert.match(out, /^f\.gone:1:1: error: .* does not exist; check the path\n2 rules in 3 files: 1 error\n$/);
});

Deno.test("ram-auth check - reads standard input", async () => {
  const world = {
    ...fakeWorld(),
    stdin: { readable: ReadableStream.from([new TextEncoder().encode("- a\n")]), isTerminal: false },
  };
  assert.equal(await run(["check", "-"], world), 1);
  assert.match(world.out(), /^-:1:1: error: /);
});

Deno.test("ram-auth check - names the cap on standard input", async () => {
  const chunk = new Uint8Array(MAX_DYNAMIC_FILE_BYTES).fill(0x23);
  const world = { ...fakeWorld(), stdin: { readable: ReadableStream.from([chunk, chunk]), isTerminal: false } };
  assert.equal(await run(["check", "-"], world), 1);
  assert.match(world.out(), /^-:1:1: error: Cannot read standard input: it is larger than 16777216 bytes; make it/);
});

Deno.test("ram-auth check without a file is wrong usage", async () => {
  const world = fakeWorld();
  assert.equal(await run(["check"], world), 2);
  assert.match(world.err(), /^ram-auth: Cannot /);
});

for (
  const [what, section, entry, good, warning] of [
    [
      "a username that the caller chooses",
      "mapRoles",
      `{${ROLE}, username: "{{SessionName}}"}`,
      `{${ROLE}, username: "aws:{{SessionName}}"}`,
      /its username is "{{SessionName}}" alone, so that whoever assumes the role chooses it, "admin" for one/,
    ],
    [
      "a group that the caller chooses",
      "mapRoles",
      `{${ROLE}, username: a, groups: ["{{SessionNameRaw}}"]}`,
      `{${ROLE}, username: a, groups: ["aws:{{SessionNameRaw}}"]}`,
      /its group is "{{SessionNameRaw}}" alone/,
    ],
    [
      "a session's name for a user",
      "mapUsers",
      `{userarn: "${ACCOUNT}:user/a", username: "a:{{SessionName}}"}`,
      `{userarn: "${ACCOUNT}:user/a", username: "a:{{AccountID}}"}`,
      /only the sessions of roles have one/,
    ],
    [
      "a system: name that a placeholder completes",
      "mapRoles",
      `{${ROLE}, username: "system:{{SessionName}}"}`,
      `{${ROLE}, username: "system:node:{{SessionName}}"}`,
      /its username "system:{{SessionName}}" is refused: a placeholder may not complete/,
    ],
    [
      "a system: group that a placeholder completes",
      "mapRoles",
      `{${ROLE}, username: a, groups: ["system:{{AccountID}}"]}`,
      `{${ROLE}, username: a, groups: ["system:nodes"]}`,
      /its group "system:{{AccountID}}" is refused/,
    ],
    [
      "a permission set by a wildcard",
      "mapRoles",
      `{rolearn: "${ACCOUNT}:role/AWSReservedSSO_Admin_*", username: a}`,
      `{sso: {permissionSetName: Admin, accountID: "123456789012"}, username: a}`,
      /also matches permission sets whose names start with "Admin_"; write "sso: /,
    ],
  ] as const
) {
  Deno.test(`ram-auth check warns of ${what}, and not of its safe form`, async () => {
    const warned = await check(config(`  ${section}:\n  - ${entry}\n`));
    assert.equal(warned.code, 1);
    assert.match(warned.out, warning);
    assert.match(warned.out, /^f:4:5: warning: /);
    const quiet = await check(config(`  ${section}:\n  - ${good}\n`));
    assert.deepEqual([quiet.code, quiet.out], [0, "1 rule in 1 file: nothing is wrong\n"]);
  });
}
