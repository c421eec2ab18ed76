import assert from "node:assert/strict";
import { parse } from "yaml";
import { type FileToChange, ShapeError, type ShapeReason } from "../../../lib/cli/apiserver/change.ts";
import { byHand, listenerIn, planChange } from "../../../lib/cli/apiserver/plan.ts";
import {
  before,
  CONFIGS,
  DAMAGED_CONFIGS,
  DAMAGED_PODS,
  MANIFEST,
  OTHER,
  PODS,
  PODS_OF_A_PARSER,
  UNREADABLE_CONFIGS,
  UNREADABLE_PODS,
} from "../../support/control_plane_node/cases.ts";
import { kubeadmManifest } from "../../support/control_plane_node/kubeadm_manifests.ts";
import { kubesprayManifest } from "../../support/control_plane_node/kubespray_manifest.ts";

const KUBECONFIG = "/etc/kubernetes/ram-auth/kubeconfig.yaml";
const FOLDER = "/etc/kubernetes/ram-auth";
const FLAG = `--authentication-token-webhook-config-file=${KUBECONFIG}`;
const WEBHOOK = { kubeconfig: KUBECONFIG, replace: false };

function pod(text: string): FileToChange {
  return { kind: "kubeadm", path: "/etc/kubernetes/manifests/kube-apiserver.yaml", before: text };
}

function config(kind: "k3s" | "rke2", text: string | undefined, more: Partial<FileToChange> = {}): FileToChange {
  return { kind, path: `/etc/rancher/${kind}/config.yaml`, before: text, ...more };
}

/** Asserts a refusal, and returns its message. */
function refused(file: FileToChange, reason: ShapeReason, webhook = WEBHOOK): string {
  let message = "";
  assert.throws(() => planChange(file, webhook), (error) => {
    assert.ok(error instanceof ShapeError, String(error));
    assert.equal(error.code, "ERR_APISERVER_SHAPE");
    assert.equal(error.reason, reason, error.message);
    message = error.message;
    return true;
  });
  assert.match(message, /^Cannot change "[^"]+": [^]+; nothing was changed\. /);
  return message;
}

