/**
 * Mappings as people write them, well and badly, made from a seed; and the people that they are about. Knows no server:
 * what each makes of them is compared elsewhere.
 *
 * @module
 */

import type { AwsPrincipal } from "../../lib/emulator/aws/principals.ts";
import { below, pick, type Random } from "../support/seeded_random.ts";

/** The sections of one source, each entry in the words of YAML on one line. */
export interface MappingConfig {
  readonly mapRoles: readonly string[];
  readonly mapUsers: readonly string[];
  readonly mapAccounts: readonly string[];
}

/** Somebody whom every config can map, to see which one is in force. */
export const MARKER: AwsPrincipal = {
  accessKeyId: "AKIAMADEUPMARKER0001",
  accessKeySecret: "MadeUpSecretOfTheMarker",
  identity: { Account: "555555555555", Arn: "arn:aws:iam::555555555555:user/marker", UserId: "AIDAMADEUPMARKER00001" },
};

/** Which source the mappings are for: a slip ends aws-iam-authenticator's start where it stands in the config file. */
export type ConfigSource = "MountedFile" | "EKSConfigMap" | "DynamicFile";

const ACCOUNT = "123456789012";
/** A number to YAML 1.1, and another one. */
const OCTAL_ACCOUNT = "012345670123";
const OTHER_ACCOUNT = "210987654321";

const USERS = [`${ACCOUNT}:user/dave`, `${ACCOUNT}:user/ops/Erin`, `${ACCOUNT}:user/alice`, `${ACCOUNT}:user/a.b`]
  .concat([`${ACCOUNT}:user/axb`, `${ACCOUNT}:user/admin`, `${OCTAL_ACCOUNT}:user/dave`, `${ACCOUNT}:root`]);
const ROLES = ["Admin", "ReadOnly", "Ops", "Kube", "Node", "Odd.+=,@-_Name", "AWSReservedSSO_Admin_0123456789abcdef"]
  .concat(["AWSReservedSSO_Admin_ReadOnly_fedcba9876543210"]).map((name) => `${ACCOUNT}:role/${name}`)
  .concat([`${OCTAL_ACCOUNT}:role/Admin`, `${OTHER_ACCOUNT}:role/Admin`]);
const FEDERATED = `${ACCOUNT}:federated-user/bob`;

/** One session of each role, and a second one of the first. */
const SESSIONS = ["masters", "session-b", "s3", "kate@example.com", "i-0123456789abcdef0", "s6", "dave", "eve", "s9"]
  .concat(["s10"]);

/** Everybody who logs in: twenty. Keys are made up and open nothing. */
export const IDENTITIES: readonly AwsPrincipal[] = [
  ...USERS.map((name) => ["iam", name, "AIDA"] as const),
  ["sts", FEDERATED, ""] as const,
  ...ROLES.map((name, i) => ["sts", `${name.replace(":role/", ":assumed-role/")}/${SESSIONS[i]}`, "AROA"] as const),
  ["sts", `${ACCOUNT}:assumed-role/Admin/dave@example.com`, "AROA"] as const,
].map(([service, name, id], i): AwsPrincipal => {
  const [account = "", resource = ""] = [name.slice(0, name.indexOf(":")), name.slice(name.indexOf(":") + 1)];
  const [, role, session] = /^assumed-role\/([^/]+)\/(.+)$/.exec(resource) ?? [];
  const isTemporary = service === "sts";
  return {
    accessKeyId: `${isTemporary ? "ASIA" : "AKIA"}MADEUP${String(i).padStart(10, "0")}`,
    accessKeySecret: `MadeUpSecretNumber${i}`,
    ...(isTemporary && { securityToken: `FwoGMadeUp/Token+Number${i}==` }),
    identity: {
      Account: account,
      Arn: `arn:aws:${service}::${account}:${resource}`,
      UserId: role !== undefined
        ? `${idOf(id, ROLES.findIndex((name) => name === `${account}:role/${role}`))}:${session}`
        : resource === "root"
        ? account
        : id === ""
        ? `${account}:bob`
        : idOf(id, i),
    },
  };
});

