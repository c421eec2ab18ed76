/**
 * Sections of mappings as people wrote them, and texts made of those by the slips that people make. Text alone: what a
 * server and `check` make of it is compared elsewhere.
 *
 * @module
 */

import { below, pick, type Random } from "../../support/seeded_random.ts";

/** Config files of this project and of others, whose sections are taken as they stand. */
const CONFIG_FILES = [
  "manifests/config.example.yaml",
  "tests/interop/peer_configs/aws-iam-authenticator.yaml",
  "tests/interop/peer_configs/ack-ram-authenticator.yaml",
];

const IAM = "arn:aws:iam::123456789012";

/** What people posted when it did not work, in the words of the post, with other names. */
const POSTED = [
  `mapRoles:
  - rolearn: ${IAM}:role/nodes
    username: system:node:{{EC2PrivateDNSName}}
      - system:bootstrappers
      - system:nodes
`,
  `mapRoles:
  - rolearn: ${IAM}:role/nodes
    username: system:node:{{EC2PrivateDNSName}}
    groups:
      - system:bootstrappers
      - system:nodes
  - rolearn: ${IAM}:role/Admin
    username: {{SessionName}}
    groups:
      - system:masters
`,
  `mapRoles:
  - groups:
    - system:bootstrappers
    - system:nodes
    rolearn: ${IAM}:role/Ops
    username: system:node:
mapUsers:
  - userarn: ${IAM}:root
    username: root
    groups:
      - system:masters
`,
  `mapUsers:
  - userarn: ${IAM}:user/dave
     username: dave
     groups:
       - system:masters
`,
  `mapRoles:
  - "groups":
    - "nodes"
    "rolearn": "${IAM}:role/ClusterAdmin"
    "username": "n"
      - "groups":
        - "view"
        "rolearn": "${IAM}:role/ops"
        "username": "ops"
`,
  `mapAccounts: ["123456789012","12345"]
mapUsers:
  - userarn: "acs:ram::1234567890123456:user/alice"
    username: alice
    groups: []
`,
  `mapAccounts:
  - 12345678901
mapUsers:
  - userarn: ${IAM}:user/alice
    username: alice
`,
  `mapAccounts:
  ''
mapUsers:
  ""
mapRoles:
  - rolearn: ${IAM}:role/Admin
    username: ops
    groups: [view]
`,
  `mapRoles:
  - roleARN: arn:aws-us-gov:iam::123456789012:role/Ops
    username: ops
  - roleARN: ${IAM}:role/Ops
    username: ops2
`,
  `mapRoles:
  - rolearn: ${IAM}:role/ClusterAdmin
    username: admin:{{SessionName}}
    groups: [admins]
  - rolearn: acs:ram::1234567890123456:role/KubernetesAdmin
    username: "admin:{{SessionName}}"
    groups: ["admins"]
mapUsers:
  - {userarn: "${IAM}:user/dave", username: dave, groups: [developers]}
  - {userARN: "acs:ram::1234567890123456:user/bob", username: bob, groups: [viewers]}
`,
];

/** All sections, each a text of YAML that may well be wrong. */
export async function realSections(): Promise<readonly string[]> {
  const files = await Promise.all(CONFIG_FILES.map((path) => Deno.readTextFile(path)));
  return [...files.map(sectionsIn), ...POSTED];
}

/** The sections of a config file, without the keys round them. */
function sectionsIn(config: string): string {
  const lines = config.split("\n");
  const start = lines.findIndex((line) => /^ {2}map(Roles|Users|Accounts):/.test(line));
  const length = lines.slice(start).findIndex((line) => /^ {2}(?!map)\w/.test(line));
  return `${lines.slice(start, start + length).map((line) => line.slice(2)).join("\n")}\n`;
}

type Slip = (text: string, random: Random) => string;

/** Replaces one of the places where a pattern matches. */
const at = (pattern: RegExp, make: (found: string, random: Random) => string): Slip => (text, random) => {
  const found = [...text.matchAll(pattern)];
  if (found.length === 0) return text;
  const { index, 0: word } = pick(found, random);
  return text.slice(0, index) + make(word, random) + text.slice(index + word.length);
};

const onLine = (change: (line: string, random: Random) => readonly string[]): Slip => (text, random) => {
  const lines = text.split("\n");
  const i = below(lines.length, random);
  return lines.toSpliced(i, 1, ...change(lines[i]!, random)).join("\n");
};

const SLIPS: readonly Slip[] = [
  onLine(() => []),
  onLine((line) => [line, line]),
  onLine((line) => [` ${line}`]),
  onLine((line) => [`  ${line}`]),
  onLine((line) => [line.replace(/^ {1,2}/, "")]),
  onLine((line, random) => [line.replace(/^ +/, (spaces) => pick(["\t", "\u00a0", `${spaces}\t`], random))]),
  onLine((line) => [line.replace(/: .*$/, ":")]),
  onLine((line) => [`# ${line}`]),
  onLine((line) => [line, "---"]),
  (text, random) => text.slice(0, below(text.length, random)),
  at(/\d/g, (_, random) => String(below(10, random))),
  at(/\d/g, () => ""),
  at(/:0*(?=\d{12}:)/g, () => ":0"),
  at(/arn:aws:/g, (_, random) => pick(["arn:aws-cn:", "arn:aws-us-gov:", "arn:Aws:", "arn:awss:", "acs:"], random)),
  at(/(role|user)\/[\w-]+/g, (word, random) => word + pick(["*", " ", "/x", "?", "s", "\u200b"], random)),
  at(/\b(role|user)/g, (word) => word === "role" ? "user" : "role"),
  at(
    /\b(rolearn|userarn|username|groups|roleARN|userARN|userid)\b/g,
    (word, random) => pick([word.toUpperCase(), word.slice(1), `${word}s`, "userid", "groups", "username"], random),
  ),
  at(
    /\bmap(Roles|Users|Accounts)\b/g,
    (word, random) => pick(["mapRoles", "mapUsers", "mapAccounts", word.toLowerCase(), `${word}s`], random),
  ),
  at(/["']/g, (_, random) => pick(["", "'", '"', "\u201c", "\u2019"], random)),
  at(
    /(?<=: )[\w:"{}.-]+/g,
    (word, random) =>
      pick(["null", "true", "5", "[]", "{}", `"${word}"`, `'${word}'`, `system:${word}`, '"{{SessionName}}"'], random),
  ),
  at(
    /\{\{\w+\}\}/g,
    (word, random) =>
      pick(["{{sessionname}}", "{{Nobody}}", "{{AccountID}}", word.slice(1), `{{ ${word.slice(2)}`], random),
  ),
  at(/[[\]{}]/g, () => ""),
];

/** The text with one to three slips, or as it is. */
export function withSlips(text: string, random: Random): string {
  let slipped = text;
  for (let left = below(4, random); left > 0; left -= 1) slipped = pick(SLIPS, random)(slipped, random);
  return slipped;
}
