import assert from "node:assert/strict";
import { UsageError } from "../../lib/errors.ts";
import { FileError } from "../../lib/files.ts";
import { readCertificate } from "../../lib/state/certificate.ts";
import { ensureState, renewIfDue, type State } from "../../lib/state/state_dir.ts";
import { StateError } from "../../lib/state/state_error.ts";
import { isPair } from "../../lib/state/stored_state.ts";
import type { World } from "../../lib/world.ts";
import {
  contentsOf,
  daysAfter,
  inFolder,
  modeOf,
  optionsFor,
  peerPair,
  START,
  storePair,
  worldAt,
} from "./stored_files.ts";

const CREATED = ["ca-key.pem", "ca.pem", "key.pem", "cert.pem"];

function statuses({ files }: State): Record<string, string> {
  return Object.fromEntries(files.map(({ path, status }) => [path.split("/").at(-1)!, status]));
}

function assertSound({ serving, caPem }: State): void {
  assert.equal(isPair(serving.keyPem, readCertificate(serving.certPem, "cert.pem"), "key.pem"), true);
  assert.match(caPem, /^-----BEGIN CERTIFICATE-----/);
}

/** A disk on which nothing can be written. */
function readOnly(world: World): World {
  const refuse = () => Promise.reject(new Deno.errors.PermissionDenied("Read-only file system (os error 30)"));
  return {
    ...world,
    fs: {
      ...world.fs,
      stat: Deno.stat,
      mkdir: refuse,
      rename: refuse,
      remove: refuse,
      open: (path, options) => options?.write ? refuse() : Deno.open(path, options),
      openDescriptor: (path, options) => options?.createMode === undefined ? world.fs.openDescriptor(path) : refuse(),
    },
  };
}

Deno.test("A first run makes the folder and its four files, with keys for the owner alone", async () => {
  await inFolder(async (folder) => {
    const stateDir = `${folder}/var/lib/ram-auth`;
    const state = await ensureState(worldAt(START), optionsFor(stateDir));
    assertSound(state);
    assert.equal(state.renewable, true);
    assert.deepEqual(statuses(state), Object.fromEntries(CREATED.map((name) => [name, "written"])));
    assert.deepEqual(Object.keys(await contentsOf(stateDir)).sort(), [...CREATED].sort());
    assert.equal(await modeOf(stateDir), "700");
    assert.deepEqual(await Promise.all(CREATED.map((name) => modeOf(`${stateDir}/${name}`))), [
      "600",
      "644",
      "600",
      "644",
    ]);
  });
});

Deno.test("A second run changes nothing, and needs no permission to write", async () => {
  await inFolder(async (folder) => {
    const first = await ensureState(worldAt(START), optionsFor(folder));
    const before = await contentsOf(folder);
    const second = await ensureState(readOnly(worldAt(daysAfter(START, 200))), optionsFor(`${folder}/`));
    assert.deepEqual(await contentsOf(folder), before);
    assert.deepEqual(second.serving, first.serving);
    assert.equal(second.caPem, first.caPem);
    assert.deepEqual(statuses(second), Object.fromEntries(CREATED.map((name) => [name, "kept"])));
  });
});

Deno.test("The certificate carries the hostname, the address and the names of loopback", async () => {
  await inFolder(async (folder) => {
    const options = { stateDir: folder, hostname: "RAM.example", address: "2001:DB8::0:5" };
    const { serving } = await ensureState(worldAt(START), options);
    assert.deepEqual([...readCertificate(serving.certPem, "cert.pem").sans].sort(), [
      "127.0.0.1",
      "2001:db8::5",
      "localhost",
      "ram.example",
    ]);
  });
});

Deno.test("An address that means all addresses is no name of the server", async () => {
  await inFolder(async (folder) => {
    const { serving } = await ensureState(worldAt(START), { ...optionsFor(folder), address: "0.0.0.0" });
    assert.deepEqual([...readCertificate(serving.certPem, "cert.pem").sans].sort(), ["127.0.0.1", "localhost"]);
  });
});

Deno.test("A malformed hostname is wrong usage and leaves no file", async () => {
  await inFolder(async (folder) => {
    await assert.rejects(ensureState(worldAt(START), { ...optionsFor(folder), hostname: "a b" }), UsageError);
    assert.deepEqual(await contentsOf(folder), {});
  });
});

