/**
 * The STS of measurements (`node/sts.mjs`), a process of its own that both servers ask by the real names of STS.
 *
 * @module
 */

import { makeLoopbackCertificate } from "../../../tests/emulator/loopback_certificate.ts";
import { identities, STS_HOST } from "./people.ts";
import { startNode } from "./node_program.ts";

/** What STS and the network between do wrong. `unreachable` and `certificate` also end the connections that exist. */
export type StsFault =
  | "hang"
  | "drip"
  | "reset"
  | "500"
  | "throttle"
  | "redirect"
  | "garbage"
  | "nonsense"
  | "large"
  | "unreachable"
  | "certificate";

/** How STS answers; everything left out is as usual: at once, and right. */
export interface StsBehaviour {
  readonly latencyMs?: number;
  readonly fault?: StsFault;
  /** Faults of single access keys. */
  readonly keys?: Readonly<Record<string, StsFault>>;
  /** Ends every connection once. */
  readonly dropConnections?: true;
  /** Starts the counts at 0 again. */
  readonly reset?: true;
}

/** What STS has seen. */
export interface StsCounts {
  readonly calls: number;
  readonly callsByKey: Readonly<Record<string, number>>;
  readonly mostPerSecond: number;
  readonly mostInFlight: number;
  readonly connections: number;
}

/** An STS that runs; `await using` ends it. */
export interface Sts extends AsyncDisposable {
  readonly pid: number;
  /** PEM file with its CA. */
  readonly caFile: string;
  /** The variables that lead a server to it. */
  readonly env: Readonly<Record<string, string>>;
  /** Changes how it answers from now on. */
  behave(behaviour: StsBehaviour): Promise<void>;
  counts(): Promise<StsCounts>;
}

/** Starts it. */
export async function startSts(folder: string): Promise<Sts> {
  const [pair, other] = [await makeLoopbackCertificate([STS_HOST]), await makeLoopbackCertificate([STS_HOST])];
  const caFile = `${folder}/sts-ca.pem`;
  await Deno.writeTextFile(caFile, pair.caPem);
  const program = startNode("sts.mjs", {
    certPem: pair.certPem,
    keyPem: pair.keyPem,
    otherCertPem: other.certPem,
    otherKeyPem: other.keyPem,
    identities: identities(),
  });
  const { proxyPort, controlPort } = await program.next() as { proxyPort: number; controlPort: number };
  const control = `http://127.0.0.1:${controlPort}/`;
  return {
    pid: program.pid,
    caFile,
    env: { HTTPS_PROXY: `http://127.0.0.1:${proxyPort}`, SSL_CERT_FILE: caFile },
    behave: async (behaviour) => {
      await (await fetch(control, { method: "POST", body: JSON.stringify(behaviour) })).json();
    },
    counts: async () => await (await fetch(control)).json(),
    [Symbol.asyncDispose]: () => program.end(),
  };
}