/** Lines of a text that another one has not, each as often as it comes. */
function linesBeyond(text: string, old: string): string[] {
  const rest = old.split("\n");
  return text.split("\n").filter((line) => {
    const at = rest.indexOf(line);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

function take(list: unknown[], what: unknown): void {
  const at = list.findIndex((one) => JSON.stringify(one) === JSON.stringify(what));
  assert.notEqual(at, -1, `${JSON.stringify(what)} is not in ${JSON.stringify(list)}`);
  list.splice(at, 1);
}

/** Asserts that a manifest is another with flag, mount and volume, and every other byte of it. */
function assertOnlyAdded(original: string, changed: string): void {
  const got = parse(changed);
  const container = got.spec.containers.find(({ command }: { command?: string[] }) => command?.includes(FLAG));
  take(container.command, FLAG);
  take(container.volumeMounts, { name: "ram-auth", mountPath: FOLDER, readOnly: true });
  take(got.spec.volumes, { name: "ram-auth", hostPath: { path: FOLDER, type: "Directory" } });
  assert.deepEqual(got, parse(original));
  const added = linesBeyond(changed, original);
  assert.equal(added.length, 3, added.join("\n"));
  let rest = changed;
  for (const line of added) rest = rest.replace(`${line}\n`, () => "");
  assert.equal(rest, original);
}

Deno.test("a manifest of a static pod gets flag, mount and volume, once, and keeps every other byte", () => {
  for (const [name, text] of [...PODS, ...PODS_OF_A_PARSER]) {
    const plan = planChange(pod(text), WEBHOOK);
    assert.equal(plan.isConfigured, false, name);
    assertOnlyAdded(text, plan.after);
    const second = planChange(pod(plan.after), WEBHOOK);
    assert.deepEqual([second.isConfigured, second.after], [true, plan.after], name);
  }
});

for (const [what, text] of [...DAMAGED_PODS, ...UNREADABLE_PODS]) {
  Deno.test(`a manifest with ${what} is refused, with what to add by hand`, () => {
    const message = refused(pod(text), "form");
    assert.ok(message.endsWith(byHand({ kind: "kubeadm" }, KUBECONFIG)), message);
    assert.match(message, /volumeMounts:\n.*mountPath:.*\n {2}volumes:\n.*hostPath:/);
  });
}

Deno.test("the lines to add by hand are those that are added", () => {
  const wanted = parse(byHand({ kind: "kubeadm" }, KUBECONFIG));
  const [container] = parse(planChange(pod(MANIFEST), WEBHOOK).after).spec.containers;
  assert.deepEqual(container.command.slice(0, 2), wanted.spec.containers[0].command);
  assert.deepEqual(container.volumeMounts[0], wanted.spec.containers[0].volumeMounts[0]);
  const rke2 = parse(planChange(config("rke2", undefined), WEBHOOK).after);
  assert.deepEqual(rke2, parse(byHand({ kind: "rke2" }, KUBECONFIG)));
  assert.deepEqual(Object.keys(parse(byHand({ kind: "k3s" }, KUBECONFIG))), ["kube-apiserver-arg"]);
});

const OTHER_FLAG = `--${OTHER}`;

for (
  const [what, text] of [
    ["one", OTHER_FLAG],
    ["one in quotes", `"${OTHER_FLAG}"`],
    ["one in two words", OTHER_FLAG.replace("=", "\n    - ")],
    ["one with underscores", OTHER_FLAG.replaceAll(/(?<=[a-z])-(?=.*=)/g, "_")],
    ["two of them", `${OTHER_FLAG} # old\n    - ${OTHER_FLAG}`],
    ["ours before it", `${FLAG}\n    - ${OTHER_FLAG}`],
    ["ours behind it", `${OTHER_FLAG}\n    - ${FLAG}`],
    ["ours without a value behind it", `${FLAG}\n    - ${FLAG.replace(/=.*/, "=")}`],
    ["ours below it in args:", `${OTHER_FLAG}\n    args:\n    - --v=2\n    - ${FLAG}`],
  ] as const
) {
  Deno.test(`another webhook is refused, and replaced where that is wanted: ${what}`, () => {
    const text_ = before("    - --secure-port", `    - ${text}`);
    const without = what.includes("args:") ? before("    - --secure-port", "    args:\n    - --v=2") : MANIFEST;
    const message = refused(pod(text_), "other_webhook");
    assert.match(message, /another webhook now, --auth[^,]*, .*--replace/);
    const plan = planChange(pod(text_), { ...WEBHOOK, replace: true });
    assertOnlyAdded(without, plan.after);
  });
}

Deno.test("a flag, mount and volume that were added by hand are found", () => {
  for (const flag of [FLAG, FLAG.replace("=", "\n    - "), FLAG.replaceAll(/(?<=-[a-z]+)-(?=[a-z]+.*=)/g, "_")]) {
    const text = MANIFEST
      .replace("    - --advertise", `    - ${flag}\n    - --advertise`)
      .replace("  hostNetwork:", `    - { name: ram-auth, mountPath: ${FOLDER}/, readOnly: true }\n  hostNetwork:`)
      .replace("status:", `  - { name: ram-auth, hostPath: { path: "${FOLDER}", type: Directory } }\nstatus:`);
    const { isConfigured, after, flagIn } = planChange(pod(text), WEBHOOK);
    assert.deepEqual([isConfigured, after, flagIn], [true, text, pod("").path], flag);
  }
});

/** The manifest with a mount and its volume. */
function mounted(path: string, { volume, mount = "" }: { readonly volume: string; readonly mount?: string }): string {
  return MANIFEST
    .replace("  hostNetwork:", `    - mountPath: ${path}\n      name: x\n${mount}  hostNetwork:`)
    .replace("status:", `  - name: x\n    ${volume}\nstatus:`);
}

Deno.test("a folder that is mounted already needs no mount, wherever that is from it is refused", () => {
  for (const path of ["/etc/kubernetes", "/etc/", "/", FOLDER]) {
    const text = mounted(path, { volume: `hostPath: { path: ${path} }` });
    const { after } = planChange(pod(text), WEBHOOK);
    assert.equal(after.replace(`    - ${FLAG}\n`, ""), text, path);
  }
  const below = mounted("/etc", { volume: "hostPath: { path: /srv }", mount: "      subPath: etc\n" });
  const rest = planChange(pod(below.replace("path: /srv", "path: /")), WEBHOOK).after;
  assert.equal(rest.replace(`    - ${FLAG}\n`, ""), below.replace("path: /srv", "path: /"));
  for (
    const [path, options] of [
      [FOLDER, { volume: "hostPath: { path: /srv }" }],
      [FOLDER, { volume: "emptyDir: {}" }],
      [KUBECONFIG, { volume: "hostPath: { path: /srv/kubeconfig.yaml }" }],
      [FOLDER, { volume: `hostPath: { path: ${FOLDER} }`, mount: "      subPathExpr: $(X)\n" }],
      ["/etc/kubernetes", { volume: "hostPath: { path: /srv }", mount: "      readOnly: true\n" }],
    ] as const
  ) {
    assert.match(
      refused(pod(mounted(path, options)), "form"),
      /mounted (already|read-only), and not|mounted read-only and not/,
    );
  }
  const two = (outside: string, file: string) =>
    mounted(FOLDER, { volume: `hostPath: { path: ${outside} }` })
      .replace("  hostNetwork:", `    - mountPath: ${KUBECONFIG}\n      name: y\n  hostNetwork:`)
      .replace("status:", `  - name: y\n    hostPath: { path: ${file} }\nstatus:`);
  assert.match(refused(pod(two(FOLDER, "/srv/x.yaml")), "form"), /kubeconfig\.yaml is mounted already/);
  assert.match(refused(pod(two("/srv", KUBECONFIG)), "form"), /ram-auth is mounted already/);
  assert.equal(
    planChange(pod(two(FOLDER, KUBECONFIG)), WEBHOOK).after.split("\n").length,
    two("", "").split("\n").length + 1,
  );
  // As kubespray mounts the folder of its admission configs.
  const over = mounted("/etc/kubernetes", { volume: "hostPath: { path: /etc/kubernetes/admission-controls }" });
  assert.ok(planChange(pod(over), WEBHOOK).after.includes(`mountPath: ${FOLDER},`));
});

Deno.test("a volume of ours that lost its mount, or another one, is used", () => {
  const text = MANIFEST.replace("status:", `  - name: ram-auth\n    hostPath: { path: ${FOLDER}/ }\nstatus:`);
  assert.equal(linesBeyond(planChange(pod(text), WEBHOOK).after, text).length, 2);
});

Deno.test("where kube-apiserver listens comes from its flags", () => {
  const flags = ["--secure-port=443", "--secure-port=8443", "--bind-address=172.16.0.2"];
  const text = kubeadmManifest("1.36", { flags });
  assert.deepEqual(planChange(pod(text), WEBHOOK).listener, { address: "172.16.0.2", port: 8443 });
  assert.deepEqual(listenerIn(pod(kubesprayManifest())), { address: "::", port: 6443 });
  assert.deepEqual(listenerIn(config("k3s", "kube-apiserver-arg:\n- secure-port=x\n")), {
    address: undefined,
    port: undefined,
  });
  assert.throws(() => listenerIn(pod("spec: {")), (error) => error instanceof ShapeError && error.reason === "form");
});

Deno.test("flags that cannot be told are refused by who only reads them, too", () => {
  const files = [
    ...UNREADABLE_PODS.map(([, text]) => pod(text)),
    ...UNREADABLE_CONFIGS.map(([, text]) => config("k3s", text)),
  ];
  for (const file of files) {
    assert.throws(
      () => listenerIn(file),
      (error) => error instanceof ShapeError && error.reason === "form",
      file.before,
    );
  }
});

Deno.test("kubespray's own webhook is another one, and what brings it back is named", () => {
  const text = kubesprayManifest({ webhook: true });
  assert.match(refused(pod(text), "other_webhook"), /kube_webhook_token_auth/);
  const { after } = planChange(pod(text), { ...WEBHOOK, replace: true });
  assert.ok(!after.includes("webhook-token-auth-config.yaml\n    - ") && after.includes(FLAG));
});

Deno.test("a kubeconfig whose path cannot stand anywhere is the caller's mistake", () => {
  for (const kubeconfig of ["/etc/kubeconfig.yaml", "x/y/z", "/etc/a b/c", "/etc/../x/c", "/etc/x\n/c", "/etc//x/c"]) {
    assert.throws(() => planChange(pod(MANIFEST), { kubeconfig, replace: false }), RangeError, kubeconfig);
  }
});

for (const [what, text] of CONFIGS) {
  Deno.test(`K3s and RKE2 with ${what} get the flag once`, () => {
    for (const kind of ["k3s", "rke2"] as const) {
      const plan = planChange(config(kind, text), WEBHOOK);
      const want = parse(text ?? "") ?? {};
      const add = (key: string, item: string) => {
        const found = `${key}+` in want ? `${key}+` : key;
        want[found] = [item, ...(want[found] ?? [])];
      };
      add("kube-apiserver-arg", FLAG.slice(2));
      if (kind === "rke2") add("kube-apiserver-extra-mount", `${FOLDER}:${FOLDER}:ro`);
      assert.deepEqual(parse(plan.after), want);
      assert.equal(planChange(config(kind, plan.after), WEBHOOK).isConfigured, true);
      assert.deepEqual(linesBeyond(text ?? "", plan.after).filter((line) => line !== ""), []);
    }
  });
}

for (const [what, text] of [...DAMAGED_CONFIGS, ...UNREADABLE_CONFIGS]) {
  Deno.test(`a K3s config with ${what} is refused`, () => {
    assert.ok(refused(config("k3s", text), "form").includes(`kube-apiserver-arg:\n  - "${FLAG.slice(2)}"`));
  });
}

Deno.test("another webhook of K3s is refused, and replaced where that is wanted", () => {
  for (const item of [OTHER, `"--${OTHER}"`, OTHER.replaceAll(/-(?=.*=)/g, "_")]) {
    const text = `kube-apiserver-arg:\n  - v=2\n  - ${item}\n`;
    assert.match(refused(config("k3s", text), "other_webhook"), /--replace/);
    const { after } = planChange(config("k3s", text), { ...WEBHOOK, replace: true });
    assert.deepEqual(parse(after), { "kube-apiserver-arg": [FLAG.slice(2), "v=2"] });
  }
});

/** Other config files, by their names. */
function files(texts: Readonly<Record<string, string>>): Pick<FileToChange, "beside"> {
  const path = (name: string) => `/etc/rancher/rke2/${name === "config.yaml" ? name : `config.yaml.d/${name}`}`;
  return { beside: new Map(Object.entries(texts).map(([name, text]) => [path(name), text])) };
}

Deno.test("files beside the config of K3s that decide over its lists are named", () => {
  const main = (texts: Readonly<Record<string, string>>) => config("rke2", "token: x\n", files(texts));
  for (
    const texts of [
      { "10-flags.yaml": "kube-apiserver-arg:\n  - v=2\n" },
      { "10-flags.yml": "kube-apiserver-arg+:\n  - v=2\n", "20-flags.yaml": "kube-apiserver-arg:\n  - v=2\n" },
      { "10-mounts.yaml": "kube-apiserver-extra-mount:\n  - /a:/b\n" },
      { "10-flags.yaml": `kube-apiserver-arg+:\n  - ${OTHER}\n` },
      { "10-flags.yaml": `kube-apiserver-arg+: [v=2]\n`, "20-flags.yaml": `"kube-apiserver-arg": &x\n  - v=2\n` },
    ]
  ) {
    assert.match(refused(main(texts), "other_file"), /\/etc\/rancher\/rke2\/config\.yaml\.d\/[12]0-/);
  }
  assert.equal(planChange(main({ "10.yaml": "kube-apiserver-arg+:\n- v=2\n" }), WEBHOOK).isConfigured, false);
});

Deno.test("a file of config.yaml.d goes on with the lists before it", () => {
  const path = "/etc/rancher/rke2/config.yaml.d/10-flags.yaml";
  const own = (text: string, texts: Readonly<Record<string, string>>) =>
    config("rke2", text, { ...files(texts), path });
  const { after } = planChange(
    own("kube-apiserver-arg+:\n  - v=2\n", { "config.yaml": "kube-apiserver-arg:\n- x=1\n" }),
    WEBHOOK,
  );
  assert.deepEqual(parse(after), {
    "kube-apiserver-extra-mount+": [`${FOLDER}:${FOLDER}:ro`],
    "kube-apiserver-arg+": [FLAG.slice(2), "v=2"],
  });
  refused(own("", { "config.yaml": `kube-apiserver-arg:\n- ${OTHER}\n` }), "other_file");
  // What it takes over from does not count.
  const takes = own("kube-apiserver-arg:\n- v=2\n", { "config.yaml": `kube-apiserver-arg:\n- ${OTHER}\n` });
  assert.deepEqual(parse(planChange(takes, WEBHOOK).after)["kube-apiserver-arg"], [FLAG.slice(2), "v=2"]);
  refused(own("", { "20.yaml": "kube-apiserver-arg:\n- v=2\n" }), "other_file");
});

Deno.test("a flag that another file of K3s has already is found there", () => {
  const beside = {
    "10-flags.yaml": `kube-apiserver-arg+:\n- ${FLAG.slice(2)}\nkube-apiserver-extra-mount:\n- ${FOLDER}:${FOLDER}\n`,
  };
  const { isConfigured, flagIn, after } = planChange(config("rke2", "token: x\n", files(beside)), WEBHOOK);
  assert.deepEqual([isConfigured, flagIn, after], [
    true,
    "/etc/rancher/rke2/config.yaml.d/10-flags.yaml",
    "token: x\n",
  ]);
});

for (
  const [what, mount] of [
    ["from another folder", `/srv:${FOLDER}`],
    ["that cannot be read", "/srv"],
    ["of a folder above it, read-only, from elsewhere", "/srv:/etc/kubernetes:ro"],
  ] as const
) {
  Deno.test(`a mount of RKE2 ${what} is refused`, () => {
    refused(config("rke2", `kube-apiserver-extra-mount:\n- ${mount}\n`), "form");
  });
}

Deno.test("arguments of K3s's service that count instead of the file are named", () => {
  const unit = (command: string, environment = "") => ({
    path: "/etc/systemd/system/k3s.service",
    text: `[Service]\nEnvironmentFile=-/etc/default/k3s\nExecStart=/usr/local/bin/k3s \\\n    server \\\n${command}\n`,
    dropIns: new Map(),
    environment: new Map([["/etc/default/k3s", environment]]),
  });
  const of = (command: string, environment?: string) =>
    config("k3s", "token: x\n", { unit: unit(command, environment) });
  for (
    const file of [
      of("\t'--kube-apiserver-arg' \\\n\t'v=2' \\\n"),
      of("  --kube-apiserver-arg=v=2"),
      of("  --config /etc/other.yaml"),
      of("  -c /etc/other.yaml"),
      of("  '--config"),
      of("", "K3S_CONFIG_FILE=/etc/other.yaml\n"),
    ]
  ) assert.match(refused(file, "other_file"), /k3s\.service" .*counts instead/);
  for (
    const file of [
      of("  --write-kubeconfig-mode 644"),
      of("  -c /etc/rancher/k3s/config.yaml"),
      of("", "X=1\n# K3S_CONFIG_FILE=/x\n"),
    ]
  ) {
    assert.equal(planChange(file, WEBHOOK).isConfigured, false);
  }
});