for (
  const [why, days, change] of [
    ["past two thirds of its life", 244, {}],
    ["expired", 400, {}],
    ["without the new hostname", 1, { hostname: "ram.example" }],
    ["without the new address", 1, { address: "10.0.0.7" }],
  ] as const
) {
  Deno.test(`A certificate that is ${why} is issued anew by the same CA for the same key`, async () => {
    await inFolder(async (folder) => {
      await ensureState(worldAt(START), optionsFor(folder));
      const before = await contentsOf(folder);
      const state = await ensureState(worldAt(daysAfter(START, days)), { ...optionsFor(folder), ...change });
      assertSound(state);
      assert.deepEqual(statuses(state), {
        "ca-key.pem": "kept",
        "ca.pem": "kept",
        "key.pem": "kept",
        "cert.pem": "renewed",
      });
      const after = await contentsOf(folder);
      assert.notEqual(after["cert.pem"], before["cert.pem"]);
      assert.deepEqual({ ...after, "cert.pem": "" }, { ...before, "cert.pem": "" });
      assert.deepEqual(state.serving.notAfter, daysAfter(START, days + 365));
    });
  });
}

Deno.test("A certificate that ends with its CA is not renewed again and again", async () => {
  await inFolder(async (folder) => {
    await ensureState(worldAt(START), optionsFor(folder));
    const last = await ensureState(worldAt(daysAfter(START, 3_600)), optionsFor(folder));
    const again = await ensureState(worldAt(daysAfter(START, 3_649)), optionsFor(folder));
    assert.equal(again.serving.certPem, last.serving.certPem);
  });
});

for (const [count, name] of CREATED.entries()) {
  Deno.test(`A first run cut short before ${name} is completed, and keeps what it made`, async () => {
    await inFolder(async (folder) => {
      await ensureState(worldAt(START), optionsFor(folder));
      const before = await contentsOf(folder);
      for (const lost of CREATED.slice(count)) await Deno.remove(`${folder}/${lost}`);
      const state = await ensureState(worldAt(START), optionsFor(folder));
      assertSound(state);
      const after = await contentsOf(folder);
      for (const [index, file] of CREATED.entries()) {
        assert.equal(statuses(state)[file], index < count ? "kept" : "written");
        assert.equal(after[file] === before[file], index < count);
      }
    });
  });
}

Deno.test("A certificate for another key is issued anew, because the CA made it", async () => {
  await inFolder(async (folder) => {
    await ensureState(worldAt(START), optionsFor(folder));
    await Deno.remove(`${folder}/cert.pem`);
    await Deno.remove(`${folder}/key.pem`);
    const before = await ensureState(worldAt(START), optionsFor(folder));
    const stale = before.serving.certPem;
    await Deno.remove(`${folder}/cert.pem`);
    await Deno.remove(`${folder}/key.pem`);
    await ensureState(worldAt(START), optionsFor(folder));
    await Deno.writeTextFile(`${folder}/cert.pem`, stale);
    const state = await ensureState(worldAt(START), optionsFor(folder));
    assertSound(state);
    assert.equal(statuses(state)["cert.pem"], "renewed");
  });
});

Deno.test("A pair of the peers is used as it is, without permission to write", async () => {
  await inFolder(async (folder) => {
    const pair = await peerPair();
    await storePair(folder, pair);
    const state = await ensureState(readOnly(worldAt(START)), { ...optionsFor(folder), hostname: "ram.example" });
    assertSound(state);
    assert.equal(state.caPem, pair.certPem);
    assert.equal(state.serving.certPem, pair.certPem);
    assert.equal(state.serving.keyPem.reveal(), pair.keyPem);
    assert.equal(state.renewable, false);
    assert.deepEqual(statuses(state), { "key.pem": "kept", "cert.pem": "kept" });
    assert.deepEqual(await contentsOf(folder), { "cert.pem": pair.certPem, "key.pem": pair.keyPem });
  });
});

Deno.test("Of many that start at once, one makes the state and all use it", async () => {
  await inFolder(async (folder) => {
    const stateDir = `${folder}/state`;
    const states = await Promise.all(
      Array.from({ length: 8 }, () => ensureState(worldAt(START), optionsFor(stateDir))),
    );
    const onDisk = await contentsOf(stateDir);
    assert.deepEqual(Object.keys(onDisk).sort(), [...CREATED].sort());
    for (const state of states) {
      assertSound(state);
      assert.equal(state.caPem, onDisk["ca.pem"]);
      assert.equal(state.serving.certPem, onDisk["cert.pem"]);
    }
    assert.equal(states.filter((state) => statuses(state)["ca-key.pem"] === "written").length, 1);
  });
});

