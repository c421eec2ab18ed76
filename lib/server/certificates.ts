/**
 * The serving certificate while the server runs: renewed in time, and taken up when somebody else renewed or replaced it.
 *
 * @module
 */

import { messageOf } from "../errors.ts";
import { inTurn } from "./in_turn.ts";
import { renewIfDue, type State, type StateOptions } from "../state/state_dir.ts";
import type { Log } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { processTimers, within } from "../time.ts";
import type { World } from "../world.ts";
import type { HealthReport } from "./health.ts";
import type { TlsListener } from "./door/door.ts";
import { watchState } from "./state_watch.ts";

/** How long the end of the watch waits for a look under way: its files may be on a network that hangs. */
const GRACE_MS = 5_000;

/** What watching a certificate needs. */
export interface CertificatesParts {
  readonly world: World;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly options: StateOptions;
  /** The state that the server started with. */
  readonly state: State;
  readonly listener: Pick<TlsListener, "present">;
  /** Aborts when the server stops: nothing is presented any more then. */
  readonly signal: AbortSignal;
}

/** The watch on a certificate, until its signal aborts; `await using` waits a limited time for that. */
export interface Certificates extends HealthReport, AsyncDisposable {
  /** Looks now. Never rejects: where there is no other certificate to use, the old one stays, and that is reported. */
  check(): Promise<void>;
}

/** Starts to watch, with a look: the server may have started on a certificate whose successor could not be written. */
export function watchCertificates(
  { world, log, metrics, options, state, listener, signal }: CertificatesParts,
): Certificates {
  let current = state;
  let isTrusted = true;
  let failure: string | undefined;
  metrics.setCertificateExpiry(current.serving.notAfter);
  metrics.setCertificateStale(false);

  const renew = async () => {
    const renewal = await renewIfDue(world, options, current, signal);
    if (renewal === undefined || signal.aborted) return;
    listener.present(renewal.serving);
    ({ isTrusted } = renewal);
    current = { ...current, serving: renewal.serving };
    metrics.setCertificateExpiry(current.serving.notAfter);
    log.info("serving certificate changed", { notAfter: current.serving.notAfter.toISOString() });
    if (!isTrusted) {
      log.warn("kube-apiserver does not trust the new certificate yet, because it reads its webhook kubeconfig once", {
        advice: 'run "ram-auth init", which writes the webhook kubeconfig, and restart kube-apiserver',
      });
    }
  };
  const check = inTurn(async () => {
    const before = failure;
    failure = await renew().then(() => undefined, messageOf);
    metrics.setCertificateStale(failure !== undefined);
    if (failure === before) return;
    if (failure === undefined) log.info("serving certificate is up to date again");
    else log.error("serving certificate not renewed or reloaded; the old one stays in force", { why: failure });
  });
  const watching = watchState({ world, stateDir: options.stateDir, check, signal });
  return {
    check,
    facts: () => [`serving certificate: ends at ${current.serving.notAfter.toISOString()}`],
    warnings: () => [
      ...(failure === undefined
        ? []
        : ["serving certificate: not renewed or reloaded, see the log; the old one stays in force"]),
      ...(isTrusted
        ? []
        : ["serving certificate: replaced, and not trusted until kube-apiserver is restarted, see the log"]),
    ],
    [Symbol.asyncDispose]: () => within(processTimers, GRACE_MS, watching, "").catch(() => {}),
  };
}
