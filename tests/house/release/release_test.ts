import assert from "node:assert/strict";
import { targetNamed } from "../../../scripts/compile/runtime.ts";
import { PLATFORMS } from "../../../scripts/release/artefacts.ts";
import { testNeeding } from "../../support/needs.ts";
import { commitAll, run } from "../../support/project/project_clone.ts";
import { makeKey } from "../../support/project/signed_release.ts";

const SCRIPT = Deno.realPathSync("scripts/release.ts");
const CONFIG = Deno.realPathSync("deno.json");

/** What a project needs of which a release can be refused. */
const PROJECT = {
  "deno.json": JSON.stringify({ version: "1.2.3", tasks: { ok: "echo made up && exit 1" } }),
  "lib/version.ts": 'export const VERSION = "1.2.3";\n',
  "CHANGELOG.md": "# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-11-22\n\n- Made up.\n",
};

/** Runs the script in a repository of these files. */
async function release(
  files: Readonly<Record<string, string>>,
  args: readonly string[],
  prepare: (folder: string) => Promise<unknown> = commitAll,
): Promise<{ code: number; out: string; err: string; made: string[] }> {
  const folder = await Deno.makeTempDir({ prefix: "release-test-" });
  try {
    await Deno.mkdir(`${folder}/lib`);
    for (const [path, text] of Object.entries(files)) await Deno.writeTextFile(`${folder}/${path}`, text);
    await prepare(folder);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", "--allow-env", "--allow-read", "--allow-write", "--allow-run"]
        .concat(`--config=${CONFIG}`, SCRIPT, args),
      cwd: folder,
      env: { NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    const made = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name === "dist");
    return { code, out: decoder.decode(stdout), err: decoder.decode(stderr), made };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (
  const [what, files, prepare, message] of [
    [
      "a changed file and a new one",
      PROJECT,
      async (folder: string) => {
        await commitAll(folder);
        await Deno.writeTextFile(`${folder}/deno.json`, " ", { append: true });
        await Deno.writeTextFile(`${folder}/new.ts`, "");
      },
      /^Cannot release: the tree has changes that are not committed: deno.json, new.ts; commit or stash them\n$/,
    ],
    ["no repository", PROJECT, () => Promise.resolve(), /^Cannot release: this is no git repository.*; use a clone\n$/],
    [
      "another version in the sources",
      { ...PROJECT, "lib/version.ts": 'export const VERSION = "1.2.4";\n' },
      commitAll,
      /^Cannot release: deno.json says version 1.2.3, lib\/version.ts 1.2.4; write the same into both\n$/,
    ],
    [
      "another version in the changelog",
      { ...PROJECT, "CHANGELOG.md": "# Changelog\n\n## [1.2.2]\n" },
      commitAll,
      /^Cannot release: deno.json says version 1.2.3, CHANGELOG.md begins with 1.2.2; write/,
    ],
    [
      "changes that belong to no version yet",
      { ...PROJECT, "CHANGELOG.md": PROJECT["CHANGELOG.md"].replace("ed]", "ed]\n\n- New.") },
      commitAll,
      /^Cannot release: CHANGELOG.md has entries under \[Unreleased\]; give them a heading/,
    ],
    ["tests that fail", PROJECT, commitAll, /Cannot release: deno task ok failed, see above; make it pass first\n$/],
  ] as const
) {
  testNeeding(["git"], `deno task release refuses ${what}, and makes nothing`, async () => {
    const { code, err, made } = await release(files, [], prepare);
    assert.match(err, message);
    assert.deepEqual({ code, made }, { code: 1, made: [] });
  });
}

testNeeding(
  ["git"],
  "deno task release --dry-run says what it would make, runs nothing and makes nothing",
  async () => {
    const { code, out, err, made } = await release(PROJECT, ["--dry-run", "--target", "x86_64-pc-windows-msvc"]);
    assert.deepEqual({ code, err, made }, { code: 0, err: "", made: [] });
    assert.match(out, /^ {2}dist\/ram-auth-1\.2\.3-x86_64-pc-windows-msvc\.exe$/m);
    assert.match(out, /^ {2}dist\/SHA256SUMS$/m);
    assert(!out.includes("linux"), out);
    assert.match(out, /^It is not signed: no --signing-key\n$/m);
    assert(!/sig|intoto|release-key|\.rb/.test(out.replace("--signing-key", "").replace("not signed", "")), out);
  },
);

testNeeding(["git", "ssh-keygen"], "deno task release --dry-run names the key, and what is made with it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "release-test-" });
  try {
    const key = await makeKey(folder, "-t", "ed25519", "-N", "");
    const args = ["--dry-run", "--signing-key", key, "--base-url", "https://example.com/v1.2.3"];
    const { code, out, err } = await release(PROJECT, args);
    assert.deepEqual({ code, err }, { code: 0, err: "" });
    assert.match(out, /^It is signed by SHA256:[A-Za-z0-9+/]{43}$/m);
    for (const name of ["SHA256SUMS.sig", "ram-auth.intoto.jsonl", "release-key.pub", "ram-auth.yaml", "ram-auth.rb"]) {
      assert(out.includes(`  dist/${name}\n`), `${name}: ${out}`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

testNeeding(
  ["git"],
  "deno task release --dry-run --image names the image, and refuses one of another machine",
  async () => {
    const { arch, os } = PLATFORMS[targetNamed(Deno.build.target)!];
    const { code, out, err } = await release(PROJECT, ["--dry-run", "--image"]);
    if (os === "linux") {
      assert.deepEqual([code, err], [0, ""]);
      assert.match(out, new RegExp(`^ {2}dist/ram-auth-1\\.2\\.3-linux-${arch}\\.oci\\.tar$`, "m"));
    }
    const refused = await release(PROJECT, ["--dry-run", "--image", "--target", "x86_64-pc-windows-msvc"]);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /^Cannot release: --image makes an image for Linux .*; add it as a --target\n$/);
  },
);

testNeeding(
  ["git"],
  "deno task release makes a formula only of what Homebrew runs on, and packages only of Linux",
  async () => {
    const args = ["--dry-run", "--rpm", "--base-url", "https://example.com/v1.2.3", "--target"];
    const [windows, linux] = [
      await release(PROJECT, [...args, "x86_64-pc-windows-msvc"]),
      await release(PROJECT, [...args, "x86_64-unknown-linux-gnu"]),
    ];
    assert.deepEqual([windows.code, linux.code], [0, 0]);
    assert.deepEqual([windows, linux].map(({ out }) => /ram-auth\.rb$/m.test(out)), [false, true]);
    assert.deepEqual([windows, linux].map(({ out }) => /ram-auth\.yaml$/m.test(out)), [true, true]);
    assert.deepEqual([windows, linux].map(({ out }) => /ram-auth_1\.2\.3-1_amd64\.deb$/m.test(out)), [false, true]);
    assert.deepEqual([windows, linux].map(({ out }) => /ram-auth-1\.2\.3-1\.x86_64\.rpm$/m.test(out)), [false, true]);
  },
);

testNeeding(["git"], "deno task release refuses a key that it cannot use, before anything runs", async () => {
  const { code, err, made } = await release(PROJECT, ["--signing-key", "made-up-key"]);
  assert.deepEqual({ code, made }, { code: 1, made: [] });
  assert.match(err, /^Cannot release: Cannot use the signing key "made-up-key": it does not exist; name one with/);
});

for (
  const [flag, value, message] of [
    ["--base-url", "http://example.com", /Cannot use the base URL "http:\/\/example.com": write it as https/],
    ["--builder-id", "my machine", /"my machine" is not a URI; name the builder by one/],
  ] as const
) {
  testNeeding(["git"], `deno task release refuses ${flag} "${value}"`, async () => {
    const { code, err } = await release(PROJECT, [flag, value]);
    assert.equal(code, 2);
    assert.match(err, message);
  });
}

testNeeding(["git"], "deno task release and deno task compile refuse a target that there is not", async () => {
  const { code, err } = await release(PROJECT, ["--target", "sparc"]);
  assert.equal(code, 2);
  assert.match(err, /"sparc" is no target; use one of x86_64-unknown-linux-gnu, /);
  const help = await run(".", Deno.execPath(), "task", "--quiet", "compile", "--help");
  assert.match(help, /aarch64-apple-darwin/);
});
