import assert from "node:assert/strict";
import { parse } from "yaml";
import { UsageError } from "../../lib/errors.ts";
import { initialize, type InitOptions, previewInit } from "../../lib/state/init.ts";
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

function initOptions(folder: string): InitOptions {
  return { ...optionsFor(folder), port: 21_362, kubeconfigPath: `${folder}/ram-auth.kubeconfig` };
}

async function trustedBy(kubeconfigPath: string): Promise<string> {
  const { clusters } = parse(await Deno.readTextFile(kubeconfigPath));
  return atob(clusters[0].cluster["certificate-authority-data"]);
}

Deno.test("init makes the state and a kubeconfig that trusts its CA, and says so for each file", async () => {
  await inFolder(async (folder) => {
    const { files, state } = await initialize(worldAt(START), initOptions(folder));
    assert.deepEqual(
      files.map(({ path, status }) => [path, status]),
      ["ca-key.pem", "ca.pem", "key.pem", "cert.pem", "webhook-tokens", "ram-auth.kubeconfig"].map((name) => [
        `${folder}/${name}`,
        "written",
      ]),
    );
    assert.equal(await trustedBy(`${folder}/ram-auth.kubeconfig`), state.caPem);
    assert.equal(state.caPem, await Deno.readTextFile(`${folder}/ca.pem`));
    assert.equal(await modeOf(`${folder}/ram-auth.kubeconfig`), "600");
  });
});

Deno.test("init run again changes nothing", async () => {
  await inFolder(async (folder) => {
    await initialize(worldAt(START), initOptions(folder));
    const before = await contentsOf(folder);
    const { files } = await initialize(worldAt(daysAfter(START, 1)), initOptions(folder));
    assert.deepEqual(await contentsOf(folder), before);
    assert.deepEqual(new Set(files.map(({ status }) => status)), new Set(["kept"]));
  });
});

Deno.test("A renewal leaves the kubeconfig as it is, so that kube-apiserver need not restart", async () => {
  await inFolder(async (folder) => {
    await initialize(worldAt(START), initOptions(folder));
    const { files } = await initialize(worldAt(daysAfter(START, 300)), initOptions(folder));
    assert.deepEqual(files.map(({ status }) => status), ["kept", "kept", "kept", "renewed", "kept", "kept"]);
  });
});

Deno.test("Beside a pair of the peers, the kubeconfig trusts their certificate", async () => {
  await inFolder(async (folder) => {
    const pair = await peerPair();
    await storePair(folder, pair);
    const { files, state } = await initialize(worldAt(START), initOptions(folder));
    assert.equal(state.renewable, false);
    assert.deepEqual(files.map(({ status }) => status), ["kept", "kept", "written"]);
    assert.equal(await trustedBy(`${folder}/ram-auth.kubeconfig`), pair.certPem);
  });
});

for (
  const [what, start, now, change] of [
    ["nothing is there", undefined, START, {}],
    ["all is there", START, START, {}],
    ["the certificate is due", START, daysAfter(START, 300), {}],
    ["the certificate lacks a name", START, START, { hostname: "cp1.internal" }],
    ["the port is another one", START, START, { port: 1 }],
  ] as const
) {
  Deno.test(`A preview tells what init does where ${what}, and does nothing`, async () => {
    await inFolder(async (folder) => {
      if (start !== undefined) await initialize(worldAt(start), initOptions(folder));
      const before = await contentsOf(folder);
      const options = { ...initOptions(folder), ...change, kubeconfigPath: `${folder}/ram-auth.kubeconfig` };
      const preview = await previewInit(worldAt(now), options);
      assert.deepEqual(await contentsOf(folder), before);
      const { files } = await initialize(worldAt(now), options);
      assert.deepEqual(preview.files, files);
      if (preview.kubeconfig !== undefined) {
        assert.equal(preview.kubeconfig.after, (await contentsOf(folder))["ram-auth.kubeconfig"]);
        assert.equal(preview.kubeconfig.before, before["ram-auth.kubeconfig"]);
      }
    });
  });
}

Deno.test("With a kubeconfig made before, init writes none, and any port will do", async () => {
  await inFolder(async (folder) => {
    const { files } = await initialize(worldAt(START), { ...initOptions(folder), port: 0, kubeconfigPath: undefined });
    assert.equal(files.length, 4);
    assert.equal(Object.keys(await contentsOf(folder)).length, 4);
  });
});

Deno.test("What is wrong with the options is found before anything is written", async () => {
  await inFolder(async (folder) => {
    await assert.rejects(initialize(worldAt(START), { ...initOptions(folder), port: 0 }), UsageError);
    assert.deepEqual(await contentsOf(folder), {});
  });
});
