/**
 * Files that start kube-apiserver, as people and programs write them, and damaged ones: what `apiserver configure` is
 * tried on.
 *
 * @module
 */

import assert from "node:assert/strict";
import { parse, stringify } from "yaml";
import { differentManifests, kubeadmManifest } from "./kubeadm_manifests.ts";
import { kubesprayManifest } from "./kubespray_manifest.ts";

/** A file by what is special about it. */
export type Case = readonly [what: string, text: string];

/** Of the newest release. */
export const MANIFEST = kubeadmManifest("1.36");

/** The flag of another webhook. */
export const OTHER = "authentication-token-webhook-config-file=/etc/other/webhook.yaml";

/** The manifest with lines before the first one that begins so. */
export function before(line: string, text: string): string {
  assert(MANIFEST.includes(`\n${line}`), line);
  return MANIFEST.replace(`\n${line}`, () => `\n${text}\n${line}`);
}

/** Manifests of static pods in which the lines can be added. */
export const PODS: readonly Case[] = [
  ...[...differentManifests()].map(([name, text]) => [`kubeadm ${name}`, text] as const),
  ["kubespray", kubesprayManifest()],
  ["ends of lines of Windows", MANIFEST.replaceAll("\n", "\r\n")],
  ["no newline at its end", MANIFEST.trimEnd()],
  ["lists that are indented", stringify(parse(MANIFEST))],
  ["lists that are indented by four", stringify(parse(MANIFEST), { indent: 4 })],
  ["quoted flags", MANIFEST.replaceAll(/^( {4}- )(--?.*)$/gm, '$1"$2"')],
  ["quotes of the other kind", MANIFEST.replaceAll(/^( {4}- )(k.*|--?.*)$/gm, "$1'$2'")],
  ["a path of the program", MANIFEST.replace("- kube-apiserver\n", "- /usr/local/bin/kube-apiserver # see image\n")],
  ["flags in args:", MANIFEST.replace("    - --advertise-address", "    args:\n    - --advertise-address")],
  ["the flag in a comment", before("    - --secure-port", `    # - --${OTHER}`)],
  ["comments everywhere", MANIFEST.replaceAll(/^(.*[^|])$/gm, "$1 # a remark: - it is\n# - x: y")],
  ["blank lines", MANIFEST.replaceAll("\n", "\n\n")],
  ["a marker of the document", `---\n${MANIFEST}`],
  ["a remark at its top", `# as kubeadm wrote it\n${MANIFEST}`],
  [
    "a text that looks like a manifest",
    before(
      "  labels:",
      "    note: |\n      spec:\n        volumes: []\n\n      containers:\n    more: >-\n      volumes: {",
    ),
  ],
  [
    "a container beside it",
    before(
      "  hostNetwork:",
      "  - name: kms\n    command: [/kms, --port=1]\n    volumeMounts:\n    - { name: kms, mountPath: /run/kms }",
    ),
  ],
  [
    "a container before it",
    before(
      "  - command:",
      "  - name: kms\n    command:\n    - /kms\n    volumeMounts:\n    - mountPath: /run\n      name: kms",
    ),
  ],
  [
    "a mount of another folder below",
    before("    - mountPath: /etc/ssl", "    - {mountPath: /etc/kubernetes/x, name: x}"),
  ],
  [
    "another order of the keys",
    stringify({
      spec: (({ volumes, containers: [container], ...rest }) => ({
        volumes,
        ...rest,
        containers: [Object.fromEntries(Object.entries(container).reverse())],
      }))(parse(MANIFEST).spec),
      kind: "Pod",
      apiVersion: "v1",
    }, { indentSeq: false }),
  ],
];

/** What takes a parser of YAML to understand. */
export const PODS_OF_A_PARSER: readonly Case[] = [
  ["braces over several lines", before("    resources:", "    x: {a: 1,\n      b: 2}")],
];

