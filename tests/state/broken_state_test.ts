import assert from "node:assert/strict";
import { createAuthority, issueServingCertificate } from "../../lib/state/certificate.ts";
import { parseHost } from "../../lib/state/host.ts";
import { generatePrivateKey } from "../../lib/state/private_key.ts";
import { ensureState } from "../../lib/state/state_dir.ts";
import { StateError } from "../../lib/state/state_error.ts";
import { daysAfter, inFolder, optionsFor, peerPair, START, storePair, worldAt } from "./stored_files.ts";

/** What is on disk, directories and bytes that are not text included. */
async function snapshot(folder: string): Promise<Record<string, string>> {
  const entries: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    entries[name] = isDirectory ? "directory" : (await Deno.readFile(`${folder}/${name}`)).toHex();
  }
  return entries;
}

async function assertRefused(folder: string, { now = START, says }: { now?: Date; says: RegExp }): Promise<void> {
  const before = await snapshot(folder);
  await assert.rejects(ensureState(worldAt(now), optionsFor(folder)), (error) => {
    assert.ok(error instanceof StateError, String(error));
    assert.equal(error.code, "ERR_STATE");
    assert.match(error.message, /^Cannot [^\n]+: [^\n]+; [^\n]+$/);
    assert.match(error.message, says);
    assert.doesNotMatch(error.message, /BEGIN/);
    return true;
  });
  assert.deepEqual(await snapshot(folder), before);
}

const OTHER_KEY = (await generatePrivateKey()).reveal();
const PEER = await peerPair();

type Break = (folder: string) => Promise<void>;

const write = (name: string, content: string | Uint8Array): Break => async (folder) => {
  await Deno.writeFile(`${folder}/${name}`, typeof content === "string" ? new TextEncoder().encode(content) : content);
};
const remove = (...names: string[]): Break => async (folder) => {
  for (const name of names) await Deno.remove(`${folder}/${name}`);
};
const makeDirectory = (name: string): Break => async (folder) => {
  await Deno.remove(`${folder}/${name}`);
  await Deno.mkdir(`${folder}/${name}`);
};
const openToAll = (name: string): Break => (folder) => Deno.chmod(`${folder}/${name}`, 0o644);

async function issueByAnotherCa(folder: string): Promise<void> {
  const caKey = { pem: await generatePrivateKey(), path: "ca-key.pem" };
  const key = { pem: await generatePrivateKey(), path: "key.pem" };
  const ca = await createAuthority(caKey, { name: "ram-auth CA", now: START });
  const names = [parseHost("localhost"), parseHost("127.0.0.1")];
  const certificate = await issueServingCertificate({ certificate: ca, key: caKey }, { key, names, now: START });
  await Deno.writeTextFile(`${folder}/key.pem`, key.pem.reveal());
  await Deno.writeTextFile(`${folder}/cert.pem`, certificate.pem);
}

async function replaceCaByLeaf(folder: string): Promise<void> {
  await Deno.copyFile(`${folder}/cert.pem`, `${folder}/ca.pem`);
  await Deno.copyFile(`${folder}/key.pem`, `${folder}/ca-key.pem`);
}

for (
  const [why, breakIt, says] of [
    ["without ca-key.pem", remove("ca-key.pem"), /ca-key\.pem/],
    ["without ca.pem", remove("ca.pem"), /without ca\.pem/],
    ["without key.pem", remove("key.pem"), /without key\.pem/],
    ["with a key.pem alone", remove("ca-key.pem", "ca.pem", "cert.pem"), /without ca-key\.pem and ca\.pem/],
    [
      "with a cert.pem alone",
      remove("ca-key.pem", "ca.pem", "key.pem"),
      /without ca-key\.pem and ca\.pem and key\.pem/,
    ],
    ["of our making that lost its CA", remove("ca-key.pem", "ca.pem"), /restore ca\.pem and ca-key\.pem/],
    ["with an empty ca-key.pem", write("ca-key.pem", ""), /it is empty/],
    ["with an empty cert.pem", write("cert.pem", " \n"), /it is empty/],
    ["with a damaged ca.pem", write("ca.pem", "made-up"), /0 PEM certificates/],
    ["with a damaged key.pem", write("key.pem", "made-up"), /no PEM private key/],
    ["with a ca-key.pem that is not UTF-8", write("ca-key.pem", new Uint8Array([0xff, 0xfe, 0x00])), /not UTF-8/],
    ["with a huge cert.pem", write("cert.pem", "x".repeat(100_000)), /larger than 65536 bytes/],
    ["with a directory named ca.pem", makeDirectory("ca.pem"), /is a directory/],
    ["with a directory named key.pem", makeDirectory("key.pem"), /is a directory/],
    ["with another CA key", write("ca-key.pem", OTHER_KEY), /not for the key in ca-key\.pem/],
    ["with an RSA key as CA key", write("ca-key.pem", PEER.keyPem), /not for the key in ca-key\.pem/],
    ["with a ca.pem that is no CA", replaceCaByLeaf, /not the certificate of a CA/],
    ["with a certificate of another CA", issueByAnotherCa, /did not issue it/],
    ["with a CA key that everybody can read", openToAll("ca-key.pem"), /every user of this machine can read it/],
    ["with a server key that everybody can read", openToAll("key.pem"), /every user of this machine can read it/],
  ] as const
) {
  Deno.test(`A state ${why} is refused and left as it is`, async () => {
    await inFolder(async (folder) => {
      await ensureState(worldAt(START), optionsFor(folder));
      await breakIt(folder);
      await assertRefused(folder, { says });
    });
  });
}

Deno.test("A state whose CA expired is refused and left as it is", async () => {
  await inFolder(async (folder) => {
    await ensureState(worldAt(START), optionsFor(folder));
    await assertRefused(folder, {
      now: daysAfter(START, 3_651),
      says: /ca\.pem": it expired on 2036-.*restart kube-api/,
    });
  });
});

Deno.test("A state from the future is refused: the clock is wrong", async () => {
  await inFolder(async (folder) => {
    await ensureState(worldAt(START), optionsFor(folder));
    await assertRefused(folder, { now: daysAfter(START, -1), says: /set the clock/ });
  });
});

Deno.test("A state folder that is a file is refused", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/state`, "");
    await assert.rejects(ensureState(worldAt(START), optionsFor(`${folder}/state`)), StateError);
  });
});

for (
  const [why, pair, says] of [
    ["that does not belong together", { ...PEER, keyPem: OTHER_KEY }, /not for the key in key\.pem/],
    ["that another CA issued", await peerPair({ selfSigned: false }), /"CN=Example Corporation" issued it/],
    ["that expired", await peerPair({ notAfter: daysAfter(START, -1) }), /it expired on 2026-02-28/],
  ] as const
) {
  Deno.test(`A pair without a CA ${why} is refused and left as it is`, async () => {
    await inFolder(async (folder) => {
      await storePair(folder, pair);
      await assertRefused(folder, { says });
    });
  });
}

Deno.test("A pair of the peers whose key everybody can read is refused", async () => {
  await inFolder(async (folder) => {
    await storePair(folder, PEER);
    await Deno.chmod(`${folder}/key.pem`, 0o644);
    await assertRefused(folder, { says: /chmod 600/ });
  });
});

Deno.test("A key that its group can read is used: pods with an fsGroup have it so", async () => {
  await inFolder(async (folder) => {
    await storePair(folder, PEER);
    await Deno.chmod(`${folder}/key.pem`, 0o640);
    assert.equal((await ensureState(worldAt(START), optionsFor(folder))).caPem, PEER.certPem);
  });
});
