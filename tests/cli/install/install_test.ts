import assert from "node:assert/strict";
import { parseFlags } from "../../../lib/config/flags.ts";
import { loadSettings } from "../../../lib/config/settings.ts";
import { RamAuthError, UsageError } from "../../../lib/errors.ts";
import { FileError } from "../../../lib/files.ts";
import type { FileSystem } from "../../../lib/world.ts";
import { fakeWorld } from "../../config/fake_world.ts";
import { inFolder, modeOf } from "../../state/stored_files.ts";
import { inSite, PROGRAM, runInit, tree } from "./site.ts";

const ALICE = "acs:ram::1234567890123456:user/alice";

const INSTALLED = {
  "/etc/kubernetes/ram-auth/kubeconfig.yaml": "600",
  "/etc/ram-auth/config.yaml": "644",
  "/etc/systemd/system/ram-auth.service": "644",
  "/etc/sysusers.d/ram-auth.conf": "644",
  "/usr/local/bin/ram-auth": "755",
  "/var/lib/ram-auth/ca-key.pem": "600",
  "/var/lib/ram-auth/ca.pem": "644",
  "/var/lib/ram-auth/cert.pem": "644",
  "/var/lib/ram-auth/key.pem": "600",
  "/var/lib/ram-auth/webhook-tokens": "600",
};

const isConflict = (why: RegExp) => (e: unknown) =>
  e instanceof RamAuthError && e.code === "ERR_CONFIG_CONFLICT" && why.test(e.message);

Deno.test("init --install puts every file in place, with its mode, and says what is left to do", async () => {
  await inSite(async ({ root, program, install }) => {
    const output = await install("-i", "demo");
    assert.deepEqual(await tree(root, modeOf), INSTALLED);
    assert.equal(await modeOf(`${root}/var/lib/ram-auth`), "700");
    assert.equal(await Deno.readTextFile(`${root}/usr/local/bin/ram-auth`), await Deno.readTextFile(program));
    assert.equal(
      await Deno.readTextFile(`${root}/etc/systemd/system/ram-auth.service`),
      await Deno.readTextFile("manifests/ram-auth.service"),
    );
    for (const path of Object.keys(INSTALLED)) assert.match(output, new RegExp(`^written  ${root}${path} `, "m"));
    assert.match(
      output,
      /systemd-sysusers .*\n.*daemon-reload\n.*enable --now ram-auth\n.*ram-auth apiserver configure\n/,
    );
    assert(output.includes("webhook-config-file=/etc/kubernetes/ram-auth/kubeconfig.yaml\n"), output);
    assert.doesNotMatch(output, /kubectl|restart|BEGIN|ram-auth-webhook-/);
  });
});

Deno.test("init --install lets the service read what it needs, whatever the umask", async () => {
  await inSite(async ({ root, program }) => {
    const world = fakeWorld();
    const strict = (options: Deno.MkdirOptions | undefined, usual: number) => ({
      ...options,
      mode: (options?.mode ?? usual) & 0o700,
    });
    const fs: FileSystem = {
      ...world.fs,
      mkdir: (path, options) => Deno.mkdir(path, strict(options, 0o777)),
      openDescriptor: (path, { createMode } = {}) =>
        world.fs.openDescriptor(path, createMode === undefined ? {} : { createMode: createMode & 0o700 }),
    };
    await runInit(["-i", "demo", "--install", "--root", root], program, { ...world, fs });
    for (const folder of ["/etc/ram-auth", "/usr/local/bin", "/var", "/var/lib"]) {
      assert.equal(await modeOf(root + folder), "755", folder);
    }
    for (
      const path of ["/etc/ram-auth/config.yaml", "/etc/systemd/system/ram-auth.service", "/usr/local/bin/ram-auth"]
    ) {
      assert.equal(await modeOf(root + path), INSTALLED[path as keyof typeof INSTALLED], path);
    }
  });
});