/** Manifests of static pods that are left alone. */
export const DAMAGED_PODS: readonly Case[] = [
  ["JSON", JSON.stringify(parse(MANIFEST))],
  ["JSON over several lines", JSON.stringify(parse(MANIFEST), null, 2)],
  ["nothing", ""],
  ["another kind of file", "clusters:\n- name: x\n"],
  ["no container", "apiVersion: v1\nspec:\n  volumes:\n  - name: x\n"],
  ["a list of containers in flow style", "spec:\n  containers: []\n  volumes: []\n"],
  [
    "a command in flow style",
    MANIFEST.replace(/ {2}- command:\n( {4}- .*\n)+/, "  - command: [kube-apiserver, -v=1]\n"),
  ],
  ["no command", MANIFEST.replace(/ {2}- command:\n( {4}- .*\n)+ {4}env/, "  - env")],
  ["another program", MANIFEST.replace("- kube-apiserver\n", "- kube-scheduler\n")],
  [
    "a shell before the program",
    MANIFEST.replace("- kube-apiserver\n", "- /bin/sh\n    - -c\n    - exec kube-apiserver\n"),
  ],
  ["another program that starts it", MANIFEST.replace("- kube-apiserver\n", "- /go-runner\n    - kube-apiserver\n")],
  ["two API servers", before("  hostNetwork:", "  - command:\n    - kube-apiserver")],
  ["no mounts", MANIFEST.replace(/ {4}volumeMounts:\n( {4}[- ] .*\n)+/, "")],
  ["an empty list of mounts", MANIFEST.replace(/( {4}volumeMounts:)\n( {4}[- ] .*\n)+/, "$1 []\n")],
  ["no volumes", MANIFEST.replace(/ {2}volumes:\n( {2}[- ] .*\n)+/, "")],
  ["an empty list of volumes", MANIFEST.replace(/( {2}volumes:)\n( {2}[- ] .*\n)+/, "$1\n")],
  ["volumes twice", before("  hostNetwork:", "  volumes:\n  - name: x")],
  ["volumes that an alias may repeat", MANIFEST.replace("  volumes:\n", "  volumes: &all\n")],
  ["a tab", MANIFEST.replace("    name: kube-apiserver\n", "\tname: kube-apiserver\n")],
  ["a tab after a dash", MANIFEST.replace("- --secure-port", "-\t--secure-port")],
  ["a tab after a dash elsewhere", before("  hostNetwork:", "  x:\n  -\ty")],
  ["two documents", `${MANIFEST}---\n${MANIFEST}`],
  ["a directive", `%YAML 1.2\n---\n${MANIFEST}`],
  ["an end of the document", `${MANIFEST}...\n`],
  ["a byte order mark", `\ufeff${MANIFEST}`],
  ["an open quote", MANIFEST.replace("- --secure-port=6443", '- "--secure-port=6443')],
  ["a volume of our name", before("  - hostPath:", "  - name: ram-auth\n    emptyDir: {}")],
  [
    "the command at its end, without a newline",
    "spec:\n  volumes:\n  - name: x\n  containers:\n  - volumeMounts:\n    - name: x\n    command:\n    - kube-apiserver",
  ],
  ["mixed ends of lines", MANIFEST.replace("volumes:\n", "volumes:\r\n")],
];

/** Manifests whose flags cannot be told, or only by a guess. */
export const UNREADABLE_PODS: readonly Case[] = [
  ["a folded text of flags", before("    - --secure-port", `    - >-\n      --${OTHER}`)],
  ["a literal text of flags", before("    - --secure-port", `    - |-\n      --v=2\n      --${OTHER}`)],
  ["a flag over two lines", before("    - --secure-port", `    - --v=2\n      --${OTHER}`)],
  ["a quoted flag over two lines", before("    - --secure-port", `    - "--${OTHER}\\\n      x"`)],
  ["two flags in one text", before("    - --secure-port", `    - --v=2 --${OTHER}`)],
  ["two flags in one text, ours first", before("    - --secure-port", `    - --${OTHER} --v=2`)],
  ["what may be the value of the flag before it", before("    - --secure-port", `    - --v\n    - --${OTHER}`)],
  ["the flag without a value", before("    - --secure-port", `    - --${OTHER.replace(/=.*/, "")}`)],
  ["a flag out of a variable", before("    - --secure-port", "    - $(WEBHOOK)")],
  ["a name out of a variable", before("    - --secure-port", "    - --authentication-$(X)-config-file=/x")],
  ["the flag among variables", before("    image:", `    x:\n    - --${OTHER}`)],
  ["the flag in a variable", before("    image:", `    envFrom:\n    - name: --${OTHER}`)],
  ["a flag that is a list", before("    - --secure-port", "    - - --v=2")],
  ["a flag that is a number", before("    - --secure-port", "    - 2")],
  ["a flag that is an alias", before("    - --secure-port", "    - &flag --v=2\n    - *flag")],
  ["an alias elsewhere", before("status:", "x: &a 1\ny: *a")],
  ["a tag", before("    - --secure-port", "    - !!str --v=2")],
  ["a character for lines, U+2028", before("    - --secure-port", `    # so\u2028    - --${OTHER}`)],
  ["a character for lines, U+0085", before("    - --secure-port", `    # so\u0085    - --${OTHER}`)],
  ["a merge key", before("    image:", "    <<: {x: y}")],
  ["args: in flow style", before("    image:", `    args: [--${OTHER}]`)],
];

const CONFIG = `# A server.
token: made-up
tls-san:
  - api.example.com
node-label: [a=b]
`;