function idOf(prefix: string, number: number): string {
  return `${prefix}MADEUP${String(number).padStart(11, "0")}`;
}

/** A thing that is drawn `weight` times as often as one of weight 1. */
type Weighted<T> = readonly [weight: number, make: T];

function draw<T>(rows: readonly Weighted<T>[], random: Random): T {
  let left = random() * rows.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, item] of rows) if ((left -= weight) < 0) return item;
  return rows[0]![1];
}

type Text = (random: Random, name: string) => unknown;

const iam = (name: string) => `arn:aws:iam::${name}`;
const inAnyCase = (text: string, random: Random) =>
  [...text].map((letter) => random() < 0.4 ? letter.toUpperCase() : letter.toLowerCase()).join("");
/** The resource alone in another case: of "role" or "user" itself it stops aws-iam-authenticator. */
const inOtherCase: Text = (random, name) => {
  const at = name.lastIndexOf("/") + 1;
  return iam(name.slice(0, at) + inAnyCase(name.slice(at), random));
};

/** ARNs of a role that aws-iam-authenticator starts with. */
const ROLE_ARNS: readonly Weighted<Text>[] = [
  [24, (_, name) => iam(name)],
  [5, inOtherCase],
  [4, (random, name) => iam(name.replace(":role/", pick([":role/ops/", ":role/a/b/", ":role//"], random)))],
  [4, (random, name) =>
    iam(name).replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") +
    pick(["/masters", "/session-b", "/nobody"], random)],
  [
    2,
    (random) => iam(`${ACCOUNT}:role/${pick(["*", "A*", "Ad*n", "*n", "Adm?n", "Admin?", "?????", "O*_N*"], random)}`),
  ],
  [1, (random) => iam(`${ACCOUNT}:role/AWSReservedSSO_${pick(["Admin_*", "*", "Admin_????????????????"], random)}`)],
  [1, (random) => iam(`${pick(["*", "1234567890??"], random)}:role/${pick(["Admin", "*"], random)}`)],
  [1, (random) => iam(`${ACCOUNT}:role/ops/${pick(["*", "O?s"], random)}`)],
  [1, (random) => iam(pick(USERS, random))],
  [1, (_, name) => iam(name.replaceAll("K", "\u212a"))],
  [1, (_, name) => iam(name).replace("iam::", "iam:us-east-1:")],
  [1, (_, name) => `arn:aws-cn:iam::${name}`],
  [1, (_, name) => iam(name).replace(":role/", ":user/")],
];

/** ARNs of a user that aws-iam-authenticator starts with. */
const USER_ARNS: readonly Weighted<Text>[] = [
  [24, (_, name) => iam(name)],
  [6, inOtherCase],
  [2, (random, name) => inAnyCase(iam(name), random).replace(/^arn/i, "arn")],
  [3, (random) => iam(`${ACCOUNT}:user/${pick(["*", "a*", "d?ve", "ops/*", "*/Erin", "a?b"], random)}`)],
  [1, () => `arn:aws:sts::${FEDERATED}`],
  [1, (random) => iam(pick(ROLES, random))],
  [
    1,
    (random) => iam(pick(ROLES, random)).replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/session-b",
  ],
  [1, (_, name) => iam(name.replace("user/", "user/ops/"))],
  [1, (_, name) => iam(name.replaceAll("k", "\u212a"))],
];

