/**
 * Kubeconfigs that nobody wrote: entries of every kind, under names that YAML may take for something else, in several
 * hands, and some of them broken.
 *
 * @module
 */

import { stringify } from "yaml";
import { below, pick, type Random } from "../../support/seeded_random.ts";

const NAMES = [
  "dev",
  "prod",
  "a b",
  "on",
  "12",
  "0x1f",
  "1e3",
  "ü",
  "arn:aws:eks:eu-west-1:1:cluster/c",
  "~",
  "null",
  "y",
];

const EKS = ["eks", "get-token", "--cluster-name", "c1"];

const V1BETA1 = "client.authentication.k8s.io/v1beta1";

/** Users by what they are; `undefined` for one without anything. */
const USERS: readonly unknown[] = [
  { token: "made-up" },
  { "client-certificate-data": "TWFkZSB1cA==", "client-key-data": "TWFkZSB1cA==" },
  {},
  null,
  { exec: { apiVersion: V1BETA1, command: "aws", args: EKS, env: [{ name: "AWS_PROFILE", value: "ops" }] } },
  { exec: { apiVersion: V1BETA1, command: "aws", args: ["--region", "eu-west-1", ...EKS, "--output", "json"] } },
  { exec: { apiVersion: V1BETA1, command: "aws", args: ["sso", "login"] } },
  { exec: { apiVersion: V1BETA1, command: "aws-vault", args: ["exec", "p", "--", "aws", ...EKS] } },
  { exec: { apiVersion: V1BETA1, command: "sh", args: ["-c", `aws ${EKS.join(" ")}`] } },
  { exec: { apiVersion: V1BETA1, command: "sh", args: ["-c", `aws ${EKS.join(" ")} | cat`] } },
  { exec: { apiVersion: V1BETA1, command: "aws-iam-authenticator", args: ["token", "-i", "c1"] } },
  { exec: { apiVersion: V1BETA1, command: "ack-ram-tool", args: ["credential-plugin", "get-token", "-c", "c1"] } },
  { exec: { apiVersion: V1BETA1, command: "kubelogin", args: ["get-token"], interactiveMode: "Never" } },
  { exec: { apiVersion: V1BETA1, command: "ram-auth", args: ["token", "-i", "old"] } },
  { exec: { apiVersion: V1BETA1, command: "ram-auth", args: ["token", "-i", "c1", "--cloud", "aws"] } },
];

/** Values that kubectl loads no file with, or may; the judge says. */
const SLIPS: readonly ((config: Kubeconfig) => void)[] = [
  (config) => config.users.push({ name: "slip", user: { exec: { command: 5 } } }),
  (config) => config.users.push({ name: "slip", user: { exec: { command: "x", args: ["-i", 12] } } }),
  (config) => config.users.push({ name: "slip", user: { exec: { command: "x", env: [{ name: "A", value: true }] } } }),
  (config) => config.users.push({ name: "slip", user: { "client-key-data": "%%" } }),
  (config) => config.users.push({ name: "slip", user: { token: ["a"] } }),
  (config) => config.users.push({ name: "twice", user: {} }, { name: "twice", user: {} }),
  (config) => config.users.push({ user: {} }),
  (config) => config.users.push({ name: 7, user: {} }),
  (config) => config.users.push("text"),
  (config) => config.users.push(null),
  (config) => config.clusters.push({ name: "slip", cluster: { server: 1 } }),
  (config) => config.clusters.push({ name: "slip", cluster: { "insecure-skip-tls-verify": "true" } }),
  (config) => config.contexts.push({ name: "slip", context: { user: {} } }),
  (config) => config.contexts.push({ name: "slip", context: "text" }),
  (config) => config.apiVersion = "v2",
  (config) => config.preferences = [],
  (config) => config["current-context"] = 3,
  (config) => config.unknown = { anything: [1] },
];

interface Kubeconfig {
  [key: string]: unknown;
  readonly clusters: unknown[];
  readonly users: unknown[];
  readonly contexts: unknown[];
}

/** The texts of one to three files. */
export function madeUpKubeconfigs(random: Random): readonly string[] {
  return Array.from({ length: pick([1, 1, 2, 3], random) }, () => written(madeUp(random), random));
}

function madeUp(random: Random): Kubeconfig {
  const some = <Item>(most: number, make: (name: string) => Item) =>
    shuffled(NAMES, random).slice(0, below(most + 1, random)).map(make);
  const users = some(6, (name) => ({ name, user: pick(USERS, random) }));
  const names = [...NAMES, ...Array<typeof users>(4).fill(users).flat().map(({ name }) => name)];
  const config: Kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    clusters: some(3, (name) => ({ name, cluster: { server: `https://${below(9, random)}.example.com` } })),
    users,
    contexts: some(4, (name) => ({ name, context: { cluster: pick(NAMES, random), user: pick(names, random) } })),
    "current-context": pick(["", ...NAMES], random),
    preferences: {},
  };
  if (below(4, random) === 0) pick(SLIPS, random)(config);
  return config;
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  return items.map((item) => [random(), item] as const).toSorted(([a], [b]) => a - b).map(([, item]) => item);
}

function written(config: Kubeconfig, random: Random): string {
  const hands = [
    () => JSON.stringify(config),
    () => JSON.stringify(config, null, 2),
    () => stringify(config, { compat: "yaml-1.1" }),
    // Without the quotes that YAML 1.1 needs: `on` is a switch to kubectl.
    () => stringify(config, { aliasDuplicateObjects: false }),
    () => stringify(config, { compat: "yaml-1.1", defaultStringType: "QUOTE_SINGLE", indentSeq: false }),
    () => `# Ask before you change it.\n---\n${stringify(config, { compat: "yaml-1.1" })}# The end.\n`,
    () => merging(config),
  ];
  return pick(hands, random)();
}

/** With what two users have in common in a map of its own. */
function merging(config: Kubeconfig): string {
  const text = stringify({ "x-common": { apiVersion: V1BETA1 }, ...config }, { compat: "yaml-1.1" });
  return text.replace("x-common:", "x-common: &common").replaceAll(
    /^( +)apiVersion: client.*$/gm,
    (line, indent, at) => text.slice(0, at).includes("users:") ? `${indent}<<: *common` : line,
  );
}
