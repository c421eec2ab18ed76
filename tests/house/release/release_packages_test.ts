import assert from "node:assert/strict";
import { parse } from "yaml";
import { TARGETS } from "../../../scripts/compile/runtime.ts";
import { writeArchive } from "../../../scripts/release/archive.ts";
import { artefactAt, PLATFORMS } from "../../../scripts/release/artefacts.ts";
import { homebrewFormula } from "../../../scripts/release/homebrew.ts";
import { krewManifest } from "../../../scripts/release/krew.ts";
import { parseBaseUrl } from "../../../scripts/release/publication.ts";
import { testNeeding } from "../../support/needs.ts";
import { run } from "../../support/project/project_clone.ts";

const BASE = "https://example.com/made-up/ram-auth/releases/download/v1.2.3";
const PUBLICATION = { version: "1.2.3", baseUrl: BASE };

const ARCHIVES = TARGETS.map((target, index) => ({
  target,
  name: `ram-auth-1.2.3-${target}.tar.gz`,
  sha256: index.toString(16).repeat(64),
}));

Deno.test("krew's manifest has URL, digest and program of each target, and what krew's index asks for", () => {
  const { apiVersion, kind, metadata, spec } = parse(krewManifest(ARCHIVES, PUBLICATION));
  assert.equal(apiVersion, "krew.googlecontainertools.github.com/v1alpha2");
  assert.deepEqual({ kind, metadata }, { kind: "Plugin", metadata: { name: "ram-auth" } });
  assert.match(spec.version, /^v1\.2\.3$/);
  assert.equal(spec.homepage, "https://example.com/made-up/ram-auth");
  assert(spec.shortDescription.length <= 50 && !spec.shortDescription.endsWith("."), spec.shortDescription);
  assert.deepEqual(
    spec.platforms,
    ARCHIVES.map(({ target, name, sha256 }) => ({
      selector: { matchLabels: PLATFORMS[target] },
      uri: `${BASE}/${name}`,
      sha256,
      bin: target.includes("windows") ? "ram-auth.exe" : "ram-auth",
    })),
  );
});

Deno.test("Homebrew's formula has URL and digest of each target but Windows, under its system and processor", () => {
  const formula = homebrewFormula(ARCHIVES, PUBLICATION);
  const found = [...formula.matchAll(/on_(macos|linux) do\n(.*?)\n {2}end\n/gs)].flatMap(([, system, block]) =>
    [...block!.matchAll(/on_(arm|intel) do\n +url "(.*)"\n +sha256 "(.*)"\n +end/g)].map(([, processor, url, sha256]) =>
      `${system} ${processor} ${url} ${sha256}`
    )
  );
  const wanted = ARCHIVES.filter(({ target }) => !target.includes("windows")).map(({ target, name, sha256 }) => {
    const system = target.includes("darwin") ? "macos" : "linux";
    return `${system} ${target.startsWith("x86_64") ? "intel" : "arm"} ${BASE}/${name} ${sha256}`;
  });
  assert.deepEqual(found.sort(), wanted.sort());
  assert.match(formula, /^class RamAuth < Formula\n {2}desc "(?!An? )[^"]{1,80}(?<!\.)"\n {2}homepage "https:/);
});

testNeeding(["ruby"], "Homebrew's formula is Ruby", async () => {
  const path = await Deno.makeTempFile({ prefix: "release-packages-test-", suffix: ".rb" });
  try {
    await Deno.writeTextFile(path, homebrewFormula(ARCHIVES, PUBLICATION));
    assert.equal(await run(".", "ruby", "-c", path), "Syntax OK\n");
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("parseBaseUrl() takes a folder, and drops the slash at its end", () => {
  assert.equal(parseBaseUrl("https://example.com/a/"), "https://example.com/a");
});

for (
  const [what, text] of [
    ["no URL", "example.com/a"],
    ["plain HTTP", "http://example.com/a"],
    ["a password", "https://a:b@example.com/"],
    ["a query", "https://example.com/?a"],
    ["a fragment, which Ruby could read as code", "https://example.com/#{exit}"],
    ["a quotation mark", 'https://example.com/"'],
  ] as const
) {
  Deno.test(`parseBaseUrl() refuses ${what}`, () =>
    assert.throws(() => parseBaseUrl(text), /^Error: Cannot use the b/));
}

testNeeding(["tar"], "an archive holds the files as they are, whoever made it and whenever", async () => {
  const folder = await Deno.makeTempDir({ prefix: "release-packages-test-" });
  try {
    const sizes = [0, 1, 511, 512, 513, 3_000_000];
    const entries = sizes.map((size) => ({ name: `f${size}`, path: `${folder}/f${size}`, isProgram: size === 1 }));
    for (const size of sizes) await Deno.writeFile(`${folder}/f${size}`, new Uint8Array(size).fill(size % 251));
    await writeArchive(`${folder}/one.tar.gz`, entries);
    for (const { path } of entries) {
      await Deno.utime(path, 1, 1);
      await Deno.chmod(path, 0o600);
    }
    await writeArchive(`${folder}/two.tar.gz`, entries);
    const [one, two] = [await artefactAt(`${folder}/one.tar.gz`), await artefactAt(`${folder}/two.tar.gz`)];
    assert.equal(one.sha256, two.sha256);
    await Deno.mkdir(`${folder}/out`);
    await run(`${folder}/out`, "tar", "-xzf", "../one.tar.gz");
    for (const { name, path, isProgram } of entries) {
      const unpacked = `${folder}/out/${name}`;
      assert.equal((await artefactAt(unpacked)).sha256, (await artefactAt(path)).sha256, name);
      assert.equal(((await Deno.stat(unpacked)).mode! & 0o100) !== 0, isProgram, name);
    }
    await assert.rejects(writeArchive(`${folder}/x`, [{ name: "ü", path: entries[0]!.path }]), RangeError);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
