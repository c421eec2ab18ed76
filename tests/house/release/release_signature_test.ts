import assert from "node:assert/strict";
import { readSigningKey } from "../../../scripts/release/signing_key.ts";
import { provenanceOf } from "../../../scripts/release/provenance.ts";
import { seal } from "../../../scripts/release/seal.ts";
import { sshSignature } from "../../../scripts/release/ssh_signature.ts";
import { testNeeding } from "../../support/needs.ts";
import { run } from "../../support/project/project_clone.ts";
import {
  MADE_UP_COMMIT,
  makeKey,
  makeSignedRelease,
  shell,
  verifyCommands,
} from "../../support/project/signed_release.ts";

const BUILD = { builder: "urn:made-up", parameters: {}, ingredients: [] };

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "release-signature-test-" });
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs `use` while one character of a file, which is not at a line's end, is another one. */
async function withChange(path: string, at: number, use: (what: string) => Promise<void>): Promise<void> {
  const text = await Deno.readTextFile(path);
  const index = /\s/.test(text[at]!) ? at + 1 : at;
  await Deno.writeTextFile(path, text.slice(0, index) + (text[index] === "A" ? "B" : "A") + text.slice(index + 1));
  try {
    await use(`${path}, character ${index}`);
  } finally {
    await Deno.writeTextFile(path, text);
  }
}

testNeeding(
  ["ssh-keygen", "openssl"],
  "a release verifies by the commands of docs/install.md, and by none of them after one byte changed",
  async (t) => {
    await inFolder(async (folder) => {
      const release = await makeSignedRelease(folder);
      const { sums, provenance } = await verifyCommands();

      await t.step("as it was made", async () => {
        const verified = await shell(release, sums);
        assert(verified.success, verified.text);
        assert.match(verified.text, /^Good "file" signature for ram-auth with ED25519 key SHA256:/m);
        for (const { name } of Deno.readDirSync(release)) {
          if (/^(SHA256SUMS.*|allowed_signers)$/.test(name)) continue;
          assert(verified.text.includes(`${name}: OK\n`), `${name}: ${verified.text}`);
        }
        const stated = await shell(release, provenance);
        assert(stated.success, stated.text);
        assert.match(stated.text, /^Signature Verified Successfully$/m);
        assert(stated.text.includes(MADE_UP_COMMIT));
      });

      const lines = sums.split("\n");
      const files = lines.filter((line) => line.startsWith("sha256sum")).join();
      const signature = lines.filter((line) => line !== files).join("\n");
      for (
        const [name, part, commands] of [
          ["ram-auth-1.2.3-a", /([^]+)/d, files],
          ["ram-auth-1.2.3-b.tar.gz", /([^]+)/d, files],
          ["ram-auth.intoto.jsonl", /([^]+)/d, files],
          ["release-key.pem", /([^]+)/d, files],
          ["release-key.pub", /([^]+)/d, files],
          ["release-key.pub", /(\S+) ram-auth release/d, signature],
          ["SHA256SUMS", /([^]+)/d, signature],
          ["SHA256SUMS.sig", /([^]+)/d, signature],
          ["ram-auth.intoto.jsonl", /"payload":"([^"]+)"/d, provenance],
          ["ram-auth.intoto.jsonl", /"sig":"([^"]+)"/d, provenance],
          ["release-key.pem", /KEY-----\n([^\n]+)/d, provenance],
        ] as const
      ) {
        await t.step(`${name} changed in ${part.source}`, async () => {
          const path = `${release}/${name}`;
          const [start, end] = part.exec(await Deno.readTextFile(path))!.indices![1]!;
          for (let at = start; at < end; at += Math.ceil((end - start) / 8)) {
            await withChange(path, at, async (what) => {
              const { success, text } = await shell(release, commands);
              assert(!success, `${what} was not noticed: ${text}`);
            });
          }
        });
      }
      const again = await shell(release, `${sums}\n${provenance}`);
      assert(again.success, again.text);
    });
  },
);

testNeeding(["ssh-keygen"], "the provenance names every file with its digest, and the envelope its key", async () => {
  await inFolder(async (folder) => {
    const release = await makeSignedRelease(folder);
    const text = await Deno.readTextFile(`${release}/ram-auth.intoto.jsonl`);
    assert.equal(text.indexOf("\n"), text.length - 1);
    const { payload, payloadType, signatures } = JSON.parse(text);
    assert.equal(payloadType, "application/vnd.in-toto+json");
    const statement = JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(payload)));
    const sums = await run(release, "sha256sum", "ram-auth-1.2.3-a", "ram-auth-1.2.3-b.tar.gz");
    assert.deepEqual(statement, {
      _type: "https://in-toto.io/Statement/v1",
      subject: sums.trim().split("\n").map((line) => line.split("  ")).map(([sha256, name]) => ({
        name,
        digest: { sha256 },
      })),
      predicateType: "https://slsa.dev/provenance/v1",
      predicate: {
        buildDefinition: {
          buildType: "urn:ram-auth:release:v1",
          externalParameters: { targets: ["a", "b"] },
          resolvedDependencies: [{ name: "source", digest: { gitCommit: MADE_UP_COMMIT } }],
        },
        runDetails: { builder: { id: "urn:ram-auth:builder:local" } },
      },
    });
    const shown = await run(folder, "ssh-keygen", "-l", "-f", "key.pub");
    assert.deepEqual(signatures.map(({ keyid }: { keyid: string }) => keyid), [shown.split(" ")[1]]);
  });
});

