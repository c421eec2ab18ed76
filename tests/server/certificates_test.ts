import assert from "node:assert/strict";
import { watchCertificates } from "../../lib/server/certificates.ts";
import { listenTls } from "../../lib/server/door/door.ts";
import { initialize } from "../../lib/state/init.ts";
import { ensureState, type State } from "../../lib/state/state_dir.ts";
import { createLog } from "../../lib/telemetry/log.ts";
import { createMetrics } from "../../lib/telemetry/metrics.ts";
import { realWorld } from "../../lib/world.ts";
import { fakeWorld } from "../config/fake_world.ts";
import { daysAfter, inFolder, optionsFor, peerPair, storePair, worldAt } from "../state/stored_files.ts";
import { replaceFile } from "../support/replace_file.ts";
import { prepareSite, type ServerSite } from "../support/server_process.ts";
import { shownCertificate } from "../support/shown_certificate.ts";
import { doorParts, NO_DRAIN_LIMIT_MS } from "../support/doors/test_door.ts";
import { waitFor } from "../support/wait_for.ts";

/** A listener with the certificate of a state folder, and the watch on it; the clock is the test's. */
function serve(state: State, stateDir: string, now: () => Date) {
  const parts = doorParts();
  const [stopping, world, metrics] = [new AbortController(), { ...fakeWorld(), now }, createMetrics()];
  const listener = listenTls({ hostname: "127.0.0.1", port: 0, ...state.serving }, () => {
    return Promise.resolve(new Response("answer"));
  }, parts);
  const certificates = watchCertificates({
    world,
    log: createLog(world, { format: "json", level: "info" }),
    metrics,
    options: optionsFor(stateDir),
    state,
    listener,
    signal: stopping.signal,
  });
  return {
    ...certificates,
    port: listener.port,
    err: world.err,
    metrics: async () => (await metrics.expose()).text,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await certificates[Symbol.asyncDispose]();
      await listener.stop(NO_DRAIN_LIMIT_MS);
      parts[Symbol.dispose]();
    },
  };
}

Deno.test("the certificate is renewed at two thirds of its life, under the same CA, and no request is lost", async () => {
  await inFolder(async (folder) => {
    const today = new Date();
    let now = daysAfter(today, -1);
    const state = await ensureState(worldAt(daysAfter(today, -244)), optionsFor(folder));
    await using server = serve(state, folder, () => now);
    using client = Deno.createHttpClient({ caCerts: [state.caPem] });
    const get = async () => await (await fetch(`https://localhost:${server.port}/`, { client })).text();
    let [isOver, answered] = [false, 0];
    const asking = (async () => {
      for (; !isOver; answered += 1) assert.equal(await get(), "answer");
    })();
    try {
      await server.check();
      assert.equal(await shownCertificate(server.port), state.serving.certPem, "it is not due yet");
      now = today;
      await server.check();
      const renewed = await shownCertificate(server.port);
      assert.notEqual(renewed, state.serving.certPem);
      assert.equal(renewed, await Deno.readTextFile(`${folder}/cert.pem`));
      assert.equal(await Deno.readTextFile(`${folder}/ca.pem`), state.caPem);
      const before = answered;
      await waitFor("requests after the change", () => answered > before + 10);
    } finally {
      isOver = true;
      await asking;
    }
    const expiry = Math.floor(daysAfter(today, 365).getTime() / 1_000);
    assert.match(
      await server.metrics(),
      new RegExp(`^ram_auth_serving_certificate_expiry_timestamp_seconds ${expiry}`, "m"),
    );
    assert.deepEqual(server.warnings(), []);
  });
});

