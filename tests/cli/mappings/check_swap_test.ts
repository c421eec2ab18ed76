import assert from "node:assert/strict";
import { run } from "../../../lib/cli/run.ts";
import { type DifferenceCode, DIFFERENCES, type Effect, kindsOf } from "../../../lib/mapping/swap/kinds.ts";
import { OLD_TOOL_NAMES, type OldTool } from "../../../lib/mapping/swap/old_tools.ts";
import { fakeWorld, withFile } from "../../config/fake_world.ts";

const AWS = "aws-iam-authenticator";
const ACK = "ack-ram-authenticator";
const IAM = "arn:aws:iam::123456789012";
const STS = "arn:aws:sts::123456789012";
const RAM = "acs:ram::1234567890123456";

interface Found {
  readonly code: DifferenceCode;
  readonly effect: Effect;
  readonly line: number;
  readonly whom: string;
  readonly resource?: string;
  readonly instead?: number;
}

interface Checked {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `ram-auth check --as`; the file's path is written as `f` in what it printed. */
async function check(tool: string, content: string, args: readonly string[] = []): Promise<Checked> {
  const checked: Checked[] = [];
  await withFile(content, async (path) => {
    const world = fakeWorld();
    const exit = await run(["check", "--as", tool, path, ...args], world);
    checked.push({ exit, out: world.out().replaceAll(path, "f"), err: world.err().replaceAll(path, "f") });
  });
  return checked[0]!;
}

async function differences(tool: OldTool, content: string): Promise<readonly Found[]> {
  const { exit, out, err } = await check(tool, content, ["-o", "json"]);
  assert.equal(err, "");
  const { ok, tool: said, differences } = JSON.parse(out);
  assert.equal(said, tool);
  assert.equal(ok, exit === 0);
  assert.equal(ok, differences.every(({ effect }: Found) => effect !== "more"));
  return differences.map(({ code, effect, line, whom, resource, instead }: Found) => ({
    ...{ code, effect, line, whom },
    ...(resource !== undefined && { resource }),
    ...(instead !== undefined && { instead }),
  }));
}

/** A config file whose entries stand from line 4 on. */
function config(section: string, ...entries: readonly string[]): string {
  return `clusterID: c\nserver:\n  ${section}:\n${entries.map((entry) => `  - ${entry}\n`).join("")}`;
}

/** A ConfigMap whose entries stand from line 6 on. */
function configMap(section: string, ...entries: readonly string[]): string {
  const metadata = "metadata: {name: aws-auth, namespace: kube-system}";
  return `apiVersion: v1\nkind: ConfigMap\n${metadata}\ndata:\n  ${section}: |\n` +
    entries.map((entry) => `    - ${entry}\n`).join("");
}

function resources(kind: string, ...specs: readonly string[]): string {
  const items = specs.map((spec, i) => `- {kind: ${kind}, metadata: {name: m${i}}, spec: ${spec}}\n`);
  return `apiVersion: v1\nkind: ${kind}List\nitems:\n${items.join("")}`;
}

/** An entry of a user or role. */
function entry(arn: string, names = "username: u, groups: [viewers]"): string {
  return `{${/[:/](user|root)/.test(arn) ? "userarn" : "rolearn"}: "${arn}", ${names}}`;
}

const ADMINS = "username: a, groups: [admins]";

type Row = readonly [what: string, tool: OldTool, content: string, want: readonly Found[]];

const one = (code: DifferenceCode, effect: Effect, line: number, whom: string): readonly Found[] => [
  { code, effect, line, whom },
];

const ROWS: readonly Row[] = [
  ["an ARN that ends the start", AWS, config("mapRoles", entry(`${IAM}:group/x`)), one("ends_start", "more", 4, "*")],
  [
    "a DynamicFile of which it reads nothing",
    AWS,
    `mapUsers:\n- ${entry(`${IAM}:user/dave`, "username: 1")}\n- ${entry(`${IAM}:user/erin`)}\n`,
    one("ends_start", "more", 2, "*"),
  ],
  ["a source that it has not", ACK, configMap("mapRoles", entry(`${IAM}:role/A`)), [
    { code: "not_read", effect: "more", line: 6, whom: `${IAM}:role/A` },
  ]],
  ["a role's wildcard", AWS, config("mapRoles", entry(`${IAM}:role/A*`)), one("wildcard", "more", 4, `${IAM}:role/A*`)],
  ["a user's wildcard", ACK, config("mapUsers", entry(`${RAM}:user/a?`)), one("wildcard", "more", 4, `${RAM}:user/a?`)],
  [
    "a wildcard in a resource, which was a regular expression",
    ACK,
    resources("RAMIdentityMapping", `{arn: "${RAM}:user/*", username: u}`),
    [{ code: "regex", effect: "more", line: 4, whom: `${RAM}:user/*`, resource: "m0" }],
  ],
  [
    "a permission set",
    AWS,
    config("mapRoles", `{sso: {permissionSetName: Admin, accountID: "123456789012"}, username: u}`),
    one("permission_set", "more", 4, `${IAM}:role/AWSReservedSSO_Admin_*`),
  ],
  [
    "a permission set in an invalid entry",
    AWS,
    config("mapRoles", `{sso: {permissionSetName: Admin, accountID: "123456789012"}, username: "{{"}`),
    one("permission_set", "more", 4, `${IAM}:role/AWSReservedSSO_Admin_*`),
  ],
  [
    "a role's path",
    AWS,
    config("mapRoles", entry(`${IAM}:role/ops/Admin`)),
    one("role_path", "more", 4, `${IAM}:role/Admin`),
  ],
  [
    "a role's path beside the role without it",
    AWS,
    config("mapRoles", entry(`${IAM}:role/o/A`), entry(`${IAM}:role/A`)),
    [],
  ],
  [
    "a role's path beside a pin",
    AWS,
    config("mapRoles", entry(`${IAM}:role/ops/Admin`, "username: u, userid: AROAMADEUP")),
    one("role_path", "more", 4, `${IAM}:role/Admin`),
  ],
  [
    "a key that comes twice, in another case, beside an entry that is good",
    AWS,
    configMap("mapUsers", entry(`${IAM}:user/dave`, ADMINS), entry(`${IAM}:user/dave`, `${ADMINS}, GROUPS: [admins]`)),
    [{ code: "loose_value", effect: "more", line: 7, whom: `${IAM}:user/dave`, instead: 6 }],
  ],
  [
    "an assumed role without a session",
    AWS,
    configMap("mapRoles", entry(`${STS}:assumed-role/Admin`)),
    one("role_path", "more", 6, `${IAM}:role/Admin`),
  ],
  [
    "an entry beside one that is not YAML",
    AWS,
    configMap("mapRoles", entry(`${IAM}:role/a`), `rolearn: ${IAM}:role/b: x`),
    [
      { code: "broken_section", effect: "more", line: 6, whom: `${IAM}:role/a` },
      { code: "dead_entry", effect: "less", line: 7, whom: `${IAM}:role/b` },
    ],
  ],
  [
    "an account beside one that is not YAML",
    AWS,
    configMap("mapAccounts", `"123456789012"`, "@123456789013"),
    one("broken_section", "more", 6, "123456789012"),
  ],
  [
    "the ARN of another cloud",
    AWS,
    configMap("mapUsers", entry(`${RAM}:user/alice`)),
    one("foreign_arn", "more", 6, `${RAM}:user/alice`),
  ],
  [
    "an account that is an octal number",
    AWS,
    config("mapAccounts", "012345670123", `"012345670124"`, "012345678901"),
    one("octal_account", "more", 4, "012345670123"),
  ],
  [
    "a user under mapRoles",
    AWS,
    config("mapRoles", `{rolearn: "${IAM}:user/dave", username: u}`),
    one("other_section", "less", 4, `${IAM}:user/dave`),
  ],
  [
    "a user under mapRoles, who has more under mapUsers",
    AWS,
    `clusterID: c\nserver:\n  mapRoles: [{rolearn: "${IAM}:user/dave", username: u}]\n` +
    `  mapUsers: [${entry(`${IAM}:user/dave`, ADMINS)}]\n`,
    [{ code: "other_section", effect: "more", line: 3, whom: `${IAM}:user/dave`, instead: 4 }],
  ],
  [
    "a session that was the role",
    AWS,
    config("mapRoles", entry(`${STS}:assumed-role/Admin/x`)),
    one("session", "less", 4, `${IAM.toLowerCase()}:role/admin`),
  ],
  [
    "a session that came last for the role",
    AWS,
    config("mapRoles", entry(`${IAM}:role/Admin`, ADMINS), entry(`${STS}:assumed-role/Admin/x`)),
    [{ code: "session", effect: "more", line: 5, whom: `${IAM.toLowerCase()}:role/admin`, instead: 4 }],
  ],
  ["a session that matched nobody", AWS, configMap("mapRoles", entry(`${STS}:assumed-role/Admin/x`)), []],
  ["a session that matched nobody there", ACK, config("mapRoles", entry(`${RAM}:assumed-role/Admin/x`)), []],
  [
    "a pin that was ignored",
    AWS,
    config("mapUsers", entry(`${IAM}:user/dave`, "username: u, userid: AIDAMADEUP")),
    one("pinned_id", "less", 4, `${IAM}:user/dave`),
  ],
  [
    "a pin beside a later entry",
    AWS,
    config("mapUsers", entry(`${IAM}:user/dave`, `${ADMINS}, userid: AIDAMADEUP`), entry(`${IAM}:user/dave`)),
    [{ code: "pinned_id", effect: "more", line: 4, whom: `${IAM}:user/dave`, instead: 4 }],
  ],
  [
    "two resources of one ARN",
    AWS,
    resources(
      "IAMIdentityMapping",
      `{arn: "${IAM}:user/dave", username: u}`,
      `{arn: "${IAM}:user/dave", username: v}`,
    ),
    [
      { code: "same_arn", effect: "other", line: 4, whom: `${IAM}:user/dave`, resource: "m0" },
      { code: "same_arn", effect: "other", line: 5, whom: `${IAM}:user/dave`, resource: "m1" },
    ],
  ],
  [
    "users that differ by case",
    AWS,
    configMap("mapUsers", entry(`${IAM}:user/dave`, ADMINS), entry(`${IAM}:user/Dave`)),
    [
      { code: "letter_case", effect: "other", line: 6, whom: `${IAM}:user/dave` },
      { code: "letter_case", effect: "other", line: 7, whom: `${IAM}:user/Dave` },
    ],
  ],
  ["roles that differ by case", AWS, configMap("mapRoles", entry(`${IAM}:role/a`, ADMINS), entry(`${IAM}:role/A`)), []],
  ["duplicates", AWS, config("mapUsers", entry(`${IAM}:user/dave`, ADMINS), entry(`${IAM}:user/dave`)), []],
  [
    "a placeholder that stayed plain text",
    ACK,
    config("mapRoles", entry(`${RAM}:role/a`, 'username: "{{AccessKeyID}}"')),
    one("placeholder", "other", 4, `${RAM}:role/a`),
  ],
  [
    "a placeholder that nobody knows",
    AWS,
    config("mapRoles", entry(`${IAM}:role/a`, 'username: "{{Nobody}}"')),
    one("unknown_placeholder", "less", 4, `${IAM}:role/a`),
  ],
  [
    "a name with a character that cannot be seen",
    AWS,
    config("mapRoles", entry(`${IAM}:role/a`, 'username: "adm\u200bin"')),
    one("odd_name", "less", 4, `${IAM}:role/a`),
  ],
  [
    "a user's name that is the session's, which is empty",
    AWS,
    config("mapUsers", entry(`${IAM}:user/a`, 'username: "{{SessionName}}"')),
    one("odd_name", "less", 4, `${IAM}:user/a`),
  ],
  [
    "a placeholder that nobody knows, where the account is mapped",
    AWS,
    `clusterID: c\nserver:\n  mapRoles: [${entry(`${IAM}:role/a`, 'username: "{{Nobody}}"')}]\n` +
    `  mapAccounts: ["123456789012"]\n`,
    [{ code: "unknown_placeholder", effect: "more", line: 3, whom: `${IAM}:role/a`, instead: 4 }],
  ],
  [
    "groups that are a text",
    AWS,
    config("mapRoles", entry(`${IAM}:role/a`, "username: u, groups: admins")),
    one("loose_value", "less", 4, `${IAM}:role/a`),
  ],
  [
    "an ARN with a Kelvin sign for a K",
    AWS,
    config("mapRoles", entry(`${IAM}:role/\u212aube`)),
    one("unreadable_arn", "less", 4, `${IAM}:role/kube`),
  ],
  [
    "a path, and groups that are a text",
    AWS,
    config("mapRoles", entry(`${IAM}:role/ops/a`, "username: u, groups: admins")),
    one("dead_entry", "less", 4, `${IAM}:role/a`),
  ],
  [
    "a system: name in a ConfigMap",
    AWS,
    configMap("mapRoles", entry(`${IAM}:role/a`, 'username: u, groups: ["system:masters"]')),
    one("reserved_name", "less", 6, `${IAM}:role/a`),
  ],
  [
    "a group of administrators in a ConfigMap",
    AWS,
    configMap("mapRoles", entry(`${IAM}:role/a`, 'username: u, groups: ["kubeadm:cluster-admins"]')),
    one("reserved_name", "less", 6, `${IAM}:role/a`),
  ],
  ["a system: name in a config file", AWS, config("mapRoles", entry(`${IAM}:role/a`, 'username: "system:x"')), []],
  [
    "a system: name that the session completes",
    AWS,
    config("mapRoles", entry(`${IAM}:role/a`, 'username: "system:{{SessionName}}"')),
    one("completed_name", "less", 4, `${IAM}:role/a`),
  ],
  [
    "the alias of a ConfigMap",
    AWS,
    "clusterID: c\nserver:\n  backendMode: [MountedFile, ConfigMap]\n  mapAccounts: []\n",
    one("config_map_alias", "less", 3, "*"),
  ],
  [
    "the alias of a ConfigMap, of a server of both clouds",
    AWS,
    "clouds: [aws, alibaba]\nserver: {backendMode: [ConfigMap], mapAccounts: []}\n",
    one("config_map_alias", "less", 2, "*"),
  ],
  [
    "the alias of a ConfigMap, of a server of AWS alone",
    AWS,
    "clouds: [aws]\nserver: {backendMode: [ConfigMap], mapAccounts: [], " +
    "reservedPrefixConfig: [{backendMode: ConfigMap, usernamePrefixReserveList: [x]}]}\n",
    [],
  ],
  ["the alias of a ConfigMap", ACK, "clusterID: c\nserver: {backendMode: [ConfigMap], mapAccounts: []}\n", []],
  ["plain entries", AWS, config("mapRoles", entry(`${IAM}:role/a`), entry(`${IAM}:role/b`, ADMINS)), []],
  ["plain entries", ACK, config("mapUsers", entry(`${RAM}:user/a`), entry(`${RAM}:user/b`, ADMINS)), []],
];

for (const [what, tool, content, want] of ROWS) {
  Deno.test(`check --as ${tool} tells of ${what}: ${want.map(({ code }) => code).join(", ") || "nothing"}`, async () => {
    assert.deepEqual(await differences(tool, content), want);
  });
}

Deno.test("every difference that the table knows has an example", () => {
  const shown = new Set(ROWS.flatMap(([, , , want]) => want.map(({ code }) => code)));
  assert.deepEqual([...shown].sort(), Object.keys(DIFFERENCES).sort());
});

Deno.test("check --as prints the most dangerous difference first, with what to do, and exits with 1", async () => {
  const dangerous = entry(`${IAM}:role/ops/Admin`);
  const { exit, out } = await check(AWS, config("mapRoles", entry(`${STS}:assumed-role/B/x`), dangerous));
  const lines = out.trimEnd().split("\n");
  assert.match(
    lines[0]!,
    new RegExp(`^f:5:5: more rights: for ${IAM}:role/Admin: ${AWS} never .*; ram-auth matches .*; remove`),
  );
  assert.match(lines[1]!, /^f:4:5: fewer rights: for /);
  assert.equal(lines[2], `2 differences from ${AWS}: 1 more rights, 1 fewer rights`);
  assert.equal(exit, 1);
});

Deno.test("check --as exits with 0 where nobody gains rights, and says so where nothing changes", async () => {
  assert.equal((await check(AWS, config("mapRoles", entry(`${STS}:assumed-role/B/x`)))).exit, 0);
  const { exit, out } = await check(AWS, config("mapRoles", entry(`${IAM}:role/a`)));
  assert.equal(out, `every entry means the same to ${AWS} (0.7.18) and to ram-auth\n`);
  assert.equal(exit, 0);
});

Deno.test("check --as takes what the config file reserves for the ConfigMap beside it", async () => {
  const mapping = configMap("mapRoles", entry(`${IAM}:role/a`, 'username: u, groups: ["system:nodes"]'));
  const reserved = "clusterID: c\nserver:\n  reservedPrefixConfig: [{backendMode: EKSConfigMap, systemNames: allow}]\n";
  await withFile(reserved, async (config) => {
    await withFile(mapping, async (path) => {
      const world = fakeWorld();
      assert.equal(await run(["check", "--as", AWS, "-c", config, path], world), 0);
      assert.match(world.out(), /^every entry means the same/);
    });
  });
});

Deno.test("check --as refuses a server that it does not know, and a file that it cannot read", async () => {
  assert.equal((await check("kube2iam", config("mapRoles"))).exit, 2);
  const { exit, err } = await check(AWS, "clusterID: c\nserver: {mapRolez: []}\n");
  assert.equal(exit, 1);
  assert.match(err, /did you mean "mapRoles"\?/);
});

for (const tool of OLD_TOOL_NAMES) {
  Deno.test(`the page on migration from ${tool} explains every difference, and no other`, async () => {
    const page = await Deno.readTextFile(`docs/migrate-from-${tool}.md`);
    const section = page.split(/^## /m).find((text) => text.startsWith("What changes\n")) ?? "";
    const told = [...section.matchAll(/^- (.*(?:\n {2}.*)*)/gm)].map(([, text]) => text!.replace(/\s+/g, " "));
    const effects = { more: "more rights", other: "another name", less: "fewer rights" };
    assert.deepEqual(
      told,
      kindsOf(tool).map(([code, { effect, before, now, advice }]) =>
        `\`${code}\` (${effects[effect]}): ${tool} ${before}; ram-auth ${now}; ${advice}.`
      ),
    );
  });
}
