import assert from "node:assert/strict";
import * as Spec from "@cyclonedx/cyclonedx-library/Spec";
import * as Validation from "@cyclonedx/cyclonedx-library/Validation";
import { basename, dirname } from "node:path";
import { parse } from "yaml";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { pemCertificates } from "../../../lib/pem.ts";
import { artefactAt } from "../../../scripts/release/artefacts.ts";
import { startContainer, unpackImage } from "../../support/node/container.ts";
import { freePort } from "../../support/free_port.ts";
import { mintedToken } from "../../support/minted_token.ts";
import { testNeeding } from "../../support/needs.ts";
import { run } from "../../support/project/project_clone.ts";
import { postReview, prepareSite, untilReady } from "../../support/server_process.ts";
import { startNameServer } from "../../support/stand_ins/name_server.ts";

const { alice } = DEMO_PRINCIPALS;

/** A host that only the test's name server knows. */
const STS_HOST = "sts.made-up.example";

/** Where programs find the public CAs in the image. */
const CA_FILE = "/etc/ssl/certs/ca-certificates.crt";

/** The packages of Debian in the image. */
const PACKAGES = ["base-files", "ca-certificates", "libc6", "libgcc-s1"] as const;

/** Files of the architecture: the folder of libraries, the loader, and the folder in which the kernel looks for it. */
const [LIBRARIES, LOADER, LOADER_FOLDER] = Deno.build.arch === "x86_64"
  ? ["lib/x86_64-linux-gnu", "ld-linux-x86-64.so.2", "lib64"]
  : ["lib/aarch64-linux-gnu", "ld-linux-aarch64.so.1", "lib"];

/** Every file in the image, with its mode. */
const FILES: readonly string[] = [
  `-rw-r--r-- ${CA_FILE.slice(1)}`,
  ...["group", "os-release", "passwd"].map((name) => `-rw-r--r-- etc/${name}`),
  `-rw-r--r-- ${LIBRARIES}/libgcc_s.so.1`,
  ...[LOADER, "libc.so.6", "libdl.so.2", "libm.so.6", "libpthread.so.0", "librt.so.1"]
    .map((name) => `-rwxr-xr-x ${LIBRARIES}/${name}`),
  `lrwxrwxrwx ${LOADER_FOLDER}/${LOADER} -> /${LIBRARIES}/${LOADER}`,
  "-rwxr-xr-x usr/local/bin/ram-auth",
  ...["LICENSE", "NOTICES", "ram-auth.cdx.json"].map((name) => `-rw-r--r-- usr/share/doc/ram-auth/${name}`),
  ...PACKAGES.map((name) => `-rw-r--r-- usr/share/doc/${name}/copyright`),
  ...PACKAGES.map((name) => `-rw-r--r-- var/lib/dpkg/status.d/${name}`),
];