/** ARNs that end aws-iam-authenticator's start in the config file. */
const FATAL_ARNS: readonly Weighted<Text>[] = [
  [2, (_, name) => iam(name).replace(/:(role|user)\//, ":group/")],
  [1, (_, name) => iam(name).replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")],
  [1, (_, name) => ` ${iam(name)}`],
  [1, (_, name) => iam(name).replace("arn:aws:", "arn:*:")],
  [1, (_, name) => iam(name).replace("arn:aws:", "arn:aws-xx:")],
  [1, (_, name) => iam(name).toUpperCase()],
  [1, (_, name) => iam(name).replace(":role/", ":Role/").replace(":user/", ":group/")],
  [1, () => "dave"],
  [1, () => "*"],
  [1, () => ""],
  [1, () => null],
  [1, () => undefined],
];

const NAMES: readonly Weighted<Text>[] = [
  [20, (random) => pick(["viewer", "developer", "admin", "dave"], random)],
  [3, (random) => `aws:${pick(["{{SessionName}}", "{{SessionNameRaw}}", "{{AccountID}}", "{{AccessKeyID}}"], random)}`],
  [2, (random) => pick(["system:masters", "system:node:n1", "system:nodes", "kubeadm:x", "ram-auth:admins"], random)],
  [1, (random) => pick(["system:node:{{SessionName}}", "system:{{SessionName}}", "sys{{SessionName}}m:x"], random)],
  [1, (random) => pick(["{{SessionName}}", "{{SessionNameRaw}}", "{{AccountID}}:{{SessionName}}"], random)],
  [1, (random) => pick(["{{Nobody}}", "x:{{sessionname}}", "{{", "a}}b", "{{ SessionName }}"], random)],
  [1, (random) => pick([" admin", "admin ", "adm\u200bin", "ad\u00a0min", "e\u0301ve", "\u3164", "a\tb"], random)],
];

const ODD_NAMES: readonly Weighted<Text>[] = [
  [1, () => ""],
  [1, () => 123],
  [1, () => true],
  [1, () => null],
  [1, () => undefined],
  [1, () => "n".repeat(1_100)],
];

const GROUPS: readonly Weighted<Text>[] = [
  [20, (random) => pick([["viewers"], ["developers", "viewers"], ["admins"], []], random)],
  [4, () => ["system:masters"]],
  [3, (random) => [draw(NAMES, random)(random, "")]],
  [2, (random) => pick([["kubeadm:cluster-admins"], ["viewers", "ram-auth:admins"], ["aws:nodes"]], random)],
  [2, () => undefined],
];

const ODD_GROUPS: readonly Weighted<Text>[] = [
  [2, () => "admins"],
  [1, () => "viewers,admins"],
  [1, () => null],
  [1, () => [123]],
  [1, () => ["viewers", null]],
  [1, () => [""]],
  [1, () => ["admins", "admins"]],
];

/** Keys beside the usual ones. */
const EXTRAS: readonly Weighted<(random: Random) => Readonly<Record<string, unknown>>>[] = [
  [2, (random) => ({ userid: pick([idOf("AROA", 0), idOf("AIDA", 0), idOf("AROA", 1)], random) })],
  [1, () => ({ userId: "" })],
  [1, () => ({ comment: "for the day of the audit" })],
  [1, () => ({ GROUPS: ["admins"] })],
];

const SSO: readonly Weighted<Readonly<Record<string, unknown>>>[] = [
  [2, { permissionSetName: "Admin", accountID: ACCOUNT }],
  [1, { permissionSetName: "Admin", accountID: ACCOUNT, partition: "aws" }],
  [1, { permissionSetName: "Admin_ReadOnly", accountID: ACCOUNT }],
];

const ACCOUNTS: readonly Weighted<string>[] = [
  [4, `"${ACCOUNT}"`],
  [2, ACCOUNT],
  [2, `"${OCTAL_ACCOUNT}"`],
  [2, OCTAL_ACCOUNT],
  [2, `"${OTHER_ACCOUNT}"`],
  [1, "1234"],
];

/** Entries that are not YAML, and so spoil the section with the old server. */
const NOT_YAML: readonly Weighted<(random: Random) => string>[] = [
  [2, (random) => `{rolearn: "arn:aws:iam::${ACCOUNT}:role/${pick(ROLES, random)}", username: {{SessionName}}}`],
  [1, (random) => `rolearn: arn:aws:iam::${ACCOUNT}:role/${pick(ROLES, random)}: x`],
  [1, () => "username: @nobody"],
];

/** Makes one config. */
export function makeConfig(random: Random, source: ConfigSource): MappingConfig {
  // In a config file one slip of these kinds is all that matters, so that few files have one.
  const isFatal = random() < (source === "EKSConfigMap" ? 0.5 : 0.06);
  const written: string[] = [];
  const entry = (section: "mapRoles" | "mapUsers"): string => {
    const name = pick(section === "mapRoles" ? ROLES : USERS, random);
    const own = section === "mapRoles" ? ROLE_ARNS : USER_ARNS;
    const shapes = isFatal && random() < 0.3 ? FATAL_ARNS : own;
    const again = written.length > 0 && random() < 0.3 ? pick(written, random) : undefined;
    const arn = again === undefined
      ? draw(shapes, random)(random, name)
      : random() < 0.3
      ? again.replace(/[^/]*$/, (end) => inAnyCase(end, random))
      : again;
    if (typeof arn === "string" && shapes === own) written.push(arn);
    const isSso = section === "mapRoles" && random() < 0.04;
    const arnKey = section === "mapRoles"
      ? pick(["rolearn", "roleARN", "roleArn"], random)
      : pick(["userarn", "userARN"], random);
    const otherKey = section === "mapRoles" ? "userarn" : "rolearn";
    const isOdd = random() < 0.06;
    return JSON.stringify({
      ...(isSso ? { sso: draw(SSO, random) } : { [isFatal && random() < 0.05 ? otherKey : arnKey]: arn }),
      username: draw(isOdd ? ODD_NAMES : NAMES, random)(random, name),
      groups: draw(random() < 0.06 ? ODD_GROUPS : GROUPS, random)(random, name),
      ...(random() < 0.05 && draw(EXTRAS, random)(random)),
    });
  };
  const list = (most: number, make: () => string) => Array.from({ length: below(most + 1, random) }, make);
  const config = {
    mapRoles: list(7, () => entry("mapRoles")),
    mapUsers: list(5, () => entry("mapUsers")),
    mapAccounts: random() < 0.3 ? list(2, () => draw(ACCOUNTS, random)) : [],
  };
  // Only a ConfigMap is still read then.
  if (source === "EKSConfigMap" && config.mapRoles.length > 0 && random() < 0.15) {
    config.mapRoles.splice(below(config.mapRoles.length + 1, random), 0, draw(NOT_YAML, random)(random));
  }
  return config;
}

/** The sections as YAML, one entry a line. */
export function sectionsOf(config: MappingConfig): Readonly<Record<keyof MappingConfig, string>> {
  const text = (entries: readonly string[]) =>
    entries.length === 0 ? "[]\n" : entries.map((entry) => `- ${entry}\n`).join("");
  return {
    mapRoles: text(config.mapRoles),
    mapUsers: text(config.mapUsers),
    mapAccounts: text(config.mapAccounts),
  };
}

/** A config as one text of YAML: what stands under `server:`. */
export function textOf(config: MappingConfig): string {
  return Object.entries(sectionsOf(config))
    .map(([key, text]) => text === "[]\n" ? `${key}: []\n` : `${key}:\n${text}`).join("");
}

/** A config as the manifest of `aws-auth`. */
export function manifestOf(config: MappingConfig): string {
  const data = Object.entries(sectionsOf(config)).map(([key, text]) =>
    `  ${key}: |\n${text.replace(/^(?=.)/gm, "    ")}`
  );
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: aws-auth, namespace: kube-system}\ndata:\n${data.join("")}`;
}

/** A config as a `DynamicFile`, which is JSON: digits that no number starts with are a text. */
export function dynamicFileOf({ mapRoles, mapUsers, mapAccounts }: MappingConfig): string {
  const accounts = mapAccounts.map((account) => account.startsWith("0") ? `"${account}"` : account);
  const list = (entries: readonly string[]) => entries.length === 0 ? "[]" : `[\n${entries.join(",\n")}\n]`;
  return `{"mapRoles": ${list(mapRoles)},\n"mapUsers": ${list(mapUsers)},\n"mapAccounts": ${list(accounts)}}\n`;
}