Deno.test("init --install run again changes nothing and says so", async () => {
  await inSite(async ({ root, install }) => {
    await install("-i", "demo", "--admin-arn", ALICE);
    const before = await tree(root, Deno.readTextFile);
    const output = await install("-i", "demo", "--admin-arn", ALICE);
    assert.deepEqual(await tree(root, Deno.readTextFile), before);
    assert.match(output, /^Nothing was changed\.$/m);
    assert.doesNotMatch(output, /^(written|renewed|differs)/m);
  });
});

Deno.test("init --install replaces a program that differs, in its first or last byte, and asks for a restart", async () => {
  await inSite(async ({ root, program, install }) => {
    await install("-i", "demo");
    for (const other of [`X${PROGRAM.slice(1)}`, `${PROGRAM.slice(0, -1)}X`, `${PROGRAM}X`, PROGRAM]) {
      await Deno.writeTextFile(program, other);
      const output = await install("-i", "demo");
      assert.match(output, /^renewed {2}.*\/bin\/ram-auth /m);
      assert.match(output, /systemctl restart ram-auth/);
      assert.equal(await Deno.readTextFile(`${root}/usr/local/bin/ram-auth`), other);
    }
  });
});

Deno.test("init --install leaves program, unit and user to the package that brings them", async () => {
  await inSite(async ({ root, install }) => {
    await Deno.mkdir(`${root}/usr/lib/systemd/system`, { recursive: true });
    await Deno.writeTextFile(`${root}/usr/lib/systemd/system/ram-auth.service`, "# of the package\n");
    const output = await install("-i", "demo", "--admin-arn", ALICE);
    const left = Object.keys(await tree(root, modeOf)).filter((path) => /^\/(usr|etc\/sys)/.test(path));
    assert.deepEqual(left, ["/usr/lib/systemd/system/ram-auth.service"]);
    assert.match(output, /^written {2}.*\/etc\/ram-auth\/config\.yaml /m);
    assert.match(output, /those of the installed package\.\n\n.*in this order:\n {2}systemctl enable --now ram-auth\n/);
  });
});

Deno.test("init --install goes on with its own unit, which comes before that of a package", async () => {
  await inSite(async ({ root, program, install }) => {
    await install("-i", "demo");
    await Deno.mkdir(`${root}/usr/lib/systemd/system`, { recursive: true });
    await Deno.writeTextFile(`${root}/usr/lib/systemd/system/ram-auth.service`, "# of the package\n");
    await Deno.writeTextFile(program, "a newer program");
    assert.match(await install("-i", "demo"), /^renewed {2}.*\/usr\/local\/bin\/ram-auth /m);
  });
});