/** Config files of K3s and RKE2 in which the lines can be added; `undefined` where there is none. */
export const CONFIGS: readonly (readonly [what: string, text: string | undefined])[] = [
  ["no config file", undefined],
  ["an empty config file", ""],
  ["a config file of comments", "# nothing yet"],
  ["a config file without a list of flags", CONFIG],
  ["a marker of the document", `# K3s\n---\n${CONFIG}`],
  ["a list of flags", `${CONFIG}kube-apiserver-arg:\n  - "v=2"\n  - "profiling=false"\n`],
  ["a list that is not indented", `kube-apiserver-arg:\n- v=2\n${CONFIG}`],
  ["quoted keys", `"kube-apiserver-arg":\n  - 'v=2'\n"kube-apiserver-extra-mount":\n  - "/a:/b:ro"\n`],
  ["a list that adds to another", `kube-apiserver-arg+:\n  - v=2\n`],
  ["a commented flag", `${CONFIG}# kube-apiserver-arg:\n#   - ${OTHER}\n`],
  ["no newline at its end", `${CONFIG}kube-apiserver-arg:\n  - v=2`],
  ["ends of lines of Windows", `${CONFIG}kube-apiserver-arg:\n  - v=2\n`.replaceAll("\n", "\r\n")],
];

/** Config files that are left alone. */
export const DAMAGED_CONFIGS: readonly Case[] = [
  ["flags in flow style", 'kube-apiserver-arg: ["v=2"]\n'],
  ["one flag without a list", "kube-apiserver-arg: v=2\n"],
  ["no flags under their key", "kube-apiserver-arg:\ntoken: x\n"],
  ["the key twice", "kube-apiserver-arg:\n- v=2\nkube-apiserver-arg:\n- v=3\n"],
  ["both kinds of list", "kube-apiserver-arg:\n- v=2\nkube-apiserver-arg+:\n- v=3\n"],
  ["JSON", '{"token": "x"}\n'],
  ["a list", "- token\n"],
];

/** Config files whose flags cannot be told. */
export const UNREADABLE_CONFIGS: readonly Case[] = [
  ["a folded text", `kube-apiserver-arg:\n- >-\n  ${OTHER}\n`],
  ["a flag that goes on with another", `kube-apiserver-arg:\n- ${OTHER.replace("=", "+=")}\n`],
  ["the flag without a value", `kube-apiserver-arg:\n- ${OTHER.replace(/=.*/, "")}\n- /etc/other/webhook.yaml\n`],
  ["an anchor", "kube-apiserver-arg: &all\n- v=2\nkube-controller-manager-arg: *all\n"],
];

/** A unit whose command is on several lines. */
export const UNIT = `[Unit]
Description=Kubernetes API Server

[Service]
ExecStart=/usr/local/bin/kube-apiserver \\
  --advertise-address=172.16.0.2 \\
  # a remark
  --secure-port=6443 \\
  --v=2
Restart=on-failure

[Install]
WantedBy=multi-user.target
`;

const withCommand = (command: string) => UNIT.replace(/^ExecStart=[^]*?(?=\nRestart)/m, () => command);

/** Units of which a drop-in can be made. */
export const UNITS: readonly Case[] = [
  ["several lines and a remark", UNIT],
  ["one line", withCommand("ExecStart=/usr/bin/kube-apiserver $KUBE_LOGTOSTDERR $KUBE_API_ARGS")],
  ["a space at its end", withCommand("ExecStart = -/usr/bin/kube-apiserver --v=2 ")],
  [
    "several lines",
    withCommand("ExecStart=/usr/bin/kube-apiserver \\\n  --v=2 \\\n  # a remark\n  --secure-port=6443"),
  ],
  ["a continuation of nothing", withCommand("ExecStart=/usr/bin/kube-apiserver --v=2 \\\n")],
];

/** Units that are left alone. */
export const DAMAGED_UNITS: readonly Case[] = [
  ["no ExecStart", "[Service]\nRestart=always\n"],
  ["two ExecStart", "[Service]\nExecStart=\nExecStart=/bin/kube-apiserver\n"],
  [
    "two commands that start it",
    "[Service]\nExecStart=/bin/kube-apiserver --v=1\nExecStart=/bin/kube-apiserver --v=2\n",
  ],
  ["a shell", '[Service]\nExecStart=/bin/sh -c "exec kube-apiserver"\n'],
  ["ends of lines of Windows", "[Service]\r\nExecStart=/bin/kube-apiserver\r\n"],
];

/** Units whose command cannot be told. */
export const UNREADABLE_UNITS: readonly Case[] = [
  ["an open quote", withCommand('ExecStart=/bin/kube-apiserver "--v=2')],
  ["an escape that systemd does not know", withCommand("ExecStart=/bin/kube-apiserver --v\\-2")],
  ["an open quote in a variable", withCommand("Environment='A=\"--v=2'\nExecStart=/bin/kube-apiserver $A")],
  [
    "an escape that systemd does not know in variables",
    withCommand("Environment=A=\\-\nExecStart=/bin/kube-apiserver"),
  ],
  ["several commands", withCommand("ExecStart=/bin/kube-apiserver --v=2 ; /bin/true")],
  ["variables of a file that is missing", withCommand("EnvironmentFile=/missing\nExecStart=/bin/kube-apiserver $ARGS")],
  ["variables of files by a pattern", withCommand("EnvironmentFile=-/etc/*.env\nExecStart=/bin/kube-apiserver $ARGS")],
];