testNeeding(
  ["binary", "buildah", "dpkg", "runc", "tar"],
  "the container image, from its build to a login",
  async (t) => {
    await using stack = new AsyncDisposableStack();
    const folder = await Deno.makeTempDir({ prefix: "image-test-" });
    stack.defer(() => Deno.remove(folder, { recursive: true }));
    const binary = Deno.env.get("RAM_AUTH_TEST_BINARY")!;
    const { version, commit, deno } = JSON.parse(await run(".", binary, "version", "-o", "json"));

    const build = async (output: string, mask: string) => {
      const task = [Deno.execPath(), "task", "--quiet", "image", "--binary", binary, "--output", output];
      const args = [...task, "--source", "https://example.com/ram-auth"];
      await Deno.mkdir(dirname(output));
      const digest = (await run(".", "sh", "-c", `umask ${mask} && exec "$@"`, "sh", ...args)).trim().split("\n").at(
        -1,
      );
      assert.deepEqual(await names(dirname(output)), [basename(output)], "something is left");
      return { digest, sha256: (await artefactAt(output)).sha256 };
    };
    await t.step("two builds in different folders, with different masks, are the same to the byte", async () => {
      const [one, two] = [
        await build(`${folder}/one/image.tar`, "022"),
        await build(`${folder}/other-folder/two.tar`, "077"),
      ];
      assert.match(one.digest!, /^sha256:[0-9a-f]{64}$/);
      assert.deepEqual(one, two);
    });

    const image = await unpackImage(`${folder}/one/image.tar`, `${folder}/image`);
    const list = await run(
      ".",
      "tar",
      "--list",
      "--verbose",
      "--gzip",
      "--numeric-owner",
      "--utc",
      "--full-time",
      "-f",
      image.layer,
    );
    const entries = list.trimEnd().split("\n").map((line) => {
      const [mode, owner, _size, day, time, ...name] = line.split(/ +/);
      return { mode, owner, date: `${day}T${time}Z`, name: name.join(" ") };
    });
    const isFolder = ({ mode }: { readonly mode?: string | undefined }) => mode!.startsWith("d");

    await t.step("every file in it is on the list, root's, and writable by nobody else", () => {
      const files = entries.filter((entry) => !isFolder(entry)).map(({ mode, name }) => `${mode} ${name}`);
      assert.deepEqual(files.toSorted(), FILES.toSorted());
      assert.deepEqual(new Set(entries.map(({ owner }) => owner)), new Set(["0/0"]));
      assert.deepEqual(new Set(entries.filter(isFolder).map(({ mode }) => mode)), new Set(["drwxr-xr-x"]));
      assert.equal(image.manifest.layers.length, 1);
    });

    await t.step("its labels say what it is, and its only date is that of the commit", async () => {
      const { config: { Labels: labels, User, Entrypoint, Env }, ...rest } = image.config;
      const created = labels["org.opencontainers.image.created"]!;
      assert.deepEqual(
        new Set([rest.created, ...entries.map(({ date }) => date)]),
        new Set([created.replace(".000", "")]),
      );
      assert.equal(rest.history, undefined);
      const date = await run(".", "git", "show", "--no-patch", "--format=%ct", commit.replace("-dirty", ""));
      assert.equal(Date.parse(created) / 1_000, Number(date));
      assert.deepEqual(
        Object.fromEntries(Object.entries(labels).filter(([name]) => !/created|description|packages/.test(name))),
        {
          "org.opencontainers.image.title": "ram-auth",
          "org.opencontainers.image.version": version,
          "org.opencontainers.image.revision": commit,
          "org.opencontainers.image.source": "https://example.com/ram-auth",
          "org.opencontainers.image.licenses": "Apache-2.0",
        },
      );
      assert.deepEqual({ User, Entrypoint }, { User: "65532:65532", Entrypoint: ["/usr/local/bin/ram-auth"] });
      assert.deepEqual(Env.map((variable) => variable.split("=")[0]), ["PATH"]);
    });

    await t.step("label, bill of materials and what scanners read name the same packages", async () => {
      const text = await Deno.readTextFile(`${image.root}/usr/share/doc/ram-auth/ram-auth.cdx.json`);
      assert.equal(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text), null);
      const { components } = JSON.parse(text) as { components: { name: string; version: string; purl: string }[] };
      assert.equal(components.find(({ name }) => name === "deno")?.version, deno);
      const inSbom = components.filter(({ purl }) => purl.startsWith("pkg:deb/debian/"))
        .map(({ name, version }) => `${name}=${version}`);
      const installed = await run(".", "dpkg-query", "--show", "--showformat", "${Package}=${Version}\n", ...PACKAGES);
      const forScanners = await Promise.all(PACKAGES.map(async (name) => {
        const stanza = await Deno.readTextFile(`${image.root}/var/lib/dpkg/status.d/${name}`);
        return `${/^Package: (.*)$/m.exec(stanza)?.[1]}=${/^Version: (.*)$/m.exec(stanza)?.[1]}`;
      }));
      const wanted = installed.trim().split("\n");
      assert.deepEqual(inSbom, wanted);
      assert.deepEqual(forScanners, wanted);
      assert.equal(image.config.config.Labels["ram-auth.debian-packages"], wanted.join(" "));
    });

    await t.step("its CAs are those of the package, whatever was added to this machine", async () => {
      const certificates = await run(
        ".",
        "sh",
        "-c",
        "dpkg-query --listfiles ca-certificates | grep 'mozilla/.*crt$' | sort | sed 's|^|/|' | xargs cat",
      );
      const bundle = await Deno.readTextFile(`${image.root}${CA_FILE}`);
      assert.deepEqual(pemCertificates(bundle), pemCertificates(certificates));
      assert.ok(pemCertificates(bundle).length > 100);
    });

    await using nameServer = startNameServer({ [STS_HOST]: "127.0.0.1" });
    // Of this only STS is used.
    await using site = await prepareSite("", { stsNames: [STS_HOST] });
    const [port, healthPort] = [freePort(), freePort()];
    const here = { config: `${folder}/config`, state: `${folder}/state`, kubeconfig: `${folder}/webhook.yaml` };
    await Deno.mkdir(here.config);
    const configFile = `${here.config}/config.yaml`;
    await Deno.writeTextFile(
      configFile,
      `clusterID: c-of-the-test
server:
  port: ${port}
  healthPort: ${healthPort}
  sts: { endpoint: "${STS_HOST}:${site.stsHost.split(":")[1]}" }
  mapUsers: [{ userARN: "acs:ram::1234567890123456:user/alice", username: alice }]
`,
    );
    // As the head of static-pod.yaml says.
    await run(".", "install", "-d", "-o", "65532", "-g", "65532", "-m", "0700", here.state);
    const init = ["init", "-c", configFile, "--state-dir", here.state, "--generate-kubeconfig", here.kubeconfig];
    await run(".", binary, ...init);
    await Deno.writeTextFile(`${folder}/resolv.conf`, `nameserver ${nameServer.address}\n`);
    const cas = [`${image.root}${CA_FILE}`, site.stsCaFile].map((path) => Deno.readTextFile(path));
    await Deno.writeTextFile(`${folder}/cas.crt`, (await Promise.all(cas)).join(""));

    const pod = parse(await Deno.readTextFile("manifests/static-pod.yaml"), { merge: true });
    const [{ args, env }] = pod.spec.containers;
    await Deno.mkdir(`${folder}/container`);
    await using container = await startContainer(image, {
      folder: `${folder}/container`,
      args,
      env: {
        ...Object.fromEntries(env.map(({ name, value }: Readonly<Record<"name" | "value", string>>) => [name, value])),
        DENO_TLS_CA_STORE: "system",
      },
      mounts: {
        "/etc/ram-auth": { source: here.config },
        "/var/lib/ram-auth": { source: here.state, isWritable: true },
        "/etc/resolv.conf": { source: `${folder}/resolv.conf` },
        [CA_FILE]: { source: `${folder}/cas.crt` },
      },
    });
    await untilReady(container, `http://127.0.0.1:${healthPort}`);

    await t.step("a login: STS is found by its name, and trusted by a CA among those of the system", async () => {
      const token = await mintedToken(alice, { clusterId: "c-of-the-test", now: new Date() });
      const target = { url: `https://127.0.0.1:${port}`, caFile: `${here.state}/ca.pem`, kubeconfig: here.kubeconfig };
      const { authenticated, user } = await postReview(token, target);
      assert.deepEqual([authenticated, user?.username], [true, "alice"], container.stderr());
      assert.deepEqual([...nameServer.asked], [STS_HOST]);
    });

    await t.step("its process is nobody's, has no capability and can get none, and its root is read-only", async () => {
      const pid = await container.pid();
      const status = await run(".", "cat", `/proc/${pid}/status`);
      const field = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1];
      assert.deepEqual(["Uid", "Gid"].map(field), Array(2).fill(Array(4).fill("65532").join("\t")));
      for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]) {
        assert.equal(field(set), "0".repeat(16), set);
      }
      assert.equal(field("NoNewPrivs"), "1");
      const mounts = (await run(".", "cat", `/proc/${pid}/mounts`)).trim().split("\n").map((line) => line.split(" "));
      const writable = mounts.filter(([_device, _path, _type, options]) => options!.split(",").includes("rw"));
      assert.deepEqual(writable.map(([_device, path]) => path).toSorted(), ["/dev", "/proc", "/var/lib/ram-auth"]);
    });

    await t.step("no other program can be started in it, and nothing be written outside of its state", async () => {
      for (const program of ["/bin/sh", "sh", "/usr/bin/dpkg"]) {
        const { code, output } = await container.exec(program);
        assert.notEqual(code, 0);
        assert.match(output, /no such file or directory|executable file not found/, program);
      }
      const { code, output } = await container.exec("/usr/local/bin/ram-auth", "version");
      assert.deepEqual([code, output.split("\n")[0]], [0, `ram-auth ${version}`]);
      const refused = await container.exec("/usr/local/bin/ram-auth", "init", "-i", "c", "--state-dir", "/tmp/state");
      assert.equal(refused.code, 1, refused.output);
      assert.match(refused.output, /read-only|Read-only/i);
    });

    await t.step("SIGTERM ends it with 0", async () => {
      assert.equal((await container.stop("SIGTERM")).code, 0, container.stderr());
    });
  },
);

async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).toSorted();
}
