import assert from "node:assert/strict";
import { alibaba } from "../../../lib/clouds/alibaba/cloud.ts";
import { aws } from "../../../lib/clouds/aws/cloud.ts";
import { addEntry, entryFaults, type NewEntry, removeEntry } from "../../../lib/mapping/forms/section_edit.ts";
import { readItems } from "../../../lib/yaml/list.ts";
import type { YamlNode } from "../../../lib/yaml/read.ts";
import { YamlEditError } from "../../../lib/yaml/splice.ts";
import { below, pick, type Random, seededRandom } from "../../support/seeded_random.ts";

const ROLE: NewEntry = {
  section: "mapRoles",
  arn: "arn:aws:iam::123456789012:role/New",
  username: "new:{{SessionName}}",
  groups: ["viewers", "system:basic-user"],
};

/** {@linkcode ROLE} as kubectl would write it. */
const ENTRY = `- rolearn: arn:aws:iam::123456789012:role/New
  username: new:{{SessionName}}
  groups:
  - viewers
  - system:basic-user
`;

/** Of a peer's documentation, with what people leave in it. */
const NODES = `# Nodes: do not touch
- rolearn: arn:aws:iam::111122223333:role/eksctl-node-NodeInstanceRole
  username: system:node:{{EC2PrivateDNSName}}   
  groups:
    - system:bootstrappers # kubelet
    - system:nodes

# - rolearn: arn:aws:iam::111122223333:role/gone
#   username: gone
- rolearn: "arn:aws:iam::111122223333:role/Admin"
  username: ''
  groups: ["system:masters"]
  colour: blue
`;

/** Text, and what is inserted into it: the rest must stay. */
const INSERTED: readonly (readonly [what: string, before: string | undefined, after: string])[] = [
  [
    "a section that is missing",
    undefined,
    ENTRY,
  ],
  [
    "an empty text",
    "",
    ENTRY,
  ],
  [
    "comments alone",
    "# nobody yet\n\n",
    `# nobody yet

${ENTRY}`,
  ],
  [
    "comments, blank lines, spaces at the end, unknown keys, a list in brackets",
    NODES,
    `${NODES}- rolearn: arn:aws:iam::123456789012:role/New
  username: new:{{SessionName}}
  groups: ["viewers", "system:basic-user"]
`,
  ],
  [
    "dashes at column 2, groups deeper",
    `  - rolearn: arn:aws:iam::1:role/a
    username: a
    groups:
      - x
`,
    `  - rolearn: arn:aws:iam::1:role/a
    username: a
    groups:
      - x
  - rolearn: arn:aws:iam::123456789012:role/New
    username: new:{{SessionName}}
    groups:
      - viewers
      - system:basic-user
`,
  ],
  [
    "a wide gap after the dash, and groups first",
    `-   groups:
    - x
    rolearn: a`,
    `-   groups:
    - x
    rolearn: a
-   rolearn: arn:aws:iam::123456789012:role/New
    username: new:{{SessionName}}
    groups:
    - viewers
    - system:basic-user`,
  ],
  [
    "dashes on lines of their own",
    "-\n  rolearn: a\n  username: a\n",
    `-
  rolearn: a
  username: a
${ENTRY}`,
  ],
  [
    "CRLF",
    "- rolearn: a\r\n  username: a\r\n",
    "- rolearn: a\r\n  username: a\r\n- rolearn: arn:aws:iam::123456789012:role/New\r\n" +
    "  username: new:{{SessionName}}\r\n  groups:\r\n  - viewers\r\n  - system:basic-user\r\n",
  ],
  [
    "a byte order mark",
    "\uFEFF- rolearn: a\n  username: a\n",
    `\uFEFF- rolearn: a
  username: a
${ENTRY}`,
  ],
  [
    "a comment and blank lines at the end",
    "- rolearn: a\n  username: a\n    # deep\n\n\n",
    `- rolearn: a
  username: a
    # deep


${ENTRY}`,
  ],
  [
    "a text that keeps its line ends",
    "- rolearn: a\n  username: |+\n    a\n\n",
    `- rolearn: a
  username: |+
    a

${ENTRY}`,
  ],
  [
    "a document that says where it starts",
    "---\n- rolearn: a\n  username: a\n",
    `---
- rolearn: a
  username: a
${ENTRY}`,
  ],
  [
    "entries that are no maps, and an anchor",
    "- text\n- &x {rolearn: a}\n- *x\n",
    `- text
- &x {rolearn: a}
- *x
${ENTRY}`,
  ],
  [
    "JSON",
    '[{"rolearn":"a","username":"a"}]',
    '[{"rolearn":"a","username":"a"}, {"rolearn": "arn:aws:iam::123456789012:role/New", ' +
    '"username": "new:{{SessionName}}", "groups": ["viewers", "system:basic-user"]}]',
  ],
  [
    "brackets over several lines, with a comment",
    "[\n  {rolearn: a, username: a}, # first\n  {rolearn: b, username: b} # last\n]\n",
    "[\n  {rolearn: a, username: a}, # first\n  {rolearn: b, username: b},\n" +
    '  {"rolearn": "arn:aws:iam::123456789012:role/New", "username": "new:{{SessionName}}", ' +
    '"groups": ["viewers", "system:basic-user"]} # last\n]\n',
  ],
  [
    "empty brackets beside a comment",
    "[] # nobody yet\n",
    '[{"rolearn": "arn:aws:iam::123456789012:role/New", "username": "new:{{SessionName}}", ' +
    '"groups": ["viewers", "system:basic-user"]}] # nobody yet\n',
  ],
];

