/**
 * What restarts kube-apiserver, where it is a service.
 *
 * @module
 */

import { sentence } from "../../../quote.ts";
import { runShell, type ShellRun } from "./shell.ts";

/** By systemd where that runs, else by OpenRC; the service is `$1`. */
const RESTART = `
if [ -d /run/systemd/system ] && command -v systemctl >/dev/null; then
  systemctl daemon-reload && exec systemctl restart "$1"
elif command -v rc-service >/dev/null; then
  exec rc-service "$1" restart
else
  exit 127
fi`;

/** The same, without waiting until it has restarted. */
const REQUEST_RESTART = RESTART.replace("systemctl restart", "systemctl restart --no-block");

/** What the shell says of a command that is not there. */
const NO_MANAGER = 127;

/** What came of a restart; `by_hand` where a person has to do it. */
export type Restarted =
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly why: string; readonly command: string }
  | { readonly kind: "by_hand"; readonly command: string };

/** Restarts a service, and waits for it. Trust: its name has been checked. */
export async function restartService(
  service: string,
  { hasToEnd, ...run }: ShellRun & { readonly hasToEnd: boolean },
): Promise<Restarted> {
  const command = `systemctl daemon-reload && systemctl restart ${service}`;
  const result = await runShell(hasToEnd ? RESTART : REQUEST_RESTART, { ...run, args: [service] });
  switch (result.kind) {
    case "impossible":
      return { kind: "by_hand", command };
    case "cut":
      return { kind: "failed", why: result.why, command };
    case "ended": {
      if (result.code === 0) return { kind: "done" };
      if (result.code === NO_MANAGER) return { kind: "by_hand", command };
      const said = (result.stderr.trim() || result.stdout.trim()).split("\n").at(-1) ?? "";
      return { kind: "failed", why: sentence(said) || `it exited with code ${result.code}`, command };
    }
  }
}
