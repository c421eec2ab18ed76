/**
 * Certificates and mappings that change while people log in through a real kube-apiserver.
 *
 * @module
 */

import { issueServingCertificate, readCertificate } from "../../../lib/state/certificate.ts";
import { parseHost } from "../../../lib/state/host.ts";
import { generatePrivateKey } from "../../../lib/state/private_key.ts";
import { Secret } from "../../../lib/secret.ts";
import { startCluster } from "../../../tests/support/cluster.ts";
import { whyMissing } from "../../../tests/support/needs.ts";
import { replaceFile } from "../../../tests/support/replace_file.ts";
import type { Bench, Scenario } from "../outside/bench.ts";
import { seconds } from "../outside/clock.ts";
import { type LoadResult, lost, startLoad } from "../outside/load.ts";
import { colleague, COLLEAGUES } from "../outside/people.ts";
import { type RunningServer, SERVER_NAMES, type ServerKind } from "../outside/servers.ts";

const RATE = 500;

/** Of each kind. */
const CHANGES = 50;

/** The scenario. */
export const rotations: Scenario = {
  measures: `${CHANGES} new certificates and ${CHANGES} reloads by SIGHUP, ${RATE} logins a second through a real\n` +
    "kube-apiserver (KUBEBUILDER_ASSETS)",
  async run(bench) {
    const missing = whyMissing(["cluster"]);
    if (missing !== undefined) throw new Error(missing);
    const rows: (readonly string[])[] = [];
    for (const kind of bench.ours) rows.push(await rowOf(bench, kind));
    return [{
      caption: `New certificates and reloads beside ${
        rateOf(bench)
      } logins a second through kube-apiserver, each token new`,
      head: ["Server", "Certificates taken up", "Reloads", "Logins", "Refused or lost", "p50 ms", "p99 ms"],
      rows,
    }];
  },
};

async function rowOf(bench: Bench, kind: ServerKind): Promise<readonly string[]> {
  bench.say(`rotations, ${SERVER_NAMES[kind]}`);
  await bench.sts.behave({});
  await using server = await bench.start(kind);
  await using cluster = await startCluster({ webhookKubeconfig: `${server.folder}/webhook.kubeconfig` });
  const through = {
    url: `${cluster.server}/apis/authentication.k8s.io/v1/selfsubjectreviews`,
    caFile: cluster.caFile,
    pid: server.pid,
  };
  const logins = await startLoad(through, {
    protocol: "h2",
    asks: "apiserver",
    people: Array.from({ length: COLLEAGUES }, (_, i) => colleague(i)),
    rate: rateOf(bench),
    warmUpSeconds: bench.isQuick ? 0.5 : 5,
  });
  const count = bench.isQuick ? 2 : CHANGES;
  for (let i = 0; i < count; i += 1) {
    await rotate(server);
    await seconds(0.3);
    server.signal("SIGHUP");
    await seconds(0.3);
  }
  const { all } = await logins.results({ stop: true }) as { all: LoadResult };
  const log = await server.log();
  const times = (text: RegExp) => String(log.match(text)?.length ?? 0);
  const failures = Object.entries({ ...all.codes, ...all.errors }).filter(([code]) => code !== "201");
  return [
    SERVER_NAMES[kind],
    `${times(/serving certificate changed/g)} of ${count}`,
    String(count),
    String(all.sent),
    lost(all) + all.answered - all.authenticated === 0 ? "0" : failures.map(([code, n]) => `${n} × ${code}`).join(", "),
    all.p50?.toFixed(2) ?? "–",
    all.p99?.toFixed(2) ?? "–",
  ];
}

function rateOf({ isQuick }: Bench): number {
  return isQuick ? 20 : RATE;
}

/** Puts a new key and certificate of the same CA in place, as a tool that renews them does. */
async function rotate({ folder }: RunningServer): Promise<void> {
  const path = (name: string) => `${folder}/state/${name}`;
  const read = (name: string) => Deno.readTextFile(path(name));
  const ca = readCertificate(await read("ca.pem"), path("ca.pem"));
  const caKey = { pem: new Secret(await read("ca-key.pem")), path: path("ca-key.pem") };
  const key = { pem: await generatePrivateKey(), path: path("key.pem") };
  const names = ["127.0.0.1", "localhost"].map(parseHost);
  const issued = await issueServingCertificate({ certificate: ca, key: caKey }, { key, names, now: new Date() });
  await replaceFile(key.path, key.pem.reveal(), 0o600);
  await replaceFile(path("cert.pem"), issued.pem);
}