for (const path of ["/etc/systemd/system/ram-auth.service", "/etc/sysusers.d/ram-auth.conf"]) {
  Deno.test(`init --install leaves ${path} alone where somebody changed it, and shows how`, async () => {
    await inSite(async ({ root, install }) => {
      await install("-i", "demo");
      await Deno.writeTextFile(root + path, "# of the operator\n");
      const output = await install("-i", "demo");
      assert.equal(await Deno.readTextFile(root + path), "# of the operator\n");
      assert.match(output, new RegExp(`^differs  ${root}${path} `, "m"));
      assert.match(output, /^-# of the operator$/m);
      assert.match(output, /remove it and run this again/);
    });
  });
}

Deno.test("init --install keeps the config file of the operator", async () => {
  await inSite(async ({ root, install }) => {
    await install("-i", "demo");
    const text = "clusterID: demo\nserver: {mapAccounts: ['1234567890123456']}\n";
    await Deno.writeTextFile(`${root}/etc/ram-auth/config.yaml`, text);
    assert.match(await install("-i", "demo"), /^Nothing was changed\.$/m);
    assert.equal(await Deno.readTextFile(`${root}/etc/ram-auth/config.yaml`), text);
  });
});

Deno.test("init --install does not overwrite a config file that comes while it copies the program", async () => {
  await inSite(async ({ root, program }) => {
    const world = fakeWorld();
    const [config, text] = [`${root}/etc/ram-auth/config.yaml`, "clusterID: demo\n# the operator's\n"];
    const rename: typeof world.fs.rename = async (from, to) => {
      await world.fs.rename(from, to);
      if (to !== `${root}/usr/local/bin/ram-auth`) return;
      await Deno.mkdir(`${root}/etc/ram-auth`, { recursive: true });
      await Deno.writeTextFile(config, text);
    };
    const args = ["--install", "--root", root, "-i", "demo"];
    await assert.rejects(
      runInit(args, program, { ...world, fs: { ...world.fs, rename } }),
      (e) => e instanceof FileError && /^Cannot write the config file .* has just changed it; run this/.test(e.message),
    );
    assert.equal(await Deno.readTextFile(config), text);
    await runInit(args, program);
    assert.equal(await Deno.readTextFile(config), text);
  });
});

for (
  const [what, text, args, why] of [
    ["for another cluster", "clusterID: other", [], /it has clusterID "other", and this command says "demo"/],
    ["for another host name", "clusterID: demo", ["--hostname", "cp1"], /has server\.hostname "localhost".*says "cp1"/],
    ["for another port", "clusterID: demo\nserver: {port: 1}", [], /it has server\.port "1", .* says "21362"/],
    ["without a cluster", "server: {}", [], /it has no clusterID/],
  ] as const
) {
  Deno.test(`init --install refuses to go with a config file ${what}, and changes nothing`, async () => {
    await inSite(async ({ root, install }) => {
      await Deno.mkdir(`${root}/etc/ram-auth`, { recursive: true });
      await Deno.writeTextFile(`${root}/etc/ram-auth/config.yaml`, text);
      await assert.rejects(install("-i", "demo", ...args), isConflict(why));
      assert.deepEqual(await tree(root, Deno.readTextFile), { "/etc/ram-auth/config.yaml": text });
    });
  });
}

Deno.test("init --install writes into the config file what the certificate is made for", async () => {
  await inSite(async ({ root, install }) => {
    const args = ["-i", "demo", "--hostname", "cp1.internal", "--address", "192.0.2.7", "--port", "8443"];
    await install(...args);
    const config = `${root}/etc/ram-auth/config.yaml`;
    assert.match(
      await Deno.readTextFile(config),
      /hostname: "cp1\.internal"\n {2}address: "192\.0\.2\.7"\n {2}port: 8443\n/,
    );
    assert.match(await install("-c", config), /^Nothing was changed\.$/m);
  });
});

for (
  const [what, arn, mapping] of [
    ["a user", ALICE, `mapUsers:\n    - userARN: "${ALICE}"\n      username: "ram-auth:admin:alice"\n`],
    [
      "a role, without its path",
      "arn:aws:iam::123456789012:role/ops/Admin",
      `mapRoles:\n    - roleARN: "arn:aws:iam::123456789012:role/Admin"\n      username: "ram-auth:admin:{{SessionName}}"\n`,
    ],
    [
      "the root of an account",
      "acs:ram::1234567890123456:root",
      `mapUsers:\n    - userARN: "acs:ram::1234567890123456:root"\n      username: "ram-auth:admin:root"\n`,
    ],
  ] as const
) {
  Deno.test(`init --admin-arn maps ${what}, and binds its group`, async () => {
    await inSite(async ({ root, install }) => {
      const output = await install("-i", "demo", "--admin-arn", arn);
      const config = `${root}/etc/ram-auth/config.yaml`;
      const text = await Deno.readTextFile(config);
      assert(text.includes(`${mapping}      groups: ["ram-auth:admins"]\n`), text);
      assert.match(output, /kubectl .*apply -f \/etc\/ram-auth\/admin-binding\.yaml\n/);
      const binding = await Deno.readTextFile(`${root}/etc/ram-auth/admin-binding.yaml`);
      assert.match(binding, /kind: ClusterRole\n {2}name: cluster-admin\n[^]*kind: Group\n {4}name: ram-auth:admins\n/);
      assert.doesNotMatch(binding, /system:masters/);

      const world = fakeWorld();
      const settings = await loadSettings("server", await parseFlags("server", ["-c", config]), world);
      assert.equal(settings.require("cluster-id"), "demo");
    });
  });
}

Deno.test("init --admin-arn completes a config file that init wrote, and no other", async () => {
  await inSite(async ({ root, install }) => {
    const config = `${root}/etc/ram-auth/config.yaml`;
    await install("-i", "demo");
    assert.match(await install("-i", "demo", "--admin-arn", ALICE), /^renewed .*config\.yaml/m);
    assert.match(await install("-i", "demo", "--admin-arn", ALICE), /^Nothing was changed\.$/m);
    assert.match(await install("-i", "demo"), /^Nothing was changed\.$/m, "an administrator is not taken away");

    const before = await Deno.readTextFile(config);
    const bob = ALICE.replace("alice", "bob");
    await assert.rejects(
      install("-i", "demo", "--admin-arn", bob),
      isConflict(/add this to "server", and run this again:\n {2}mapUsers:\n {4}- userARN: ".*user\/bob"/),
    );
    await assert.rejects(
      install("-i", "demo", "--admin-arn", "arn:aws:iam::123456789012:user/dave"),
      isConflict(/add this to "server", and run/),
    );
    assert.equal(await Deno.readTextFile(config), before);

    await Deno.writeTextFile(config, `clouds: [alibaba]\n${before}`);
    await assert.rejects(
      install("-i", "demo", "--admin-arn", "arn:aws:iam::123456789012:user/dave"),
      isConflict(/add this to "server" and "aws" to "clouds"/),
    );
    await Deno.writeTextFile(config, before.replace("ram-auth:admins", "viewers"));
    await assert.rejects(
      install("-i", "demo", "--admin-arn", ALICE.toUpperCase().replace("ACS:RAM", "acs:ram")),
      isConflict(/line 9 maps it already, without the group "ram-auth:admins"/),
    );
  });
});

for (
  const [what, arn, why] of [
    ["of no cloud", "alice", /it is not an ARN of Alibaba Cloud or AWS/],
    ["that is malformed", "acs:ram::1234567890123456:alice", /Cannot read ARN/],
    ["that stands for many", "acs:ram::1234567890123456:role/*", /names more than one/],
  ] as const
) {
  Deno.test(`init --admin-arn refuses an ARN ${what}, and writes nothing`, async () => {
    await inSite(async ({ root, install }) => {
      await assert.rejects(
        install("-i", "demo", "--admin-arn", arn),
        (e) => e instanceof UsageError && why.test(e.message),
      );
      await assert.rejects(Deno.stat(root), Deno.errors.NotFound);
    });
  });
}

Deno.test("init --dry-run shows each file with its mode and what would be in it, and writes nothing", async () => {
  await inSite(async ({ root, install }) => {
    const output = await install("-i", "demo", "--admin-arn", ALICE, "--dry-run");
    await assert.rejects(Deno.stat(root), Deno.errors.NotFound);
    for (const [path, mode] of Object.entries(INSTALLED)) {
      assert(output.includes(`would write ${root}${path} (0${mode}, `), `${path}\n${output}`);
    }
    assert.match(output, /^\+ExecStart=\/usr\/local\/bin\/ram-auth server /m);
    assert.match(output, /^\+ {6}username: "ram-auth:admin:alice"$/m);
    assert.doesNotMatch(output, /BEGIN|PRIVATE/);
  });
});

Deno.test("init --dry-run shows what would change in what is there, and changes nothing", async () => {
  await inSite(async ({ root, install }) => {
    await install("-i", "demo");
    const kubeconfig = `${root}/etc/kubernetes/ram-auth/kubeconfig.yaml`;
    await Deno.writeTextFile(kubeconfig, (await Deno.readTextFile(kubeconfig)).replace("21362", "1"));
    const before = await tree(root, Deno.readTextFile);
    const output = await install("-i", "demo", "--dry-run");
    assert.deepEqual(await tree(root, Deno.readTextFile), before);
    assert(output.includes(`would replace ${kubeconfig} (0600, `), output);
    assert.match(output, /^-.*localhost:1\/authenticate$/m);
    assert.match(output, /^\+.*localhost:21362\/authenticate$/m);
    assert.equal(output.match(/^would keep/gm)?.length, Object.keys(INSTALLED).length - 1, output);
  });
});

Deno.test("init --dry-run without --install tells of the files beside it", async () => {
  await inFolder(async (folder) => {
    const args = ["-i", "demo", "--state-dir", folder, "--generate-kubeconfig", `${folder}/kubeconfig`, "--dry-run"];
    const output = await runInit(args);
    assert.deepEqual([...Deno.readDirSync(folder)], []);
    assert.equal(output.match(/^would write/gm)?.length, 6, output);
  });
});

Deno.test("init --install refuses to install what runs from its sources, with what to do", async () => {
  await inFolder(async (folder) => {
    await assert.rejects(
      runInit(["-i", "demo", "--install", "--root", folder]),
      (e) => e instanceof RamAuthError && e.code === "ERR_INSTALL" && e.message.includes("deno task compile"),
    );
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  });
});

for (
  const [what, args, why] of [
    ["a root without --install", ["--root", "/nonexistent"], /without --install/],
    ["another state folder", ["--install", "--state-dir", "/srv/state"], /unit goes by "\/var\/lib\/ram-auth"/],
    ["another kubeconfig", ["--install", "--generate-kubeconfig", "/srv/kubeconfig"], /goes by "\/etc\/kubernetes/],
  ] as const
) {
  Deno.test(`init refuses ${what}`, async () => {
    await assert.rejects(
      runInit(["-i", "demo", ...args], "/nonexistent"),
      (e) => e instanceof UsageError && why.test(e.message),
    );
  });
}

Deno.test("init --install as somebody who may not write says exactly what to copy where", async () => {
  await inSite(async ({ program }) => {
    const world = fakeWorld();
    const denied = () => Promise.reject(new Deno.errors.PermissionDenied("denied"));
    const notRoot = {
      ...world,
      fs: { ...world.fs, mkdir: denied, open: denied, openDescriptor: denied, lstat: denied, stat: denied },
    };
    await assert.rejects(
      runInit(["-i", "demo", "--install", "--admin-arn", ALICE], program, notRoot),
      (e) => {
        assert(e instanceof RamAuthError && e.code === "ERR_INSTALL", String(e));
        assert.match(
          e.message,
          /permission denied.*\nTo install, run the same with sudo; or run it with --root \.\/install/,
        );
        for (const [path, mode] of Object.entries(INSTALLED)) {
          assert(e.message.includes(`\n  sudo install -D -m 0${mode} ./install${path} ${path}`), path);
        }
        assert.match(e.message, /admin-binding\.yaml$/m);
        // Whatever the umask is where these are run.
        for (const folder of ["0755 /etc/ram-auth", "0755 /etc/kubernetes/ram-auth", "0700 /var/lib/ram-auth"]) {
          assert(e.message.includes(`\n  sudo install -d -m ${folder}\n`), folder);
        }
        return true;
      },
    );
  });
});

Deno.test("init --dry-run shows no credentials of the webhook kubeconfig that it would replace", async () => {
  await inSite(async ({ root, install }) => {
    await install("-i", "demo");
    const kubeconfig = `${root}/etc/kubernetes/ram-auth/kubeconfig.yaml`;
    const text = (await Deno.readTextFile(kubeconfig)).replace("21362", "1")
      .replace(/user:\n {6}token: (\S+)/, "user: {client-key-data: made-up-key, token: $1}");
    await Deno.writeTextFile(kubeconfig, text);
    const output = await install("-i", "demo", "--dry-run");
    assert.match(output, /^\+.*localhost:21362\/authenticate$/m);
    assert.match(output, /^-.*token: REDACTED/m);
    assert.match(output, /^\+.*token: REDACTED/m);
    assert.doesNotMatch(output, /made-up|ram-auth-webhook-/);
    await install("-i", "demo");
    assert.match(
      await Deno.readTextFile(kubeconfig),
      /localhost:21362\/authenticate[^]*client-key-data: made-up-key\n/,
    );
  });
});
