/**
 * The serving certificate while the server runs: renewed in time, and taken up when another process renewed it.
 *
 * @module
 */

import { messageOf } from "../errors.ts";
import { renewIfDue, type State, type StateOptions } from "../state/state_dir.ts";
import type { Log } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { World } from "../world.ts";
import type { HealthReport } from "./health.ts";
import type { TlsListener } from "./listener.ts";

/** How often the certificate is looked at. It is renewed when a third of its year is left, so there is time. */
const CHECK_MS = 60_000;

/** What watching a certificate needs. */
export interface CertificatesParts {
  readonly world: World;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly options: StateOptions;
  /** The state that the server started with. */
  readonly state: State;
  readonly listener: Pick<TlsListener, "present">;
}

/** The watch on a certificate; `await using` ends it. */
export interface Certificates extends HealthReport, AsyncDisposable {
  /** Looks now. Never rejects: a certificate that cannot be renewed stays in use, and is reported everywhere. */
  check(): Promise<void>;
}

/** Starts to watch. */
export function watchCertificates(
  { world, log, metrics, options, state, listener }: CertificatesParts,
): Certificates {
  let current = state;
  let failure: string | undefined;
  metrics.setCertificateExpiry(current.serving.notAfter);

  const look = async () => {
    try {
      const serving = await renewIfDue(world, options, current);
      failure = undefined;
      if (serving === undefined) return;
      listener.present(serving);
      current = { ...current, serving };
      metrics.setCertificateExpiry(serving.notAfter);
      log.info("serving certificate changed", { notAfter: serving.notAfter.toISOString() });
    } catch (cause) {
      if (failure !== messageOf(cause)) log.error("serving certificate not renewed", { why: messageOf(cause) });
      failure = messageOf(cause);
    }
  };
  // One look at a time: a look in progress may be writing.
  let last = Promise.resolve();
  const check = () => last = last.then(look);
  const timer = setInterval(check, CHECK_MS);
  // At the start too: the server may have started on a certificate whose successor could not be written.
  check();
  return {
    check,
    facts: () => [`serving certificate: ends at ${current.serving.notAfter.toISOString()}`],
    warnings: () => failure === undefined ? [] : ["serving certificate: not renewed, see the log"],
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await last;
    },
  };
}