for (const [what, before, after] of INSERTED) {
  Deno.test(`addEntry() inserts into ${what}, and removeEntry() takes it out again`, () => {
    const addition = addEntry(before, ROLE, aws);
    assert.equal(addition.outcome === "added" && addition.text, after);
    assert.equal(removeEntry(after, ROLE, aws)?.text, before ?? "");
  });
}

for (const empty of ["[]", "[]\n", " [ ]\n", "null\n", "~", "''\n", '""']) {
  Deno.test(`addEntry() writes ${JSON.stringify(empty)} anew as a list with dashes`, () => {
    const addition = addEntry(empty, { ...ROLE, groups: [] }, aws);
    const want = `- rolearn: ${ROLE.arn}\n  username: new:{{SessionName}}\n`;
    assert.equal(addition.outcome === "added" && addition.text, want);
  });
}

Deno.test("addEntry() puts quotes round what would not stay text", () => {
  for (const name of ["{{SessionName}}", "12", "true", "No", "null", "a b", "a: b", "a #b", "*a", "1e3", "ä", "a:"]) {
    const addition = addEntry("", { ...ROLE, username: name, groups: [name] }, aws);
    assert.ok(addition.outcome === "added");
    assert.ok(addition.text.includes(`username: ${JSON.stringify(name)}\n`), addition.text);
    assert.ok(addition.text.includes(`  - ${JSON.stringify(name)}\n`), addition.text);
  }
});

for (
  const [why, text] of [
    ["a broken text", "- rolearn: 'a\n"],
    ["a tab for indentation", "- rolearn: a\n\tusername: a\n"],
    ["a key that comes twice", "- rolearn: a\n  rolearn: b\n"],
    ["a map", "rolearn: a\n"],
    ["a text", "rolearn\n"],
    ["a text of a text", '"- rolearn: a"\n'],
    ["two documents", "- rolearn: a\n---\n- rolearn: b\n"],
    ["a document that says where it ends", "- rolearn: a\n...\n"],
    ["nothing, said among comments", "null # nobody\n"],
    ["an alias of nothing", "- *x\n"],
    ["a bomb", `- &a [${"x,".repeat(99)}]\n${bomb(8)}`],
  ] as const
) {
  Deno.test(`addEntry() refuses ${why}`, () => {
    assert.throws(() => addEntry(text, ROLE, aws), (e) => e instanceof YamlEditError && e.code === "ERR_YAML_EDIT");
  });
}

function bomb(levels: number): string {
  const name = (level: number) => String.fromCharCode(97 + level);
  return Array.from({ length: levels }, (_, i) => `- &${name(i + 1)} [${`*${name(i)},`.repeat(99)}]\n`).join("");
}

for (
  const [what, existing, outcome] of [
    [
      "the same entry",
      `rolearn: ${ROLE.arn}\n  username: new:{{SessionName}}\n  groups: [system:basic-user, viewers]`,
      "there",
    ],
    ["another case", `roleARN: ARN:AWS:iam::123456789012:ROLE/NEW\n  username: other`, "taken"],
    ["a path, which STS does not tell", `rolearn: arn:aws:iam::123456789012:role/team/New\n  username: other`, "taken"],
    ["an entry that is invalid", `rolearn: ${ROLE.arn}\n  username: ''`, "taken"],
    ["spaces round it", `rolearn: "${ROLE.arn} "\n  username: other`, "taken"],
    [
      "a pin",
      `rolearn: ${ROLE.arn}\n  username: new:{{SessionName}}\n  groups: [viewers, system:basic-user]\n  userid: AROAMADEUP`,
      "taken",
    ],
    ["fewer groups", `rolearn: ${ROLE.arn}\n  username: new:{{SessionName}}\n  groups: [viewers]`, "taken"],
    ["another account", `rolearn: arn:aws:iam::210987654321:role/New\n  username: other`, "added"],
    ["a permission set", `sso: {permissionSetName: New, accountID: "123456789012"}\n  username: other`, "added"],
  ] as const
) {
  Deno.test(`addEntry() beside ${what}: ${outcome}`, () => {
    const addition = addEntry(`# first\n- ${existing}\n# last\n`, ROLE, aws);
    assert.equal(addition.outcome, outcome);
    if (addition.outcome !== "added") assert.deepEqual(addition.entry, { line: 2, text: `- ${existing}` });
  });
}

