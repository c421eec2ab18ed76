import assert from "node:assert/strict";
import { parse } from "yaml";
import { ALL, MANIFESTS } from "../../../lib/cli/manifests/texts.ts";
import { assertImage, assertStateFolder } from "../../../lib/cli/manifests/values.ts";
import { run } from "../../../lib/cli/run.ts";
import { parseFlags } from "../../../lib/config/flags.ts";
import { loadSettings } from "../../../lib/config/settings.ts";
import { UsageError } from "../../../lib/errors.ts";
import { fakeWorld } from "../../config/fake_world.ts";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

/** The file of each name, as the tree has it. */
const FILES: Readonly<Record<string, readonly string[]>> = {
  "crds": ["crds/ramidentitymappings.yaml", "crds/iamidentitymappings.yaml"],
  "rbac": ["rbac.server.yaml"],
  "mapping-guard": ["mapping-guard.yaml"],
  "daemonset": ["daemonset.yaml"],
  "static-pod": ["static-pod.yaml"],
  "systemd-unit": ["ram-auth.service"],
  "config-example": ["config.example.yaml"],
  "rbac-example": ["rbac.example.yaml"],
  "mapping-editor-example": ["mapping-editor.yaml"],
  "alerts": ["prometheus-rules.yaml"],
  "dashboard": ["grafana-dashboard.json"],
};

/** It builds the image; nobody applies or installs it. */
const NOT_PRINTED = ["Containerfile"];

async function manifests(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const world = fakeWorld(environment);
  const code = await run(["manifests", ...args], world);
  return { code, out: world.out(), err: world.err() };
}

async function printed(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await manifests(args);
  assert.deepEqual([code, err], [0, ""]);
  return out;
}

/** Lines of a text that another one does not have in their place. */
function newLines(text: string, before: string): readonly string[] {
  const old = before.split("\n");
  const lines = text.split("\n");
  assert.equal(lines.length, old.length);
  return lines.filter((line, index) => line !== old[index]).map((line) => line.trim());
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`manifests/${folder}`)) {
    files.push(...(isDirectory ? await filesIn(`${folder}${name}/`) : [`${folder}${name}`]));
  }
  return files;
}

for (const name of Object.keys(MANIFESTS)) {
  Deno.test(`ram-auth manifests ${name} prints what manifests/ has, byte for byte`, async () => {
    const texts = await Promise.all(FILES[name]!.map((file) => Deno.readTextFile(`manifests/${file}`)));
    assert.equal(await printed(name), texts.join("---\n"));
  });
}

Deno.test("every file of manifests/ that somebody applies or installs is printed under one name", async () => {
  assert.deepEqual([...Object.values(FILES).flat(), ...NOT_PRINTED].sort(), (await filesIn("")).toSorted());
});

Deno.test("several are one text in the order that is asked for, and all is what a server in the cluster needs", async () => {
  assert.equal(await printed("rbac", "crds"), `${await printed("rbac")}---\n${await printed("crds")}`);
  assert.equal(await printed("rbac,crds"), await printed("rbac", "crds"));
  assert.equal(await printed("all"), await printed(...ALL));
  assert.equal(await printed("all", "rbac"), await printed(...ALL));
  for (const example of ["rbac-example", "mapping-editor-example", "static-pod"]) {
    assert.ok(!(await printed("all")).includes(await printed(example)), example);
  }
});

Deno.test("without a name, it lists each with a line", async () => {
  const lines = (await printed()).trimEnd().split("\n");
  assert.deepEqual(lines.map((line) => line.split(" ")[0]), [...Object.keys(MANIFESTS), "all"]);
  assert.match(
    lines.find((line) => line.startsWith("daemonset "))!,
    /\(--image, --state-dir, --health-port, --share-port, --backend-mode\)$/,
  );
});

