/** `doctor` as a process, with the permissions that ship, where nothing answers: it says so, and ends in time. */

import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { makeAll } from "../../../lib/cli/doctor/check.ts";
import type { Finding } from "../../../lib/cli/doctor/check.ts";
import { realWorld } from "../../../lib/world.ts";
import { SERVER_PERMISSIONS } from "../../../scripts/permissions.ts";
import { freePort } from "../../support/free_port.ts";
import { testNeeding } from "../../support/needs.ts";
import { admit, type Patient } from "./patient.ts";

/** The whole run of a process, from its start to its end, on a machine that has time for it. */
const MAX_MS = 5_000;

/** What it may wait for all that hangs, beside what it takes where nothing does. */
const MAX_WAIT_MS = 3_500;

/** The most that a run may take now, where others load the machine: it is compared with one where nothing hangs. */
function maxMs(quick: Run): number {
  return Math.max(MAX_MS, quick.ms + MAX_WAIT_MS);
}

/** How `doctor` is started from source. */
const DOCTOR = [Deno.execPath(), "run", "--quiet", ...SERVER_PERMISSIONS, "main.ts", "doctor"];

interface Run {
  readonly code: number;
  readonly ms: number;
  readonly checks: ReadonlyMap<string, Finding>;
}

async function runDoctor(
  { site }: Patient,
  { before = [], flags = [] }: { readonly before?: readonly string[]; readonly flags?: readonly string[] } = {},
): Promise<Run> {
  const [program, ...args] = [...before, ...DOCTOR, "-c", site.configFile, "-o", "json", ...flags];
  const start = performance.now();
  const output = await new Deno.Command(program!, { args, stdin: "null", env: { NO_PROXY: "*" } }).output();
  const ms = performance.now() - start;
  const text = new TextDecoder().decode(output.stdout);
  assert.ok(text.startsWith("{"), text + new TextDecoder().decode(output.stderr));
  const { checks }: { checks: Finding[] } = JSON.parse(text);
  return { code: output.code, ms, checks: new Map(checks.map((one) => [one.id, one])) };
}

/** Takes connections, and never says anything. */
function silentListener(port = 0): Disposable & { readonly port: number } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port });
  const taken: Deno.Conn[] = [];
  void (async () => {
    for await (const connection of listener) taken.push(connection);
  })().catch(() => {});
  return {
    port: (listener.addr as Deno.NetAddr).port,
    [Symbol.dispose]() {
      listener.close();
      for (const connection of taken) connection.close();
    },
  };
}

Deno.test("doctor ends in under 5 s where server, STS and API server take connections and never answer", async () => {
  await using patient = await admit();
  const { site, port } = patient;
  const runWith = async (elsewhere: number) => {
    const kubeconfig = `${site.folder}/away.kubeconfig`;
    await Deno.writeTextFile(
      kubeconfig,
      JSON.stringify({
        "current-context": "a",
        contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
        clusters: [{ name: "a", cluster: { server: `https://127.0.0.1:${elsewhere}` } }],
        users: [{ name: "a", user: { token: "made-up" } }],
      }),
    );
    const flags = ["--sts-endpoint", `127.0.0.1:${elsewhere}`, "--kubeconfig", kubeconfig];
    return await runDoctor(patient, { flags: [...flags, "--backend-mode", "MountedFile,CRD"] });
  };
  const quick = await runWith(freePort());
  using _server = silentListener(port);
  using _health = silentListener(Number(new URL(site.healthUrl).port));
  using silent = silentListener();
  const { code, ms, checks } = await runWith(silent.port);
  assert.ok(ms < maxMs(quick), `it took ${ms} ms`);
  assert.equal(code, 1);
  const outcomes = Object.fromEntries([...checks].map(([id, { outcome }]) => [id, outcome]));
  assert.equal(outcomes["config"], "ok");
  assert.equal(outcomes["state"], "ok");
  for (const id of ["server", "sts", "certificate"]) {
    assert.equal(outcomes[id], "failed", id);
    assert.match(checks.get(id)!.saw, /in time/);
  }
  for (const id of ["clock", "apiserver-calls", "mapping-sources"]) assert.equal(outcomes[id], "skipped", id);
  for (const id of ["apiserver-version", "mapping-guard"]) {
    assert.match(checks.get(id)!.saw, /within|in time|timed out/, checks.get(id)!.saw);
  }
});

testNeeding(["namespaces"], "doctor ends in under 5 s where the resolver hangs, which nothing can end", async () => {
  await using patient = await admit();
  const { site } = patient;
  const quick = await runDoctor(patient, { flags: ["--sts-endpoint", `127.0.0.1:${freePort()}`] });
  const nameServer = createSocket("udp4");
  await new Promise<void>((resolve) => nameServer.bind(53, "127.0.0.53", resolve));
  let questions = 0;
  nameServer.on("message", () => questions += 1);
  try {
    const resolvConf = `${site.folder}/resolv.conf`;
    await Deno.writeTextFile(resolvConf, "nameserver 127.0.0.53\noptions timeout:30 attempts:5\n");
    const inMounts = ["unshare", "--mount", "sh", "-euc", 'mount --bind "$0" /etc/resolv.conf; exec "$@"', resolvConf];
    const { ms, checks } = await runDoctor(patient, {
      before: inMounts,
      flags: ["--sts-endpoint", "sts.example.com"],
    });
    assert.ok(questions > 0, "nobody asked the name server");
    assert.ok(ms < maxMs(quick), `it took ${ms} ms`);
    assert.equal(checks.get("sts")!.outcome, "failed");
    assert.match(checks.get("sts")!.saw, /in time/);
  } finally {
    nameServer.close();
  }
});

Deno.test("a check that hangs, and one that breaks, hold up no other", async () => {
  const found = await makeAll(
    [
      { id: "hangs", tested: "a", look: () => new Promise(() => {}) },
      { id: "breaks", tested: "b", look: () => Promise.reject(new TypeError("a slip")) },
      {
        id: "throws",
        tested: "c",
        look: () => {
          throw new TypeError("another");
        },
      },
      { id: "works", tested: "d", look: () => Promise.resolve({ outcome: "ok", saw: "it" }) },
    ],
    realWorld(),
    50,
  );
  assert.deepEqual(found.map(({ id, outcome }) => [id, outcome]), [
    ["hangs", "failed"],
    ["breaks", "failed"],
    ["throws", "failed"],
    ["works", "ok"],
  ]);
  assert.match(found[0]!.saw, /within 0\.05 s/);
});