Deno.test("a renewal that fails is reported once, everywhere, until it succeeds", async () => {
  await inFolder(async (folder) => {
    const today = new Date();
    const state = await ensureState(worldAt(daysAfter(today, -200)), optionsFor(folder));
    let now = today;
    await using server = serve(state, folder, () => now);
    const caKey = await Deno.readTextFile(`${folder}/ca-key.pem`);
    await replaceFile(`${folder}/ca-key.pem`, "made up");
    await waitFor("the warning", () => server.warnings().length > 0);
    for (let times = 0; times < 3; times++) await server.check();
    assert.match(server.warnings().join(), /^serving certificate: not renewed or reloaded, see the log; the old one/);
    assert.equal(server.err().match(/serving certificate not renewed or reloaded/g)?.length, 1, server.err());
    assert.match(await server.metrics(), /^ram_auth_serving_certificate_stale 1$/m);
    assert.equal(await shownCertificate(server.port), state.serving.certPem);
    await replaceFile(`${folder}/ca-key.pem`, caKey, 0o600);
    await waitFor("the warning to go", () => server.warnings().length === 0);
    assert.match(await server.metrics(), /^ram_auth_serving_certificate_stale 0$/m);
    now = daysAfter(today, 50);
    await server.check();
    assert.notEqual(await shownCertificate(server.port), state.serving.certPem);
  });
});

Deno.test("another CA in the folder is reported, and the certificate that kube-apiserver trusts stays", async () => {
  await inFolder(async (folder) => {
    const world = worldAt(new Date());
    const [mine, other] = [`${folder}/mine`, `${folder}/other`];
    const state = await ensureState(world, optionsFor(mine));
    await ensureState(world, optionsFor(other));
    await using server = serve(state, mine, world.now);
    await Deno.rename(mine, `${folder}/away`);
    await Deno.rename(other, mine);
    await server.check();
    assert.match(server.err(), /the CA there is not the one .* kube-apiserver reads whom to trust once, at its start/);
    assert.equal(await shownCertificate(server.port), state.serving.certPem);
  });
});

const NOBODY = "mapUsers: []";

const shownBy = (site: ServerSite) => shownCertificate(Number(new URL(site.url).port));

async function get(site: ServerSite, path: string): Promise<string> {
  return await (await fetch(`${site.healthUrl}${path}`)).text();
}

Deno.test("ram-auth server takes up a certificate that another process issued under the same CA", async () => {
  await using site = await prepareSite(NOBODY);
  await using server = await site.start();
  const before = await shownBy(site);
  const options = { ...optionsFor(`${site.folder}/state`), hostname: "another.example" };
  const { state } = await initialize(realWorld(), { ...options, port: 1, kubeconfigPath: undefined });
  assert.notEqual(state.serving.certPem, before);
  await waitFor("the new certificate", async () => await shownBy(site) === state.serving.certPem);
  assert.doesNotMatch(server.stderr(), /not renewed|does not trust/);
});

Deno.test("ram-auth server takes up another pair of the tool before, whole, and says who does not trust it yet", async () => {
  await using site = await prepareSite(NOBODY);
  const folder = `${site.folder}/state`;
  await Deno.mkdir(folder, { mode: 0o700 });
  const [first, second] = [await peerPair(), await peerPair()];
  await storePair(folder, first);
  await using server = await site.start();
  assert.equal(await shownBy(site), first.certPem);

  await replaceFile(`${folder}/cert.pem`, second.certPem, 0o644);
  await waitFor(
    "the warning",
    async () => (await get(site, "/readyz?verbose")).includes("[!] serving certificate: not"),
  );
  assert.equal(await shownBy(site), first.certPem, "half a pair is none");
  assert.match(await get(site, "/metrics"), /^ram_auth_serving_certificate_stale 1$/m);
  assert.match(server.stderr(), /it is not for the key in key\.pem.*not renewed or reloaded/);

  await replaceFile(`${folder}/key.pem`, second.keyPem, 0o644);
  await waitFor("the reason", () => /every user of this machine can read it/.test(server.stderr()));
  assert.equal(await shownBy(site), first.certPem, "a key that everybody could read is none");

  await replaceFile(`${folder}/key.pem`, second.keyPem, 0o600);
  await waitFor("the new pair", async () => await shownBy(site) === second.certPem);
  assert.match(await get(site, "/metrics"), /^ram_auth_serving_certificate_stale 0$/m);
  assert.match(
    await get(site, "/readyz?verbose"),
    /\[!\] serving certificate: replaced, and not trusted until kube-api/,
  );
  assert.match(server.stderr(), /kube-apiserver does not trust the new certificate yet/);

  await storePair(folder, first);
  await waitFor("the old pair", async () => await shownBy(site) === first.certPem);
  assert.doesNotMatch(await get(site, "/readyz?verbose"), /\[!\] serving certificate/);
});
