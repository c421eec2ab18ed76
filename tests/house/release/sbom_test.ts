import * as Spec from "@cyclonedx/cyclonedx-library/Spec";
import * as Validation from "@cyclonedx/cyclonedx-library/Validation";
import assert from "node:assert/strict";
import { shippedPackages } from "../../../scripts/release/lock_file.ts";
import { writeSbom } from "../../../scripts/release/sbom.ts";
import { writeNotices } from "../../../scripts/release/notices.ts";
import { packagesOfProject, sbomOfProject } from "../../../scripts/sbom.ts";

const HEX = "ab".repeat(64);
const integrity = `sha512-${Uint8Array.fromHex(HEX).toBase64()}`;

const LOCK = {
  version: "5",
  specifiers: { "npm:yaml@2.0.0": "2.0.0", "npm:@peculiar/x509@1.0.0": "1.0.0_peer@3.0.0", "npm:ajv@8.0.0": "8.0.0" },
  npm: {
    "@peculiar/x509@1.0.0_peer@3.0.0": { integrity, dependencies: ["peer", "twice@2.0.0"] },
    "ajv@8.0.0": { integrity, dependencies: ["tests-only"] },
    "peer@3.0.0": { integrity, dependencies: ["@peculiar/x509"], optionalDependencies: ["twice@1.0.0"] },
    "tests-only@1.0.0": { integrity },
    "twice@1.0.0": { integrity },
    "twice@2.0.0": { integrity },
    "yaml@2.0.0": { integrity },
  },
};
const IMPORTS = { yaml: "npm:yaml@2.0.0", "@peculiar/x509": "npm:@peculiar/x509@1.0.0", ajv: "npm:ajv@8.0.0" };

Deno.test("shippedPackages() follows what the program imports, and not what its tests do", () => {
  const packages = shippedPackages(JSON.stringify(LOCK), IMPORTS);
  assert.deepEqual(
    [...packages].map(([id, { isDirect, dependencies }]) => [id, isDirect, dependencies]),
    [
      ["@peculiar/x509@1.0.0", true, ["peer@3.0.0", "twice@2.0.0"]],
      ["peer@3.0.0", false, ["@peculiar/x509@1.0.0", "twice@1.0.0"]],
      ["twice@1.0.0", false, []],
      ["twice@2.0.0", false, []],
      ["yaml@2.0.0", true, []],
    ],
  );
  assert.equal(packages.get("yaml@2.0.0")?.sha512, HEX);
});

Deno.test("shippedPackages() refuses a lock file that does not hold what it names", () => {
  const { "peer@3.0.0": _, ...npm } = LOCK.npm;
  assert.throws(() => shippedPackages(JSON.stringify({ ...LOCK, npm }), IMPORTS), /Cannot find "peer" in deno.lock/);
  const weak = { ...LOCK.npm, "yaml@2.0.0": { integrity: "sha1-qw==" } };
  assert.throws(() => shippedPackages(JSON.stringify({ ...LOCK, npm: weak }), IMPORTS), /it is no SHA-512/);
});

Deno.test("the bill of materials of the project is CycloneDX 1.6, with every package's licence and hash", async () => {
  const text = await sbomOfProject(await packagesOfProject());
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  assert.equal(await validator.validate(text), null);
  assert.notEqual(await validator.validate(text.replace('"library"', '"libary"')), null);

  const { components, dependencies, metadata } = JSON.parse(text);
  assert.equal(metadata.component.name, "ram-auth");
  const yaml = components.find((one: { name: string }) => one.name === "yaml");
  assert.match(yaml.purl, /^pkg:npm\/yaml@\d/);
  const scoped = components.find((one: { name: string }) => one.name === "x509");
  assert.match(scoped.purl, /^pkg:npm\/%40peculiar\/x509@\d/);
  for (const { name, hashes, licenses, type } of components) {
    assert(licenses?.length === 1, `${name} has no licence`);
    if (type === "library") assert.match(hashes[0].content, /^[0-9a-f]{128}$/, name);
  }
  assert(
    components.some((one: { name: string; version: string }) =>
      one.name === "deno" && one.version === Deno.version.deno
    ),
  );
  const ours = dependencies.find(({ ref }: { ref: string }) => ref === metadata.component["bom-ref"]);
  assert(ours.dependsOn.includes(yaml["bom-ref"]) && !ours.dependsOn.some((ref: string) => ref.startsWith("tslib@")));
});

Deno.test("the bill of materials says what is not known by leaving it out", async () => {
  const options = { version: "1.0.0", date: undefined, deno: "2.0.0", licenseOf: () => Promise.resolve(undefined) };
  const { components, metadata } = JSON.parse(
    await writeSbom(shippedPackages(JSON.stringify(LOCK), IMPORTS), options),
  );
  assert(!("timestamp" in metadata));
  assert(!("licenses" in components.find((one: { name: string }) => one.name === "yaml")));
});

Deno.test("the licences that go with a binary name every package in it, and hold each text once", async () => {
  const { packages, cache } = await packagesOfProject();
  const lines = (await writeNotices(packages, cache)).split("\n");
  for (const id of packages.keys()) assert(lines.includes(id), id);
  assert(lines.includes("Permission to use, copy, modify, and/or distribute this software for any purpose"));
  assert.equal(lines.filter((line) => line.endsWith("==")).length, new Set(lines.join("\n").split(/^=+$/m)).size - 1);
});
