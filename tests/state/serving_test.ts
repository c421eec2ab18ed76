import assert from "node:assert/strict";
import { ensureState, type ServingPair, type State } from "../../lib/state/state_dir.ts";
import { inFolder, optionsFor, worldAt } from "./stored_files.ts";

async function withServer(pair: ServingPair, test: (port: number) => Promise<void>): Promise<void> {
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    cert: pair.certPem,
    key: pair.keyPem.reveal(),
    onListen: () => {},
  }, () => new Response("hello"));
  try {
    await test(server.addr.port);
  } finally {
    await server.shutdown();
  }
}

async function get(state: Pick<State, "caPem">, url: string): Promise<string> {
  using client = Deno.createHttpClient({ caCerts: [state.caPem] });
  const response = await fetch(url, { client });
  return await response.text();
}

Deno.test("A TLS client that trusts the CA takes the certificate under each of its names", async () => {
  await inFolder(async (folder) => {
    const state = await ensureState(worldAt(new Date()), optionsFor(folder));
    await withServer(state.serving, async (port) => {
      assert.equal(await get(state, `https://127.0.0.1:${port}/`), "hello");
      assert.equal(await get(state, `https://localhost:${port}/`), "hello");
    });
  });
});

Deno.test("A TLS client that trusts the CA takes the certificate that replaced the first", async () => {
  await inFolder(async (folder) => {
    const first = await ensureState(worldAt(new Date()), optionsFor(folder));
    const second = await ensureState(worldAt(new Date()), { ...optionsFor(folder), hostname: "ram.example" });
    assert.notEqual(second.serving.certPem, first.serving.certPem);
    await withServer(second.serving, async (port) => {
      assert.equal(await get(first, `https://127.0.0.1:${port}/`), "hello");
    });
  });
});

Deno.test("A TLS client that trusts another CA refuses the certificate", async () => {
  await inFolder(async (folder) => {
    const world = worldAt(new Date());
    const state = await ensureState(world, optionsFor(`${folder}/one`));
    const other = await ensureState(world, optionsFor(`${folder}/other`));
    await withServer(state.serving, async (port) => {
      await assert.rejects(get(other, `https://127.0.0.1:${port}/`), TypeError);
    });
  });
});