Deno.test("A folder that cannot be written is a StateError", async () => {
  await inFolder(async (folder) => {
    const world = readOnly(worldAt(START));
    const withFolder = { ...world, fs: { ...world.fs, mkdir: Deno.mkdir } };
    await assert.rejects(ensureState(withFolder, optionsFor(folder)), StateError);
    assert.deepEqual(await contentsOf(folder), {});
  });
});

Deno.test("A folder that cannot be made is a FileError", async () => {
  await inFolder(async (folder) => {
    await assert.rejects(
      ensureState(readOnly(worldAt(START)), optionsFor(`${folder}/state`)),
      (e) => e instanceof FileError && e.message.includes("--state-dir"),
    );
  });
});

Deno.test("renewIfDue() finds nothing to do before two thirds of the life", async () => {
  await inFolder(async (folder) => {
    const state = await ensureState(worldAt(START), optionsFor(folder));
    assert.equal(await renewIfDue(worldAt(daysAfter(START, 243)), optionsFor(folder), state), undefined);
  });
});

Deno.test("renewIfDue() renews after two thirds of the life, once", async () => {
  await inFolder(async (folder) => {
    const state = await ensureState(worldAt(START), optionsFor(folder));
    const world = worldAt(daysAfter(START, 244));
    const { serving, isTrusted } = (await renewIfDue(world, optionsFor(folder), state))!;
    assert.deepEqual(serving.notAfter, daysAfter(START, 244 + 365));
    assert.equal(isTrusted, true);
    assertSound({ ...state, serving });
    assert.equal(await renewIfDue(world, optionsFor(folder), { ...state, serving }), undefined);
  });
});

Deno.test("renewIfDue() takes up what another process renewed", async () => {
  await inFolder(async (folder) => {
    const state = await ensureState(worldAt(START), optionsFor(folder));
    const world = worldAt(daysAfter(START, 300));
    const renewed = await ensureState(world, optionsFor(folder));
    const found = await renewIfDue(readOnly(world), optionsFor(folder), state);
    assert.deepEqual(found, { serving: renewed.serving, isTrusted: true });
  });
});

Deno.test("Servers with a hostname each agree on one certificate", async () => {
  await inFolder(async (folder) => {
    const world = worldAt(START);
    const [one, other] = ["one.example", "other.example"].map((hostname) => ({ ...optionsFor(folder), hostname }));
    await ensureState(world, one!);
    const both = await ensureState(world, other!);
    assert.deepEqual(
      [...readCertificate(both.serving.certPem, "cert.pem").sans].sort(),
      ["127.0.0.1", "localhost", "one.example", "other.example"],
    );
    for (const options of [one!, other!]) assert.equal(await renewIfDue(world, options, both), undefined);
  });
});

Deno.test("renewIfDue() leaves the peers' pair alone", async () => {
  await inFolder(async (folder) => {
    await storePair(folder, await peerPair());
    const state = await ensureState(worldAt(START), optionsFor(folder));
    assert.equal(await renewIfDue(worldAt(daysAfter(START, 36_000)), optionsFor(folder), state), undefined);
  });
});

Deno.test("renewIfDue() makes no new CA where the state is gone, because kube-apiserver would not trust it", async () => {
  await inFolder(async (folder) => {
    const stateDir = `${folder}/state`;
    const state = await ensureState(worldAt(START), optionsFor(stateDir));
    await Deno.remove(stateDir, { recursive: true });
    await assert.rejects(renewIfDue(worldAt(START), optionsFor(stateDir), state), StateError);
    assert.deepEqual(await contentsOf(folder).catch(() => "a folder was made"), {});
  });
});

Deno.test("renewIfDue() refuses another CA than the one that the server started with", async () => {
  await inFolder(async (folder) => {
    const state = await ensureState(worldAt(START), optionsFor(`${folder}/one`));
    await ensureState(worldAt(START), optionsFor(`${folder}/other`));
    await assert.rejects(renewIfDue(worldAt(START), optionsFor(`${folder}/other`), state), StateError);
  });
});

Deno.test("A certificate that is due, but good, is used where its successor cannot be written", async () => {
  await inFolder(async (stateDir) => {
    const options = optionsFor(stateDir);
    const made = await ensureState(worldAt(START), options);
    const due = readOnly(worldAt(daysAfter(START, 300)));
    const state = await ensureState(due, options);
    assert.equal(state.serving.certPem, made.serving.certPem);
    await assert.rejects(renewIfDue(due, options, state), /Read-only file system/);
    await assert.rejects(ensureState(readOnly(worldAt(daysAfter(START, 400))), options), /Read-only file system/);
  });
});
