/**
 * Every command: one table. The runner and help are made from it; a command's module is loaded only when it runs.
 *
 * @module
 */

import { type CommandLine, splitAtCommand } from "../config/flags.ts";
import type { CommandName } from "../config/option.ts";
import { importLater } from "../import_later.ts";
import type { CommandModule } from "./command.ts";

/**
 * A permission that not every command needs: to reach the network, to write files, to start the shell (which starts what
 * a profile of AWS names), to read the host's name (for the log) and the release of the system (the AWS SDK tells it).
 */
export type Need = "net" | "write" | "run" | "hostname" | "osRelease";

/** What a command says of itself. */
export interface CommandRow {
  /** One line, an imperative without a full stop. */
  readonly summary: string;
  /** What follows `ram-auth`. */
  readonly usage: string;
  /** Command lines that work, each with what it does. */
  readonly examples: readonly { readonly line: string; readonly does: string }[];
  /** What it may do beside reading files and the environment; every other permission is given up before it runs. */
  readonly needs: readonly Need[];
  readonly load: () => Promise<CommandModule>;
}

/** The table, in the order of the overview. */
export const COMMANDS: Readonly<Partial<Record<CommandName, CommandRow>>> = {
  token: {
    summary: "Sign a token for a cluster with your cloud credentials",
    usage: "token -i <cluster id> [options]",
    examples: [
      { line: "ram-auth token -i my-cluster", does: "an ExecCredential, as kubectl's exec plugin" },
      { line: "ram-auth token -i my-cluster --token-only", does: "the bare token, for curl" },
      {
        line: "ram-auth token -i my-cluster -r arn:aws:iam::123456789012:role/KubernetesAdmin",
        does: "as a role, of AWS by its ARN",
      },
      { line: "ram-auth token --cloud aws -i my-cluster --region eu-west-1", does: "with your own AWS credentials" },
    ],
    needs: ["net", "run", "osRelease"],
    load: () => import("./login/token.ts"),
  },
  "eks get-token": {
    summary: 'The same, in the place of "aws" in kubeconfigs of EKS',
    usage: "[--region <region>] eks get-token --cluster-name <name> [options]",
    examples: [
      { line: "ram-auth eks get-token --cluster-name my-cluster", does: "as aws eks get-token" },
      {
        line: "ram-auth --region eu-west-1 eks get-token --cluster-name my-cluster --output json",
        does: "with the arguments as EKS writes them",
      },
    ],
    needs: ["net", "run", "osRelease"],
    load: () => importLater<typeof import("./login/eks_get_token.ts")>("./login/eks_get_token.ts", import.meta.url),
  },
  "credential-plugin get-token": {
    summary: 'The same, in the place of "ack-ram-tool" in kubeconfigs of ACK',
    usage: "credential-plugin get-token --cluster-id <id> [options]",
    examples: [
      {
        line: "ram-auth credential-plugin get-token --cluster-id c0123 --api-version v1beta1 --log-level error",
        does: "with the arguments as ack-ram-tool writes them",
      },
      {
        line: "ram-auth credential-plugin get-token -c c0123 --role-arn acs:ram::1234567890123456:role/dev",
        does: "as a role",
      },
    ],
    needs: ["net"],
    load: () =>
      importLater<typeof import("./login/credential_plugin.ts")>("./login/credential_plugin.ts", import.meta.url),
  },
  kubeconfig: {
    summary: "Write a user that logs in by ram-auth into a kubeconfig",
    usage: "kubeconfig [-i <cluster id>] [--cluster-name <name>] [--from ack|eks] [--convert] [options]",
    examples: [
      {
        line: "ram-auth kubeconfig -i my-cluster --cluster-name kubernetes",
        does: "a user, and a context with a cluster that the kubeconfig has",
      },
      {
        line: "ram-auth kubeconfig -i my-cluster --server https://192.0.2.1:6443 --certificate-authority ca.crt",
        does: "the cluster too",
      },
      {
        line: "ram-auth kubeconfig --from eks --name my-cluster --region eu-west-1 --dry-run",
        does: "a cluster of EKS; shows the change alone",
      },
      {
        line: "ram-auth kubeconfig --from ack --name c0123 --role acs:ram::1234567890123456:role/dev",
        does: "a cluster of ACK, to log in to as a role",
      },
      { line: "ram-auth kubeconfig --convert", does: "every user that calls aws, ack-ram-tool or another peer" },
    ],
    needs: ["net", "write", "run", "osRelease"],
    load: () => importLater<typeof import("./kubeconfig/kubeconfig.ts")>("./kubeconfig/kubeconfig.ts", import.meta.url),
  },
  server: {
    summary: "Verify tokens for kube-apiserver",
    usage: "server -i <cluster id> [-c <file>] [options]",
    examples: [
      {
        line: "ram-auth server -i my-cluster -c /etc/ram-auth/config.yaml",
        does: "with the mappings of the config file",
      },
      { line: "ram-auth server -c config.yaml --state-dir . -l json", does: "from the current folder, logging JSON" },
    ],
    needs: ["net", "write", "hostname", "osRelease"],
    load: () => importLater<typeof import("./serve/server.ts")>("./serve/server.ts", import.meta.url),
  },
  verify: {
    summary: "Verify one token, and say which step refused it and why",
    usage: "verify -t <token> -i <cluster id> [options]",
    examples: [
      {
        line: "ram-auth token -i my-cluster --token-only | ram-auth verify -i my-cluster -t -",
        does: "a token of your own",
      },
      { line: "ram-auth verify -i my-cluster -t - -o json", does: "a token from standard input, for a program" },
    ],
    needs: ["net"],
    load: () => importLater<typeof import("./mappings/verify.ts")>("./mappings/verify.ts", import.meta.url),
  },
  explain: {
    summary: "Say which mapping lets an identity in, or why none does",
    usage: "explain <arn|token|-> [-c <file>] [-f <file>,...] [options]",
    examples: [
      {
        line: "ram-auth explain arn:aws:iam::123456789012:role/Admin -c /etc/ram-auth/config.yaml",
        does: "a role, by the mappings of the config file and of the API server that it names",
      },
      {
        line: "ram-auth explain acs:ram::1234567890123456:user/alice --backend-mode ACKConfigMap,CRD " +
          "--kubeconfig ~/.kube/config",
        does: "a user, by what a cluster holds now",
      },
      {
        line: "kubectl get cm aws-auth -n kube-system -o yaml | tee aws-auth.yaml && " +
          "ram-auth explain arn:aws:iam::123456789012:user/dave -f aws-auth.yaml",
        does: "a user, by a copy of a cluster's ConfigMap",
      },
      {
        line: "ram-auth token -i my-cluster --token-only | ram-auth explain - -i my-cluster -c config.yaml",
        does: "your own token; STS is asked whose it is",
      },
    ],
    needs: ["net"],
    load: () => importLater<typeof import("./mappings/explain.ts")>("./mappings/explain.ts", import.meta.url),
  },
  check: {
    summary: "Find everything that is wrong with config files and mappings",
    usage: "check [-c <file>] [<file>] [-o text|json]",
    examples: [
      { line: "ram-auth check -c config.yaml", does: "a config file; exit code 1 if anything is wrong, for CI" },
      {
        line: "kubectl get cm aws-auth -n kube-system -o yaml | ram-auth check -",
        does: "the ConfigMap of a cluster",
      },
      { line: "ram-auth check mappings.yaml -o json", does: "a file of any form, for a program" },
    ],
    needs: [],
    load: () => importLater<typeof import("./mappings/check.ts")>("./mappings/check.ts", import.meta.url),
  },
  "mappings list": {
    summary: "List the mappings of all sources in the order in which they are tried",
    usage: "mappings list [-c <file>] [-f <file>,...] [-o text|json|yaml] [options]",
    examples: [
      {
        line: "ram-auth mappings list -c config.yaml",
        does: "those of the config file and of the API server that it names, and which entries are invalid",
      },
      {
        line: "ram-auth mappings list --backend-mode EKSConfigMap --kubeconfig ~/.kube/config",
        does: "those that a cluster holds now",
      },
      { line: "ram-auth mappings list -f aws-auth.yaml -o json", does: "those of a ConfigMap, for a program" },
    ],
    needs: ["net"],
    load: () => importLater<typeof import("./mappings/list.ts")>("./mappings/list.ts", import.meta.url),
  },
  convert: {
    summary: "Turn mappings of a file, a ConfigMap or custom resources into one another",
    usage: "convert --to file|configmap|crd [<file>]",
    examples: [
      {
        line: "kubectl get cm aws-auth -n kube-system -o yaml | ram-auth convert --to crd",
        does: "a ConfigMap as custom resources",
      },
      { line: "ram-auth convert --to configmap config.yaml", does: "the config file's mappings as a ConfigMap" },
    ],
    needs: [],
    load: () => importLater<typeof import("./mappings/convert.ts")>("./mappings/convert.ts", import.meta.url),
  },
  "add user": {
    summary: "Map a user in the ConfigMap of its cloud",
    usage: "add user --userarn <arn> --username <name> [--groups <group>,...] [options]",
    examples: [
      {
        line: "ram-auth add user --userarn acs:ram::1234567890123456:user/alice --username alice --groups viewers",
        does: "shows the change to kube-system/alibabacloud-auth, and asks",
      },
      {
        line: "ram-auth add user --userarn arn:aws:iam::123456789012:user/bob --username bob --prompt=false",
        does: "writes to kube-system/aws-auth at once",
      },
    ],
    needs: ["net"],
    load: async () => (await importLater<typeof import("./edit/add.ts")>("./edit/add.ts", import.meta.url)).user,
  },
  "add role": {
    summary: "Map a role in the ConfigMap of its cloud",
    usage: "add role --rolearn <arn> --username <name> [--groups <group>,...] [options]",
    examples: [
      {
        line: "ram-auth add role --rolearn arn:aws:iam::123456789012:role/Dev --username dev:{{SessionName}} " +
          "--groups developers,viewers",
        does: "shows the change to kube-system/aws-auth, and asks",
      },
      {
        line: "ram-auth add role --rolearn acs:ram::1234567890123456:role/dev --username dev --dry-run",
        does: "shows the change alone",
      },
    ],
    needs: ["net"],
    load: async () => (await importLater<typeof import("./edit/add.ts")>("./edit/add.ts", import.meta.url)).role,
  },
  "remove user": {
    summary: "Take the mapping of a user out of the ConfigMap of its cloud",
    usage: "remove user --userarn <arn> [options]",
    examples: [
      {
        line: "ram-auth remove user --userarn acs:ram::1234567890123456:user/alice",
        does: "shows the change to kube-system/alibabacloud-auth, and asks",
      },
    ],
    needs: ["net"],
    load: async () => (await importLater<typeof import("./edit/remove.ts")>("./edit/remove.ts", import.meta.url)).user,
  },
  "remove role": {
    summary: "Take the mapping of a role out of the ConfigMap of its cloud",
    usage: "remove role --rolearn <arn> [options]",
    examples: [
      {
        line: "ram-auth remove role --rolearn arn:aws:iam::123456789012:role/Dev --prompt=false",
        does: "writes to kube-system/aws-auth at once",
      },
    ],
    needs: ["net"],
    load: async () => (await importLater<typeof import("./edit/remove.ts")>("./edit/remove.ts", import.meta.url)).role,
  },
  init: {
    summary: "Make the certificates and the webhook kubeconfig of a server, or install all of it",
    usage: "init -i <cluster id> [--install] [--admin-arn <arn>] [--dry-run] [options]",
    examples: [
      { line: "ram-auth init -i my-cluster", does: "into the current folder; says what to copy where" },
      {
        line: "sudo ram-auth init -i my-cluster --install --admin-arn acs:ram::1234567890123456:user/alice",
        does: "everything that a control plane node needs, with alice as administrator",
      },
      { line: "ram-auth init -i my-cluster --install --dry-run", does: "shows each file, and changes nothing" },
      { line: "ram-auth init -i my-cluster --install --root ./image", does: "the same in the tree of an image" },
    ],
    needs: ["write"],
    load: () => importLater<typeof import("./install/init.ts")>("./install/init.ts", import.meta.url),
  },
  uninstall: {
    summary: "Remove what init --install put in place",
    usage: "uninstall [--purge] [--dry-run] [--root <directory>]",
    examples: [
      { line: "sudo ram-auth uninstall", does: "removes program and unit; config, keys and kubeconfig stay" },
      { line: "sudo ram-auth uninstall --purge --prompt=false", does: "removes everything, without a question" },
    ],
    needs: ["write"],
    load: () => importLater<typeof import("./install/uninstall.ts")>("./install/uninstall.ts", import.meta.url),
  },
  dev: {
    summary: "Run the whole product on loopback, with an STS emulator and demo users",
    usage: "dev",
    examples: [{ line: "ram-auth dev", does: "prints what to export and which commands to try" }],
    needs: ["net", "write", "hostname", "osRelease"],
    load: () => importLater<typeof import("./serve/dev.ts")>("./serve/dev.ts", import.meta.url),
  },
  config: {
    summary: "Print the server's options in force, and where each comes from",
    usage: "config [-c <file>] [-o text|json] [options of server]",
    examples: [
      { line: "ram-auth config -c /etc/ram-auth/config.yaml", does: "what the server would use" },
      { line: "RAM_AUTH_PORT=8443 ram-auth config -o json", does: "the same, for a program" },
    ],
    needs: [],
    load: () => importLater<typeof import("./serve/config.ts")>("./serve/config.ts", import.meta.url),
  },
  version: {
    summary: "Print the version, the commit and the runtime of this build",
    usage: "version [-o text|json]",
    examples: [
      { line: "ram-auth version", does: "what to put into a report of a problem" },
      { line: "ram-auth version -o json", does: "the same, for a program" },
    ],
    needs: [],
    load: () => importLater<typeof import("./version.ts")>("./version.ts", import.meta.url),
  },
};

/** The command of that name. Trust: whoever starts the process chose the word. */
export function commandNamed(word: string): { readonly name: CommandName; readonly row: CommandRow } | undefined {
  if (!Object.hasOwn(COMMANDS, word)) return undefined;
  const name = word as CommandName;
  const row = COMMANDS[name];
  return row && { name, row };
}

/** Parts the command from its flags. Trust: whoever starts the process chose the arguments. */
export function splitCommandLine(args: readonly string[]): CommandLine {
  return splitAtCommand(args, (name) => commandNamed(name) !== undefined);
}