Deno.test("an image, a cluster id and a folder go where they belong, and nowhere else", async () => {
  const image = `registry.example.com:5000/team/ram-auth:1.2@${DIGEST}`;
  for (const name of ["daemonset", "static-pod"]) {
    const before = await printed(name);
    assert.deepEqual(newLines(await printed(name, "--image", image), before), [`image: ${image}`]);
    const { spec } = parse(await printed(name, "--image", image, "--state-dir", "/srv/ram-auth"), { merge: true });
    const pod = spec.template?.spec ?? spec;
    assert.equal(pod.containers[0].image, image);
    assert.equal(
      pod.volumes.find(({ name }: { readonly name: string }) => name === "state").hostPath.path,
      "/srv/ram-auth",
    );
  }
  const before = await printed("config-example");
  assert.deepEqual(newLines(await printed("config-example", "-i", "c-prod"), before), ["clusterID: c-prod"]);
  assert.ok((await printed("all", "--image", image)).includes(`image: ${image}\n`));
});

Deno.test("an upgrade that shares the port starts the new pod first, whose probes reach no other", async () => {
  const parsed = (text: string) => parse(text, { merge: true }).spec;
  const { minReadySeconds, updateStrategy, template } = parsed(
    await printed("daemonset", "--share-port", "--health-port", "21364"),
  );
  assert.equal(minReadySeconds, 10, "a pod that ends at once is not taken for ready, whoever answers its probes");
  assert.deepEqual(updateStrategy, { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } });
  const [{ args: [command, ...flags], ...container }] = template.spec.containers;
  assert.equal(command, "server");
  const read = await parseFlags("server", flags);
  assert.deepEqual([read.get("share-port"), read.get("health-port")], [["true"], ["21364"]]);
  for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"]) {
    assert.equal(container[probe].httpGet.port, 21364, probe);
  }
  const alone = parsed(await printed("daemonset", "--health-port", "21364"));
  assert.deepEqual(alone.updateStrategy, parsed(await printed("daemonset")).updateStrategy);
  assert.equal(await printed("daemonset", "--share-port=false"), await printed("daemonset"));
});

for (
  const [modes, read, hasToken] of [
    ["file", ["MountedFile"], false],
    ["MountedFile,DynamicFile", ["MountedFile", "DynamicFile"], false],
    ["MountedFile,CRD", ["MountedFile", "CRD"], true],
    ["EKSConfigMap", ["EKSConfigMap"], true],
  ] as const
) {
  Deno.test(`a pod with mappings in ${modes} ${hasToken ? "has a" : "has no"} token of the API server`, async () => {
    const { template } = parse(await printed("daemonset", "--backend-mode", modes), { merge: true }).spec;
    assert.equal(template.spec.automountServiceAccountToken, hasToken);
    const variables = template.spec.containers[0].env.map(({ name, value }: Record<string, string>) => [name, value]);
    const settings = await loadSettings("server", new Map(), fakeWorld(Object.fromEntries(variables)));
    assert.deepEqual(settings.get("backend-mode"), read);
  });
}

Deno.test("the commands for root in the head of a pod make the folder that it mounts", async () => {
  for (const name of ["daemonset", "static-pod"]) {
    const text = await printed(name, "--state-dir", "/srv/ram-auth");
    const [head] = text.split("\napiVersion");
    assert.doesNotMatch(head!, /\/var\/lib\/ram-auth/);
    assert.match(head!, /install -d -o 65532 -g 65532 -m 0700 \/srv\/ram-auth$/m);
    assert.match(head!, /ram-auth init .*--state-dir \/srv\/ram-auth /);
    // In the pod it stays where it was.
    assert.match(text, /--state-dir=\/var\/lib\/ram-auth$/m);
    assert.match(text, /mountPath: \/var\/lib\/ram-auth /);
  }
});

for (const id of ["yes", "1e3", "0x10", "null", "a: b # c", "- a", '"', "'", "*a", "{{x}}", "$&", "$1"]) {
  Deno.test(`the cluster id ${id} is a text in the config example`, async () => {
    const text = await printed("config-example", `--cluster-id=${id}`);
    for (const version of ["1.1", "1.2"] as const) assert.equal(parse(text, { version }).clusterID, id);
    assert.equal(newLines(text, await printed("config-example")).length, 1);
  });
}

