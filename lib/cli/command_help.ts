/**
 * What help says of each command. Loaded only to show it.
 *
 * @module
 */

import type { CommandName } from "../config/option.ts";
import type { OptionName } from "../config/options.ts";

/** What a command says of itself. */
export interface CommandHelp {
  /** One line, an imperative without a full stop. */
  readonly summary: string;
  /** What follows `ram-auth`. */
  readonly usage: string;
  /** The options to show unless all are asked for; without it, all. */
  readonly common?: readonly OptionName[];
  /** Command lines that work, each with what it does. */
  readonly examples: readonly { readonly line: string; readonly does: string }[];
}

/** The table, in the order of the overview. */
export const COMMAND_HELP: Readonly<Record<CommandName, CommandHelp>> = {
  token: {
    summary: "Sign a cluster token with your cloud credentials",
    usage: "token -i <cluster id> [options]",
    common: ["cluster-id", "cloud", "role", "profile", "region", "token-only", "config", "help"],
    examples: [
      { line: "ram-auth token -i my-cluster", does: "print an ExecCredential, as kubectl's exec plugin" },
      { line: "ram-auth token -i my-cluster --token-only", does: "print the bare token, for curl" },
      {
        line: "ram-auth token -i my-cluster -r arn:aws:iam::123456789012:role/KubernetesAdmin",
        does: "assume a role first; its ARN names the cloud",
      },
      {
        line: "ram-auth token --cloud aws -i my-cluster --region eu-west-1",
        does: "sign with your own AWS credentials",
      },
    ],
  },
  "eks get-token": {
    summary: 'Drop-in replacement for "aws eks get-token"',
    usage: "[--region <region>] eks get-token --cluster-name <name> [options]",
    examples: [
      {
        line: "ram-auth eks get-token --cluster-name my-cluster",
        does: 'print an ExecCredential, as "aws eks get-token" does',
      },
      {
        line: "ram-auth --region eu-west-1 eks get-token --cluster-name my-cluster --output json",
        does: "take the arguments that EKS writes into kubeconfigs",
      },
    ],
  },
  "credential-plugin get-token": {
    summary: 'Drop-in replacement for "ack-ram-tool credential-plugin get-token"',
    usage: "credential-plugin get-token --cluster-id <id> [options]",
    examples: [
      {
        line: "ram-auth credential-plugin get-token --cluster-id c0123 --api-version v1beta1 --log-level error",
        does: "take the arguments that ack-ram-tool writes into kubeconfigs",
      },
      {
        line: "ram-auth credential-plugin get-token -c c0123 --role-arn acs:ram::1234567890123456:role/dev",
        does: "assume a role first",
      },
    ],
  },
  whoami: {
    summary: "Show as whom a login signs, and which Kubernetes user that is",
    usage: "whoami [options]",
    common: [
      "cloud",
      "role",
      "profile",
      "region",
      "cluster-id",
      "admin-kubeconfig",
      "kubeconfig-context",
      "output",
      "help",
    ],
    examples: [
      { line: "ram-auth whoami", does: "show which credentials are found, and who STS says that is" },
      { line: "ram-auth whoami --cloud aws --profile work", does: "the same for a profile of AWS" },
      {
        line: "ram-auth whoami -i my-cluster --kubeconfig-context my-cluster",
        does: "also ask the cluster of that context which user you are there",
      },
    ],
  },
  login: {
    summary: "Sign in to Alibaba Cloud in the browser, for a profile of the aliyun CLI",
    usage: "login [options]",
    examples: [
      { line: "ram-auth login", does: "sign in, or renew the login, of the aliyun CLI's current profile" },
      {
        line: "ram-auth login --profile work --site intl",
        does: "sign in at alibabacloud.com, for a profile of its own",
      },
      { line: "ram-auth login --no-browser", does: "only print the URL of the page to sign in at" },
    ],
  },
  "cache list": {
    summary: "List the cached credentials",
    usage: "cache list [options]",
    examples: [
      { line: "ram-auth cache list", does: 'show which credentials "ram-auth token --cache" uses, and until when' },
      { line: "ram-auth cache list -o json", does: "the same for a script" },
    ],
  },
  logout: {
    summary: "Remove the cached credentials",
    usage: "logout [options]",
    examples: [
      { line: "ram-auth logout", does: "remove what is cached; the next login asks the cloud again" },
    ],
  },
  completion: {
    summary: "Print the script by which a shell completes ram-auth's commands and options",
    usage: "completion bash|zsh|fish|powershell",
    examples: [
      { line: "ram-auth completion bash", does: "write source <(ram-auth completion bash) into ~/.bashrc" },
      {
        line: "ram-auth completion zsh",
        does: "the same in ~/.zshrc, below compinit; or into a file _ram-auth of its fpath",
      },
      { line: "ram-auth completion fish", does: "write it to ~/.config/fish/completions/ram-auth.fish" },
      {
        line: "ram-auth completion powershell",
        does: "write ram-auth completion powershell | Out-String | iex into $PROFILE",
      },
    ],
  },
  kubeconfig: {
    summary: "Add a ram-auth user to a kubeconfig",
    usage: "kubeconfig [-i <cluster id>] [--cluster-name <name>] [--from ack|eks] [--convert] [options]",
    examples: [
      {
        line: "ram-auth kubeconfig -i my-cluster --cluster-name kubernetes",
        does: "add a user and a context for a cluster that the kubeconfig already has",
      },
      {
        line: "ram-auth kubeconfig -i my-cluster --server https://192.0.2.1:6443 --certificate-authority ca.crt",
        does: "add the cluster as well",
      },
      {
        line: "ram-auth kubeconfig --from eks --name my-cluster --region eu-west-1 --dry-run",
        does: "look up an EKS cluster, and only show the change",
      },
      {
        line: "ram-auth kubeconfig --from ack --name c0123 --role acs:ram::1234567890123456:role/dev",
        does: "look up an ACK cluster, and log in to it as a role",
      },
      {
        line: "ram-auth kubeconfig --convert",
        does: "convert every user that calls aws, aws-iam-authenticator or ack-ram-tool",
      },
    ],
  },
  server: {
    summary: "Answer kube-apiserver's token webhook",
    usage: "server -i <cluster id> [-c <file>] [options]",
    examples: [
      {
        line: "ram-auth server -i my-cluster -c /etc/ram-auth/config.yaml",
        does: "run with the mappings in the config file",
      },
      {
        line: "ram-auth server -c config.yaml --state-dir . -l json",
        does: "keep the state in the current folder, and log JSON",
      },
    ],
  },
  verify: {
    summary: "Verify a token, and show which step refuses it and why, or which user it becomes",
    usage: "verify -t <token> -i <cluster id> [-c <file>] [options]",
    examples: [
      {
        line: "ram-auth token -i my-cluster --token-only | ram-auth verify -i my-cluster -t -",
        does: "verify a token of your own",
      },
      {
        line: "ram-auth verify -t - -c /etc/ram-auth/config.yaml",
        does: "go on to the mappings, as the server with this config file does",
      },
      {
        line: "ram-auth verify -i my-cluster -t - -o json",
        does: "read the token from standard input, and print JSON",
      },
    ],
  },
  explain: {
    summary: "Explain which rule lets a principal in, or why none does",
    usage: "explain <arn|token|-> [-c <file>] [-f <file>,...] [options]",
    examples: [
      {
        line: "ram-auth explain arn:aws:iam::123456789012:role/Admin -c /etc/ram-auth/config.yaml",
        does: "explain a role, from the config file and the API server that it names",
      },
      {
        line: "ram-auth explain acs:ram::1234567890123456:user/alice --backend-mode ACKConfigMap,CRD " +
          "--kubeconfig ~/.kube/config",
        does: "explain a user, from what a cluster holds now",
      },
      {
        line: "kubectl get cm aws-auth -n kube-system -o yaml | tee aws-auth.yaml && " +
          "ram-auth explain arn:aws:iam::123456789012:user/dave -f aws-auth.yaml",
        does: "explain a user, from a copy of the cluster's ConfigMap",
      },
      {
        line: "ram-auth token -i my-cluster --token-only | ram-auth explain - -i my-cluster -c config.yaml",
        does: "explain your own token; STS says whose it is",
      },
    ],
  },
  check: {
    summary: "Check config files and mappings for errors",
    usage: "check [-c <file>] [<file>] [--as <server>] [-o text|json]",
    examples: [
      { line: "ram-auth check -c config.yaml", does: "check a config file; exits with 1 if anything is wrong, for CI" },
      {
        line: "kubectl get cm aws-auth -n kube-system -o yaml | ram-auth check -",
        does: "check the ConfigMap of a cluster",
      },
      {
        line: "ram-auth check --as aws-iam-authenticator -c config.yaml",
        does: "list each entry that a swap gives another meaning; exits with 1 if anybody may gain rights",
      },
      { line: "ram-auth check mappings.yaml -o json", does: "check a file of any form, and print JSON" },
    ],
  },
  "mappings list": {
    summary: "List the rules of all mapping sources, in the order they are tried",
    usage: "mappings list [-c <file>] [-f <file>,...] [-o text|json|yaml] [options]",
    examples: [
      {
        line: "ram-auth mappings list -c config.yaml",
        does: "list what the config file and the API server that it names hold",
      },
      {
        line: "ram-auth mappings list --backend-mode EKSConfigMap --kubeconfig ~/.kube/config",
        does: "list what a cluster holds now",
      },
      { line: "ram-auth mappings list -f aws-auth.yaml -o json", does: "list a saved ConfigMap, and print JSON" },
    ],
  },
  convert: {
    summary: "Convert mappings between config file, ConfigMap, custom resources and other tools' files",
    usage: "convert --to file|configmap|crd [<file>]",
    examples: [
      {
        line: "kubectl get cm aws-auth -n kube-system -o yaml | ram-auth convert --to crd",
        does: "turn a ConfigMap into custom resources",
      },
      { line: "ram-auth convert --to configmap config.yaml", does: "turn the config file's mappings into a ConfigMap" },
      {
        line: "ram-auth convert --to crd eksctl.yaml",
        does: "turn the mappings of another tool into custom resources",
      },
    ],
  },
  "add user": {
    summary: "Map a user in its cloud's ConfigMap",
    usage: "add user --userarn <arn> --username <name> [--groups <group>,...] [options]",
    examples: [
      {
        line: "ram-auth add user --userarn acs:ram::1234567890123456:user/alice --username alice --groups viewers",
        does: "show the change to kube-system/alibabacloud-auth, and ask before writing",
      },
      {
        line: "ram-auth add user --userarn arn:aws:iam::123456789012:user/bob --username bob --prompt=false",
        does: "write to kube-system/aws-auth without asking",
      },
    ],
  },
  "add role": {
    summary: "Map a role in its cloud's ConfigMap",
    usage: "add role --rolearn <arn> --username <name> [--groups <group>,...] [options]",
    examples: [
      {
        line: "ram-auth add role --rolearn arn:aws:iam::123456789012:role/Dev --username dev:{{SessionName}} " +
          "--groups developers,viewers",
        does: "show the change to kube-system/aws-auth, and ask before writing",
      },
      {
        line: "ram-auth add role --rolearn acs:ram::1234567890123456:role/dev --username dev --dry-run",
        does: "only show the change",
      },
    ],
  },
  "remove user": {
    summary: "Remove a user from its cloud's ConfigMap",
    usage: "remove user --userarn <arn> [options]",
    examples: [
      {
        line: "ram-auth remove user --userarn acs:ram::1234567890123456:user/alice",
        does: "show the change to kube-system/alibabacloud-auth, and ask before writing",
      },
    ],
  },
  "remove role": {
    summary: "Remove a role from its cloud's ConfigMap",
    usage: "remove role --rolearn <arn> [options]",
    examples: [
      {
        line: "ram-auth remove role --rolearn arn:aws:iam::123456789012:role/Dev --prompt=false",
        does: "write to kube-system/aws-auth without asking",
      },
    ],
  },
  "deny add": {
    summary: "Deny a principal, key or account at once, in the server's config file",
    usage:
      "deny add [<arn>] [--access-key-id <id>] [--principal-id <id>] [--account <id>] -c <config file> [--dry-run]",
    examples: [
      {
        line: "sudo ram-auth deny add arn:aws:iam::123456789012:user/mallory -c /etc/ram-auth/config.yaml",
        does: "refuse a user, whatever the mappings say",
      },
      {
        line: "sudo ram-auth deny add --access-key-id AKIAIOSFODNN7EXAMPLE -c /etc/ram-auth/config.yaml",
        does: "refuse one leaked key",
      },
      { line: "ram-auth deny add --account 123456789012 -c config.yaml --dry-run", does: "only show the change" },
    ],
  },
  "deny remove": {
    summary: "End a denial in the server's config file",
    usage:
      "deny remove [<arn>] [--access-key-id <id>] [--principal-id <id>] [--account <id>] -c <config file> [--dry-run]",
    examples: [
      {
        line: "sudo ram-auth deny remove arn:aws:iam::123456789012:user/mallory -c /etc/ram-auth/config.yaml",
        does: "let the mappings decide again",
      },
    ],
  },
  "deny list": {
    summary: "List whom the server's config file denies",
    usage: "deny list -c <config file> [-o json]",
    examples: [{ line: "ram-auth deny list -c /etc/ram-auth/config.yaml", does: "print a table" }],
  },
  init: {
    summary: "Create a server's certificates and webhook kubeconfig, or install everything",
    usage: "init -i <cluster id> [--install] [--admin-arn <arn>] [--dry-run] [options]",
    examples: [
      { line: "ram-auth init -i my-cluster", does: "create the files here, and list where to copy them" },
      {
        line: "sudo ram-auth init -i my-cluster --install --admin-arn acs:ram::1234567890123456:user/alice",
        does: "install all that a control plane node needs, with alice as administrator",
      },
      { line: "ram-auth init -i my-cluster --install --dry-run", does: "show each file, and change nothing" },
      { line: "ram-auth init -i my-cluster --install --root ./image", does: "install into the file tree of an image" },
    ],
  },
  "webhook-token rotate": {
    summary: "Give kube-apiserver a new token to ask the server with",
    usage: "webhook-token rotate [--dry-run] [--state-dir <directory>] [--generate-kubeconfig <file>]",
    examples: [
      { line: "sudo ram-auth webhook-token rotate --dry-run", does: "show what would change" },
      {
        line: "sudo ram-auth webhook-token rotate",
        does: "write a new token into the webhook kubeconfig; the server accepts the old one, too",
      },
    ],
  },
  "webhook-token retire": {
    summary: "Accept no webhook token but the one in the webhook kubeconfig",
    usage: "webhook-token retire [--dry-run] [--state-dir <directory>] [--generate-kubeconfig <file>]",
    examples: [
      { line: "sudo ram-auth webhook-token retire --dry-run", does: "show what would change" },
      {
        line: "sudo ram-auth webhook-token retire",
        does: "end a rotation, once each kube-apiserver was restarted",
      },
    ],
  },
  uninstall: {
    summary: 'Remove what "init --install" installed',
    usage: "uninstall [--purge] [--dry-run] [--root <directory>]",
    examples: [
      { line: "sudo ram-auth uninstall", does: "remove the program and its unit; keep config, keys and kubeconfig" },
      { line: "sudo ram-auth uninstall --purge --prompt=false", does: "remove everything without asking" },
    ],
  },
  "apiserver configure": {
    summary: "Make this node's kube-apiserver ask ram-auth about bearer tokens",
    usage: "apiserver configure [--dry-run] [--replace] [options]",
    examples: [
      { line: "sudo ram-auth apiserver configure --dry-run", does: "show what would change" },
      {
        line: "sudo ram-auth apiserver configure",
        does: "change it, wait until kube-apiserver is healthy again, else put the original back",
      },
      {
        line: "sudo ram-auth apiserver configure --replace",
        does: "take the place of the webhook that is configured now",
      },
    ],
  },
  "apiserver undo": {
    summary: 'Put back what "apiserver configure" changed, byte for byte',
    usage: "apiserver undo [--dry-run] [options]",
    examples: [
      { line: "sudo ram-auth apiserver undo --dry-run", does: "show what would change back" },
      { line: "sudo ram-auth apiserver undo", does: "put the original back, and wait until kube-apiserver is healthy" },
    ],
  },
  manifests: {
    summary: "Print what an operator applies or installs: CRDs, RBAC, DaemonSet, alerts and more",
    usage: "manifests [<manifest>...] [--image <reference>] [-i <cluster id>] [--state-dir <directory>] " +
      "[--backend-mode <source,...>] [--share-port] [--health-port <integer>]",
    examples: [
      { line: "ram-auth manifests", does: "list what there is" },
      {
        line: "ram-auth manifests crds rbac mapping-guard",
        does: 'print them as one text, for "kubectl apply --server-side -f -"',
      },
      {
        line: "ram-auth manifests all --image registry.example.com/ram-auth:0.1.0",
        does: "print all that a server in the cluster needs",
      },
      {
        line:
          "ram-auth manifests daemonset --image registry.example.com/ram-auth:0.2.0 --share-port --health-port 21364",
        does: "print an upgrade that starts each new pod beside the old one",
      },
      {
        line: "ram-auth manifests rbac daemonset --backend-mode MountedFile,CRD",
        does: "print a server that reads mappings in the config file and in custom resources",
      },
      {
        line: "ram-auth manifests config-example -i my-cluster",
        does: "print a config file to start from",
      },
    ],
  },
  dev: {
    summary: "Run an STS emulator and a server on loopback, with demo users",
    usage: "dev",
    examples: [{ line: "ram-auth dev", does: "print what to export and which commands to try" }],
  },
  config: {
    summary: "Print the server's options, and where each value comes from",
    usage: "config [-c <file>] [-o text|json] [options of server]",
    examples: [
      { line: "ram-auth config -c /etc/ram-auth/config.yaml", does: "print what the server would use" },
      { line: "RAM_AUTH_PORT=8443 ram-auth config -o json", does: "print JSON" },
    ],
  },
  doctor: {
    summary: "Look at an installation, and say what is wrong and what to do",
    usage: "doctor [-c <file>] [-o text|json] [options of server]",
    common: ["config", "cluster-id", "output", "state-dir", "generate-kubeconfig", "port", "health-port", "help"],
    examples: [
      { line: "sudo ram-auth doctor", does: "look at what /etc/ram-auth/config.yaml describes; changes nothing" },
      {
        line: "sudo ram-auth doctor -c config.yaml --state-dir . --port 8443",
        does: "look at a server that was started with these flags",
      },
      { line: "sudo ram-auth doctor -o json", does: "print JSON; exit code 1 if a check failed" },
    ],
  },
  version: {
    summary: "Print version, commit and runtime",
    usage: "version [-o text|json]",
    examples: [
      { line: "ram-auth version", does: "print what a bug report needs" },
      { line: "ram-auth version -o json", does: "print JSON" },
    ],
  },
};