Deno.test("addEntry() shows an entry in brackets without what stands round it", () => {
  const addition = addEntry(`[{a: 1}, {rolearn: ${ROLE.arn}}]`, ROLE, aws);
  assert.deepEqual(addition.outcome === "taken" && addition.entry, { line: 1, text: `{rolearn: ${ROLE.arn}}` });
});

for (
  const [what, before, entry, cloud, want] of [
    ["nothing", "", {}, aws, []],
    ["a path", "", { arn: "arn:aws:iam::123456789012:role/team/New" }, aws, [/without its path/]],
    ["a role by another name", "", { arn: "acs:ram::1234567890123456:assumed-role/a" }, alibaba, [/read as its role/]],
    ["an earlier glob", "- {rolearn: 'arn:aws:iam::123456789012:role/*', username: a}\n", {}, aws, [/Cannot reach/]],
    ["a reserved group", "", { groups: ["system:masters"] }, aws, [/"system:", which EKSConfigMap may not give/]],
    [
      "a reserved username",
      "",
      { arn: "acs:ram::1234567890123456:role/a", username: "system:admin" },
      alibaba,
      [/"system:", which ACKConfigMap may not give/],
    ],
    ["a fault of another entry", "- {rolearn: nonsense, username: a}\n", {}, aws, []],
  ] as const
) {
  Deno.test(`addEntry() warns of ${what}`, () => {
    const addition = addEntry(before, { ...ROLE, groups: ["viewers"], ...entry }, cloud);
    assert.ok(addition.outcome === "added");
    assert.equal(addition.warnings.length, want.length, addition.warnings.join("\n"));
    want.forEach((pattern, i) => assert.match(addition.warnings[i]!, pattern));
  });
}

for (
  const [what, entry, count] of [
    ["a good entry", {}, 0],
    ["a user among roles", { arn: "arn:aws:iam::123456789012:user/a" }, 1],
    ["an ARN without an account", { arn: "arn:aws:iam::*:role/a" }, 1],
    ["an ARN of another cloud", { arn: "acs:ram::1234567890123456:role/a" }, 1],
    ["an empty username and an unknown placeholder", { username: " ", groups: ["{{SesionName}}"] }, 2],
    ["a line end in a group", { groups: ["a\nb"] }, 1],
  ] as const
) {
  Deno.test(`entryFaults() of ${what}: ${count}`, () => {
    assert.equal(entryFaults({ ...ROLE, ...entry }, aws).length, count);
  });
}

for (
  const [what, before, after] of [
    [
      "the first, with the comments in it",
      "# a\n- rolearn: X # x\n  # inside\n  username: a\n# b\n- b\n",
      "# a\n# b\n- b\n",
    ],
    ["one in the middle", "- a\n\n- rolearn: X\n\n- b", "- a\n\n\n- b"],
    ["the last without a line end", "- a\r\n- rolearn: X", "- a"],
    ["the last with a text over lines", "- a\n- rolearn: X\n  username: |\n    t\n\n\n# end\n", "- a\n\n\n# end\n"],
    ["one that ends in an empty value", "- rolearn: X\n  groups: # none\n# b\n- b\n", "# b\n- b\n"],
    ["the only one", "- rolearn: X\n  username: a\n", ""],
    ["an entry and its alias", "- &x {rolearn: X}\n- *x\n", ""],
    ["each of several", "- rolearn: X\n- b\n- rolearn: x\n- c\n", "- b\n- c\n"],
    ["in brackets the first", "[{rolearn: X}, {b: 1}]\n", "[{b: 1}]\n"],
    ["in brackets the last", "[{b: 1}, {rolearn: X}]\n", "[{b: 1}]\n"],
    ["in brackets the only one", "[{rolearn: X}] # x\n", "[] # x\n"],
    ["after a byte order mark", "\uFEFF- rolearn: X\n- b\n", "\uFEFF- b\n"],
  ] as const
) {
  Deno.test(`removeEntry() takes out ${what}`, () => {
    const spelled = { X: ROLE.arn, x: ROLE.arn.toUpperCase() };
    const text = before.replaceAll(/(?<=rolearn: )[xX]/g, (x) => spelled[x as "X" | "x"]);
    assert.equal(removeEntry(text, ROLE, aws)?.text, after);
  });
}

