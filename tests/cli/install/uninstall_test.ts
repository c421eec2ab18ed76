import assert from "node:assert/strict";
import { init } from "../../../lib/cli/install/init.ts";
import { run } from "../../../lib/cli/install/uninstall.ts";
import { parseFlags } from "../../../lib/config/flags.ts";
import type { CommandName } from "../../../lib/config/option.ts";
import { loadSettings } from "../../../lib/config/settings.ts";
import { RamAuthError, UsageError } from "../../../lib/errors.ts";
import { type FakeWorld, fakeWorld } from "../../config/fake_world.ts";
import { inFolder } from "../../state/stored_files.ts";

const INSTALLED = [
  "/etc/systemd/system/ram-auth.service",
  "/etc/sysusers.d/ram-auth.conf",
  "/usr/local/bin/ram-auth",
];
const KEPT = [
  "/etc/kubernetes/ram-auth/kubeconfig.yaml",
  "/etc/ram-auth/admin-binding.yaml",
  "/etc/ram-auth/config.yaml",
  "/var/lib/ram-auth/ca-key.pem",
  "/var/lib/ram-auth/ca.pem",
  "/var/lib/ram-auth/cert.pem",
  "/var/lib/ram-auth/key.pem",
  "/var/lib/ram-auth/webhook-tokens",
];

async function invocation(command: CommandName, args: readonly string[], world: FakeWorld) {
  const settings = await loadSettings(command, await parseFlags(command, args), world);
  return { settings, world, stopSignal: () => Promise.resolve(new AbortController().signal) };
}

/** Runs a test in a tree where everything is installed. */
async function inInstalled(test: (root: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const root = `${folder}/root`;
    await Deno.writeTextFile(`${folder}/program`, "the program");
    const args = ["-i", "demo", "--install", "--root", root, "--admin-arn", "acs:ram::1234567890123456:user/alice"];
    assert.equal(await init(await invocation("init", args, fakeWorld()), `${folder}/program`), 0);
    assert.deepEqual(filesIn(root), [...INSTALLED, ...KEPT].sort());
    await test(root);
  });
}