Deno.test("a variable fills in what it is about, and is no reason to refuse the rest", async () => {
  const environment = { RAM_AUTH_CLUSTER_ID: "c-prod", RAM_AUTH_STATE_DIR: "/srv/ram-auth" };
  assert.equal((await manifests(["crds"], environment)).out, await printed("crds"));
  assert.match((await manifests(["config-example"], environment)).out, /^clusterID: c-prod$/m);
  assert.match((await manifests(["daemonset"], environment)).out, /path: "\/srv\/ram-auth"/);
  const bad = await manifests(["daemonset"], { RAM_AUTH_STATE_DIR: "/" });
  assert.equal(bad.code, 2);
});

for (
  const [what, args, why] of [
    ["an unknown name", ["crd"], /crds/],
    ["a name twice", ["crds", "crds"], /twice/],
    ["a value that the manifest has no place for", ["crds", "--image", "a"], /no effect on crds, only on daemonset/],
    ["a cluster id for a pod", ["daemonset", "-i", "c"], /--cluster-id here: it has no effect on daemonset/],
    ["a value for the list", ["--image", "a"], /no effect on the list/],
    ["a dashboard among others", ["crds", "dashboard"], /"dashboard" with others/],
    ["a static pod among others", ["static-pod", "rbac"], /"static-pod" with others/],
    ["a cluster id that AWS cannot sign", ["config-example", "-i", "a  b"], /with AWS/],
    ["an image that is none", ["daemonset", "--image", "a b"], /no image reference/],
    ["a health port that nobody knows", ["daemonset", "--health-port", "0"], /the kubelet has to know the port/],
    [
      "a source that is another one for each cloud",
      ["daemonset", "--backend-mode", "ConfigMap"],
      /write ACKConfigMap or /,
    ],
    ["a shared port for a static pod", ["static-pod", "--share-port"], /no effect on static-pod, only on daemonset/],
    ["a folder that is none", ["daemonset", "--state-dir", "var"], /no absolute path/],
  ] as const
) {
  Deno.test(`ram-auth manifests refuses ${what}, and prints nothing`, async () => {
    const { code, out, err } = await manifests(args);
    assert.deepEqual([code, out], [2, ""], err);
    assert.match(err, why);
  });
}

for (
  const image of [
    "ram-auth",
    "ram-auth:0.1.0",
    "localhost:5000/ram-auth",
    "registry.example.com/a/b-c/d__e.f:v1_2.3-x",
    `ram-auth@${DIGEST}`,
    "[2001:db8::1]:5000/ram-auth:1",
  ]
) {
  Deno.test(`the image reference ${image} is taken`, () => assertImage(image));
}

for (
  const [what, image] of [
    ["capitals in the path", "registry.example.com/Team/ram-auth"],
    ["a scheme", "https://registry.example.com/ram-auth"],
    ["a line end", "ram-auth\nprivileged: true"],
    ["a line end at the end", "ram-auth\n"],
    ["a comment", "ram-auth #"],
    ["a port alone", ":5000/ram-auth"],
    ["an empty tag", "ram-auth:"],
    ["a long tag", `ram-auth:${"a".repeat(129)}`],
    ["half a digest", "ram-auth@sha256:0123"],
    ["a digest of an unknown kind", `ram-auth@md5:${"0".repeat(64)}`],
    ["two slashes", "a//b"],
    ["a path upwards", "../ram-auth"],
    ["too many characters", `a/${"b".repeat(600)}`],
  ] as const
) {
  Deno.test(`an image reference with ${what} is refused`, () => {
    assert.throws(() => assertImage(image), UsageError);
  });
}

for (
  const [what, path] of [
    ["no root", "srv/ram-auth"],
    ["the root", "/"],
    ["one folder of the root", "/var"],
    ["a step up", "/srv/../etc"],
    ["a step that is none", "/srv/./ram-auth"],
    ["a slash at the end", "/srv/ram-auth/"],
    ["two slashes", "/srv//ram-auth"],
    ["a space", "/srv/ram auth"],
    ["a line end", "/srv/ram-auth\n"],
    ["a command", "/srv/$(reboot)"],
    ["what kube-apiserver reads", "/etc/kubernetes/ram-auth"],
    ["the folder of the config", "/etc/ram-auth"],
  ] as const
) {
  Deno.test(`a state folder with ${what} is refused`, () => {
    assert.throws(() => assertStateFolder(path), UsageError);
  });
}