testNeeding(["ssh-keygen"], "a release sealed twice by one key has the same bytes", async () => {
  await inFolder(async (folder) => {
    const key = await readSigningKey(await makeKey(folder, "-t", "ed25519", "-N", ""));
    const sealed: string[] = [];
    for (const _ of ["once", "twice"]) {
      await seal([{ name: "one", sha256: "ab".repeat(32) }], { folder, build: BUILD, key });
      for (const end of ["", ".sig"]) sealed.push(await Deno.readTextFile(`${folder}/SHA256SUMS${end}`));
    }
    assert.match(sealed[0]!, / ram-auth\.intoto\.jsonl\n/);
    assert.deepEqual(sealed.slice(0, 2), sealed.slice(2));
  });
});

testNeeding(
  ["ssh-keygen"],
  "signatures are those of ssh-keygen byte for byte, also of nothing and of much",
  async () => {
    await inFolder(async (folder) => {
      const path = await makeKey(folder, "-t", "ed25519", "-N", "");
      const key = await readSigningKey(path);
      for (const [index, content] of ["", "x", "made up\n".repeat(100_000)].entries()) {
        const file = `${folder}/content-${index}`;
        await Deno.writeTextFile(file, content);
        await run(folder, "ssh-keygen", "-q", "-Y", "sign", "-f", path, "-n", "file", file);
        assert.equal(sshSignature(new TextEncoder().encode(content), key), await Deno.readTextFile(`${file}.sig`));
      }
    });
  },
);

testNeeding(["ssh-keygen"], "what is published of a key is its public half alone, without its comment", async () => {
  await inFolder(async (folder) => {
    const release = await makeSignedRelease(folder);
    const [type, blob] = (await Deno.readTextFile(`${folder}/key.pub`)).split(" ");
    assert.equal(await Deno.readTextFile(`${release}/release-key.pub`), `${type} ${blob} ram-auth release\n`);
    const [, base64] = /^-----BEGIN PUBLIC KEY-----\n(.*)\n-----END PUBLIC KEY-----\n$/
      .exec(await Deno.readTextFile(`${release}/release-key.pem`))!;
    const point = Uint8Array.fromBase64(blob!).subarray(-32).toHex();
    assert.equal(Uint8Array.fromBase64(base64!).toHex(), `302a300506032b6570032100${point}`);
  });
});

testNeeding(["ssh-keygen"], "a release without a key has checksums, and nothing of an earlier signed one", async () => {
  await inFolder(async (folder) => {
    const release = await makeSignedRelease(folder);
    await seal([{ name: "one", sha256: "ab".repeat(32) }], { folder: release, build: BUILD, key: undefined });
    assert.equal(await Deno.readTextFile(`${release}/SHA256SUMS`), `${"ab".repeat(32)}  one\n`);
    const names = [...Deno.readDirSync(release)].map(({ name }) => name).sort();
    assert.deepEqual(names, ["SHA256SUMS", "ram-auth-1.2.3-a", "ram-auth-1.2.3-b.tar.gz"]);
  });
});

Deno.test("provenance names an image by the digest of a registry, beside its archive", () => {
  const [archive, image] = ["a", "b"].map((name) => ({ name, sha256: name.repeat(64) }));
  const { subject } = provenanceOf([archive!], { ...BUILD, images: [image!] }) as { readonly subject: unknown };
  assert.deepEqual(subject, [archive!, image!].map(({ name, sha256 }) => ({ name, digest: { sha256 } })));
});

const ED25519 = ["-t", "ed25519", "-N", ""];

for (
  const [what, args, spoil, message] of [
    ["has a passphrase", ["-t", "ed25519", "-N", "made up"], undefined, /it has a passphrase; sign with a copy/],
    ["is of another type", ["-t", "ecdsa", "-N", ""], undefined, /it is of type "ecdsa-sha2-nistp256"; make one: /],
    ["is in PEM", ["-t", "rsa", "-m", "PEM", "-N", ""], undefined, /it is not an OpenSSH private key; make one: /],
    ["others can read", ED25519, (path: string) => Deno.chmod(path, 0o640), /others can open it; run: chmod 600 /],
    ["does not exist", ED25519, (path: string) => Deno.remove(path), /it does not exist; name one with --signing-key/],
    ["is public", ED25519, (path: string) => Deno.rename(`${path}.pub`, path), /others can open it/],
    ["is too long", ED25519, (path: string) => Deno.writeFile(path, new Uint8Array(20_000)), /longer than 16384 bytes/],
    ["is cut short", ED25519, (path: string) => edit(path, (bytes) => bytes.subarray(0, 150)), /it is damaged/],
    ["has another half", ED25519, (path: string) => edit(path, (bytes) => bytes.with(170, bytes[170]! ^ 1)), /damaged/],
  ] as const
) {
  testNeeding(
    ["ssh-keygen"],
    `a signing key is refused that ${what}, and the message holds nothing of it`,
    async () => {
      await inFolder(async (folder) => {
        const path = await makeKey(folder, ...args);
        await spoil?.(path);
        const text = await Deno.readTextFile(path).catch(() => "");
        await assert.rejects(readSigningKey(path), (error: Error) => {
          assert.match(error.message, /^Cannot use the signing key "/);
          assert.match(error.message, message);
          const lines = text.split("\n").filter((line) => line.length > 20 && !line.startsWith("-"));
          return lines.every((line) => !error.message.includes(line.slice(0, 20)));
        });
      });
    },
  );
}

/** Changes what is within the armor of a key. */
async function edit(path: string, change: (bytes: Uint8Array) => Uint8Array): Promise<void> {
  const [begin, ...rest] = (await Deno.readTextFile(path)).trim().split("\n");
  const end = rest.pop();
  await Deno.writeTextFile(path, [begin, change(Uint8Array.fromBase64(rest.join(""))).toBase64(), end, ""].join("\n"));
}