function filesIn(root: string, folder = ""): string[] {
  return [...Deno.readDirSync(root + folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesIn(root, `${folder}/${name}`) : [`${folder}/${name}`]
  ).sort();
}

/** The world of somebody at a terminal who types this. */
function atTerminal(typed: string): FakeWorld {
  const world = fakeWorld();
  return { ...world, stdin: { isTerminal: true, readable: new Blob([typed]).stream() } };
}

async function uninstall(root: string, args: readonly string[], world = fakeWorld()) {
  const code = await run(await invocation("uninstall", ["--root", root, ...args], world));
  return { code, out: world.out(), err: world.err() };
}

const isInUse = (why: RegExp) => (e: unknown) =>
  e instanceof RamAuthError && e.code === "ERR_INSTALL" && why.test(e.message);

Deno.test("uninstall removes program and unit, and keeps what is the operator's", async () => {
  await inInstalled(async (root) => {
    const { code, out } = await uninstall(root, ["--prompt=false"]);
    assert.equal(code, 0);
    assert.deepEqual(filesIn(root), KEPT);
    for (const path of INSTALLED) assert.match(out, new RegExp(`^removed  ${root}${path}  `, "m"));
    assert.match(out, /^kept .*the state, with the keys/m);

    const again = await uninstall(root, ["--prompt=false"]);
    assert.equal(again.code, 0);
    assert.match(again.out, /^Nothing to remove; what is kept, --purge removes\.$/m);
  });
});

Deno.test("uninstall --purge removes everything of ours, and nothing else", async () => {
  await inInstalled(async (root) => {
    await Deno.writeTextFile(`${root}/etc/ram-auth/sources.kubeconfig`, "of the operator");
    assert.equal((await uninstall(root, ["--purge", "--prompt=false"])).code, 0);
    assert.deepEqual(filesIn(root), ["/etc/ram-auth/sources.kubeconfig"]);
    await assert.rejects(Deno.stat(`${root}/etc/kubernetes/ram-auth`), Deno.errors.NotFound);
    await assert.rejects(Deno.stat(`${root}/var/lib/ram-auth`), Deno.errors.NotFound);
    assert.match((await uninstall(root, ["--purge", "--prompt=false"])).out, /^Nothing to remove\.$/m);
  });
});

Deno.test("uninstall leaves a package to the package manager, and says so", async () => {
  await inInstalled(async (root) => {
    await Deno.remove(`${root}/etc/systemd/system/ram-auth.service`);
    await Deno.mkdir(`${root}/usr/lib/systemd/system`, { recursive: true });
    await Deno.writeTextFile(`${root}/usr/lib/systemd/system/ram-auth.service`, "# of the package\n");
    const { out } = await uninstall(root, ["--purge", "--prompt=false"]);
    assert.match(out, /those of a package: apt remove ram-auth/);
    assert.deepEqual(filesIn(root), ["/usr/lib/systemd/system/ram-auth.service"]);
  });
});

Deno.test("uninstall --dry-run shows what would go, and removes nothing", async () => {
  await inInstalled(async (root) => {
    const { code, out } = await uninstall(root, ["--purge", "--dry-run"]);
    assert.equal(code, 0);
    assert.deepEqual(filesIn(root), [...INSTALLED, ...KEPT].sort());
    assert.match(out, new RegExp(`^would remove ${root}/var/lib/ram-auth: the state, with the keys`, "m"));
    assert.equal(out.match(/^would remove/gm)?.length, 7, out);
  });
});

for (const [typed, code] of [["y\n", 0], ["\n", 1], ["no\n", 1]] as const) {
  Deno.test(`uninstall asks, and goes by the answer ${JSON.stringify(typed)}`, async () => {
    await inInstalled(async (root) => {
      const result = await uninstall(root, [], atTerminal(typed));
      assert.equal(result.code, code);
      assert.deepEqual(filesIn(root), code === 0 ? KEPT : [...INSTALLED, ...KEPT].sort());
      assert.match(result.err, /would remove .*\n[^]*Remove this\? \[y\/N\] /);
    });
  });
}

Deno.test("uninstall removes everything although nobody reads what it says any more", async () => {
  await inInstalled(async (root) => {
    const write = () => {
      throw new Deno.errors.BrokenPipe("made up");
    };
    const world: FakeWorld = { ...fakeWorld(), stdout: { isTerminal: false, write } };
    assert.equal((await uninstall(root, ["--purge", "--prompt=false"], world)).code, 0);
    assert.deepEqual(filesIn(root), []);
  });
});

Deno.test("uninstall removes nothing that came into use while it asked", async () => {
  await inInstalled(async (root) => {
    const readable = new ReadableStream({
      async pull(controller) {
        await Deno.mkdir(`${root}/etc/kubernetes/manifests`);
        await Deno.writeTextFile(root + KUBEADM, `    - ${FLAG}=/etc/kubernetes/ram-auth/kubeconfig.yaml\n`);
        controller.enqueue(new TextEncoder().encode("y\n"));
        controller.close();
      },
    }, { highWaterMark: 0 });
    const world: FakeWorld = { ...fakeWorld(), stdin: { isTerminal: true, readable } };
    await assert.rejects(uninstall(root, ["--purge"], world), isInUse(/ram-auth apiserver undo/));
    assert.deepEqual(filesIn(root), [KUBEADM, ...INSTALLED, ...KEPT].sort());
  });
});

Deno.test("uninstall removes what runs of init left that were killed, and only --purge what holds a token", async () => {
  await inInstalled(async (root) => {
    const draftOf = (path: string) => `${path}.${crypto.randomUUID()}.tmp`;
    const [program, kubeconfig] = [draftOf("/usr/local/bin/ram-auth"), draftOf(KEPT[0]!)];
    for (const path of [program, kubeconfig]) await Deno.writeTextFile(root + path, "half of");
    assert.equal((await uninstall(root, ["--prompt=false"])).code, 0);
    assert.deepEqual(filesIn(root), [...KEPT, kubeconfig].sort());
    const { out } = await uninstall(root, ["--purge", "--prompt=false"]);
    assert.ok(out.includes(`removed  ${root}${kubeconfig}  left by a process that was killed\n`), out);
    assert.deepEqual(filesIn(root), []);
  });
});

Deno.test("uninstall that cannot ask is wrong usage, and removes nothing", async () => {
  await inInstalled(async (root) => {
    await assert.rejects(uninstall(root, []), (e) => e instanceof UsageError && /--prompt=false/.test(e.message));
    assert.deepEqual(filesIn(root), [...INSTALLED, ...KEPT].sort());
  });
});

const FLAG = "--authentication-token-webhook-config-file";
const KUBEADM = "/etc/kubernetes/manifests/kube-apiserver.yaml";
const DROP_IN = "/etc/systemd/system/kube-apiserver.service.d/ram-auth.conf";

for (
  const [what, path, text, isRefused] of [
    ["of kubeadm asks it", KUBEADM, `    - ${FLAG}=/etc/kubernetes/ram-auth/kubeconfig.yaml`, true],
    ["of kubeadm asks it, in quotes", KUBEADM, `    - "${FLAG}=/etc/kubernetes/ram-auth/kubeconfig.yaml"`, true],
    ["of kubeadm asks another webhook", KUBEADM, `    - ${FLAG}=/etc/kubernetes/other/kubeconfig.yaml`, false],
    ["of kubeadm asks it no more", KUBEADM, `    # - ${FLAG}=/etc/kubernetes/ram-auth/kubeconfig.yaml`, false],
    [
      "of K3s asks it",
      "/etc/rancher/k3s/config.yaml",
      `- ${FLAG.slice(2)}=/etc/kubernetes/ram-auth/kubeconfig.yaml`,
      true,
    ],
    [
      "of kOps asks it",
      "/etc/kubernetes/manifests/kube-apiserver.manifest",
      `- ${FLAG}=/etc/kubernetes/ram-auth/kubeconfig.yaml`,
      true,
    ],
    [
      "of RKE2 asks it, by a further config file",
      "/etc/rancher/rke2/config.yaml.d/50-auth.yaml",
      `- ${FLAG.slice(2)}=/etc/kubernetes/ram-auth/kubeconfig.yaml`,
      true,
    ],
    [
      "of K3s asks it, by its command line",
      "/etc/systemd/system/k3s.service.d/10-args.conf",
      `ExecStart=/k3s --kube-apiserver-arg=${FLAG.slice(2)}=/etc/kubernetes/ram-auth/kubeconfig.yaml`,
      true,
    ],
    [
      "in a unit of a package asks it",
      "/usr/lib/systemd/system/kube-apiserver.service",
      `ExecStart=/x ${FLAG}=/etc/kubernetes/ram-auth/kubeconfig.yaml`,
      true,
    ],
    ["in a unit asks it no more", DROP_IN, `; ExecStart=/x ${FLAG}=/etc/kubernetes/ram-auth/kubeconfig.yaml`, false],
    ["in a unit asks it", DROP_IN, `ExecStart=/x ${FLAG}=/etc/kubernetes/ram-auth/kubeconfig.yaml`, true],
  ] as const
) {
  Deno.test(`uninstall ${isRefused ? "refuses" : "goes on"} where the kube-apiserver ${what}`, async () => {
    await inInstalled(async (root) => {
      await Deno.mkdir(root + path.slice(0, path.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(root + path, `kube-apiserver\n${text}\n`);
      if (!isRefused) return assert.equal((await uninstall(root, ["--prompt=false"])).code, 0);
      await assert.rejects(uninstall(root, ["--prompt=false"]), isInUse(/ram-auth apiserver undo/));
      assert.match((await uninstall(root, ["--dry-run"])).out, /^before that, take the flag out of /m);
      assert.deepEqual(filesIn(root), [path, ...INSTALLED, ...KEPT].sort());
    });
  });
}

for (
  const [what, path, text] of [
    ["kubeadm", KUBEADM, "  volumes:\n  - hostPath:\n      path: /etc/kubernetes/ram-auth\n      type: Directory\n"],
    [
      "kubeadm, on one line",
      KUBEADM,
      "  - { name: x, hostPath: { path: /etc/kubernetes/ram-auth/, type: Directory } }\n",
    ],
    ["RKE2", "/etc/rancher/rke2/config.yaml", '- "/etc/kubernetes/ram-auth:/etc/kubernetes/ram-auth:ro"\n'],
  ] as const
) {
  Deno.test(`uninstall --purge refuses while the folder is mounted, without the flag, by ${what}`, async () => {
    await inInstalled(async (root) => {
      await Deno.mkdir(root + path.slice(0, path.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(root + path, text);
      await assert.rejects(
        uninstall(root, ["--purge", "--prompt=false"]),
        isInUse(/take the mount of \/etc\/kubernetes\/ram-auth, and its volume, out of /),
      );
      assert.deepEqual(filesIn(root), [path, ...INSTALLED, ...KEPT].sort());
      assert.equal((await uninstall(root, ["--prompt=false"])).code, 0);
      await Deno.writeTextFile(root + path, text.replaceAll("/ram-auth", "/ram-authority").replace("  -", "  # -"));
      assert.equal((await uninstall(root, ["--purge", "--prompt=false"])).code, 0);
      assert.deepEqual(filesIn(root), [path]);
    });
  });
}

Deno.test("uninstall refuses where the environment of kube-apiserver, or a file that was configured by name, asks it", async () => {
  const unit = "/etc/systemd/system/kube-apiserver.service";
  const named = "/srv/pods/apiserver.yaml";
  for (
    const files of [
      { [unit]: "[Service]\nEnvironmentFile=-/etc/default/apiserver\n", "/etc/default/apiserver": "A=" },
      { [named]: "- ", [`/var/backups/ram-auth${named}.applied`]: "", [`/var/backups/ram-auth${named}.absent`]: "" },
    ]
  ) {
    await inInstalled(async (root) => {
      for (const [path, text] of Object.entries(files)) {
        await Deno.mkdir(root + path.slice(0, path.lastIndexOf("/")), { recursive: true });
        const flag = /A=|- /.test(text) ? `${FLAG}=/etc/kubernetes/ram-auth/kubeconfig.yaml` : "";
        await Deno.writeTextFile(root + path, `${text}${flag}\n`);
      }
      await assert.rejects(uninstall(root, ["--prompt=false"]), isInUse(/ram-auth apiserver undo/));
    });
  }
});

Deno.test("uninstall refuses while the service is enabled", async () => {
  await inInstalled(async (root) => {
    const wants = `${root}/etc/systemd/system/multi-user.target.wants`;
    await Deno.mkdir(wants);
    // As systemctl makes it: it leads nowhere outside of the tree's own system.
    await Deno.symlink("/nonexistent/ram-auth.service", `${wants}/ram-auth.service`);
    await assert.rejects(uninstall(root, ["--prompt=false"]), isInUse(/systemctl disable --now ram-auth/));
    await Deno.remove(`${wants}/ram-auth.service`);
    assert.equal((await uninstall(root, ["--prompt=false"])).code, 0);
  });
});

Deno.test("uninstall refuses while there is a template for further servers", async () => {
  await inInstalled(async (root) => {
    const template = `${root}/etc/systemd/system/ram-auth@.service`;
    await Deno.copyFile(`${root}/etc/systemd/system/ram-auth.service`, template);
    await assert.rejects(uninstall(root, ["--prompt=false"]), isInUse(/disable --now ram-auth@PORT && rm .*ram-auth@/));
    await Deno.remove(template);
    assert.equal((await uninstall(root, ["--prompt=false"])).code, 0);
  });
});
