/**
 * An emulator that serves, with a client that trusts it, for the tests of both clouds.
 *
 * @module
 */

import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { DEMO_AWS_PRINCIPALS } from "../../lib/emulator/aws/principals.ts";
import type { StsCallReport } from "../../lib/emulator/call.ts";
import { DEMO_ROLES } from "../../lib/emulator/roles.ts";
import { startStsEmulator, type StsEmulator, type StsEmulatorOptions } from "../../lib/emulator/sts.ts";
import { makeLoopbackCertificate } from "./loopback_certificate.ts";

/** The emulator's clock, unless a test sets another. */
export const DATE = "2026-11-22T12:00:00Z";

/** What every emulator of the tests shows. */
export const CERTIFICATE = await makeLoopbackCertificate();

/** An emulator, a client that trusts it, and what it reported. */
export interface Stage extends AsyncDisposable {
  readonly emulator: StsEmulator;
  readonly client: Deno.HttpClient;
  readonly reports: readonly StsCallReport[];
}

/** Starts an emulator with everybody and every role of the demo. */
export function startStage(
  { protocol = "h2", ...options }: Partial<StsEmulatorOptions> & { readonly protocol?: "h1" | "h2" } = {},
): Stage {
  const reports: StsCallReport[] = [];
  const emulator = startStsEmulator({
    ...CERTIFICATE,
    principals: [...Object.values(DEMO_PRINCIPALS), ...Object.values(DEMO_AWS_PRINCIPALS)],
    roles: DEMO_ROLES,
    now: () => new Date(DATE),
    onCall: (call) => reports.push(call),
    ...options,
  });
  const caCerts = [CERTIFICATE.caPem];
  const client = Deno.createHttpClient({ caCerts, http1: protocol === "h1", http2: protocol === "h2" });
  const stop = () => {
    client.close();
    return emulator.shutdown();
  };
  return { emulator, client, reports, [Symbol.asyncDispose]: stop };
}