Deno.test("removeEntry() finds nothing where there is nothing", () => {
  for (const text of [undefined, "", "[]", "- rolearn: other\n"]) assert.equal(removeEntry(text, ROLE, aws), undefined);
});

for (
  const [why, text] of [
    ["a comment stands beside in brackets", `[{rolearn: ${ROLE.arn}}, # first\n {b: 1}]\n`],
    ["is alone in brackets with a comma", `[{rolearn: ${ROLE.arn}},]\n`],
    ["holds an anchor that is used", `- rolearn: ${ROLE.arn}\n  groups: &g [a]\n- groups: *g\n`],
  ] as const
) {
  Deno.test(`removeEntry() refuses an entry that ${why}`, () => {
    assert.throws(() => removeEntry(text, ROLE, aws), (e) => e instanceof YamlEditError && e.code === "ERR_YAML_EDIT");
  });
}

/** Lists in every hand: indentation, gaps, line ends, comments, quotes, brackets. */
function randomList(random: Random): string {
  const eol = pick(["\n", "\r\n"], random);
  const indent = " ".repeat(below(4, random));
  const gap = " ".repeat(1 + below(3, random));
  const hanging = indent + " ".repeat(1 + gap.length);
  const noise = () => pick(["", "", "", `# note: - x${eol}`, eol, `   ${eol}`, `${hanging}# deep${eol}`], random);
  const entry = (i: number) => {
    const lines = [
      `rolearn: ${pick(["", '"', "'"], random)}`.replace(/(["']?)$/, `$1arn:aws:iam::123456789012:role/r${i}$1`),
      `username: ${pick(["a", '"b c"', "|-\u0000t", "", "'{{SessionName}}'"], random)}`,
      `groups:${pick([" [x, y]", "\u0001- x\u0001- y", "\u0001  - x # y", " []", ""], random)}`,
      ...pick([[], ["colour: blue # or green"], ["more: {a: [1, 2]}"]], random),
    ];
    return lines.map((line, j) => (j === 0 ? `${indent}-${gap}` : hanging) + line)
      .map((line) => line.replace("\u0000", `${eol}${hanging}  `).replaceAll("\u0001", `${eol}${hanging}`) + eol)
      .map((line, j) => (j === 0 ? "" : noise()) + line).join("");
  };
  const text = noise() + Array.from({ length: below(5, random) }, (_, i) => entry(i) + noise()).join("");
  return below(4, random) === 0 ? text.replace(/\r?\n$/, "") : text;
}

function values(text: string): unknown[] {
  const value = (node: YamlNode): unknown => {
    if (node.kind === "scalar") return node.value;
    return node.kind === "list" ? node.items.map(value) : node.entries.map((entry) => [entry.key, value(entry.value)]);
  };
  return readItems(text).map(value);
}

Deno.test("an addition adds its entry to what the text says, behind the text; a removal takes back both", () => {
  const random = seededRandom(5);
  for (let i = 0; i < 500; i += 1) {
    const before = randomList(random);
    const groups = pick([[], ["viewers"], ["a b", "no"]], random);
    const addition = addEntry(before, { ...ROLE, groups }, aws);
    assert.ok(addition.outcome === "added", before);
    assert.ok(addition.text.startsWith(before), addition.text);
    const added = [
      ["rolearn", ROLE.arn],
      ["username", ROLE.username],
      ...(groups.length > 0 ? [["groups", groups]] : []),
    ];
    assert.deepEqual(values(addition.text), [...values(before), added]);
    assert.equal(removeEntry(addition.text, ROLE, aws)?.text, before);
  }
});

Deno.test("a removal leaves every other line as it is", () => {
  const random = seededRandom(6);
  for (let i = 0; i < 500; i += 1) {
    const before = randomList(random);
    const items = readItems(before);
    if (items.length === 0) continue;
    const at = below(items.length, random);
    const arn = `arn:aws:iam::123456789012:role/r${at}`;
    const after = removeEntry(before, { section: "mapRoles", arn }, aws)!.text;
    assert.deepEqual(values(after), values(before).toSpliced(at, 1));
    const head = before.split("\n").findIndex((line) => line.includes(arn));
    assert.ok(after.startsWith(before.split("\n").slice(0, head).join("\n").trimEnd()), before);
  }
});

Deno.test("an entry is added to 10,000", () => {
  const before = Array.from(
    { length: 10_000 },
    (_, i) => `- rolearn: arn:aws:iam::123456789012:role/r${i}\n  username: u\n`,
  );
  const addition = addEntry(before.join(""), ROLE, aws);
  assert.ok(addition.outcome === "added" && addition.text.startsWith(before.join("")));
});
