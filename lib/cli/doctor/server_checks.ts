/**
 * The running server: whether it is this program, what it warns of, whether its mapping sources are read, and whether
 * the API server has ever called it.
 *
 * @module
 */

import { acceptedClouds } from "../../config/accepted_clouds.ts";
import { configHash } from "../../config/config_hash.ts";
import { sentence } from "../../quote.ts";
import { COMMIT, VERSION } from "../../version.ts";
import { type Check, failed, ok, skipped, type Verdict, warning } from "./check.ts";
import type { Examination } from "./examination.ts";
import { ServerAway, type ServerView, sumOf } from "./server_view.ts";

/** Which lines of `/readyz?verbose` are about mappings. */
const OF_MAPPINGS = /^(?:mappings?|mapping sources|config file|deny list)\b/;

/** Lines by which nobody whom the source maps can log in. */
const LETS_NOBODY_IN = /not read yet|: Cannot |let nobody in|No mapping source holds a rule/;

/** The checks. */
export function serverChecks(examination: Examination): Check[] {
  const port = examination.settings.get("health-port");
  return [
    {
      id: "server",
      tested: `the server at its health port ${port}: whether it runs, is ready, and is this version`,
      async look() {
        let view: ServerView;
        try {
          view = await examination.server();
        } catch (error) {
          if (!(error instanceof ServerAway)) throw error;
          return failed(
            error.message,
            "see its last words (journalctl -u ram-auth -n 20), and start it; run: systemctl start ram-auth",
          );
        }
        if (view.status !== 200) {
          return failed(
            `it answers ${view.status}: "${view.word}"`,
            "look why (journalctl -u ram-auth -n 20), and restart it; run: systemctl restart ram-auth",
          );
        }
        const running = view.metrics.find(({ name }) => name === "ram_auth_build_info")?.labels;
        const [version, commit] = [running?.get("version") ?? "", running?.get("commit") ?? ""].map(sentence);
        const ours = COMMIT ?? "source";
        if (version === VERSION && commit === ours) return ok(`ready, version ${version} (${commit})`);
        return warning(
          `it runs version ${version} (${commit}), and this program is ${VERSION} (${ours})`,
          "if that is not an upgrade under way, restart the server; run: systemctl restart ram-auth",
        );
      },
    },
    {
      id: "config-in-force",
      tested: "whether the running server has in force what the config file and the flags of this command say",
      async look() {
        const { settings } = examination;
        const { clouds } = acceptedClouds(settings);
        const ours = await configHash({ started: settings, current: settings, clouds });
        return await ofServer(examination, ({ metrics }) => judgeHash(ours, metrics));
      },
    },
    {
      id: "server-warnings",
      tested: "what the running server warns of, beside its mappings",
      look: () =>
        ofServer(examination, ({ warnings }) => {
          const told = warnings.filter((line) => !OF_MAPPINGS.test(line));
          if (told.length === 0) return ok("nothing");
          return warning(told.join("; "), "look in its log; run: journalctl -u ram-auth -p warning -n 20");
        }),
    },
    {
      id: "mapping-sources",
      tested: `the mapping sources of the running server (${examination.settings.get("backend-mode").join(", ")})`,
      look: () =>
        ofServer(examination, ({ facts, warnings }) => {
          const told = warnings.filter((line) => OF_MAPPINGS.test(line));
          if (told.length === 0) {
            return ok(facts.filter((line) => OF_MAPPINGS.test(line)).join("; ") || "nothing is mapped");
          }
          const todo =
            "see docs/troubleshooting.md, and the server's log; run: journalctl -u ram-auth -p warning -n 20";
          return told.some((line) => LETS_NOBODY_IN.test(line))
            ? failed(told.join("; "), todo)
            : warning(told.join("; "), todo);
        }),
    },
    {
      id: "apiserver-calls",
      tested: "whether the API server has called the running server since it started",
      look: () => ofServer(examination, judgeCalls),
    },
  ];
}

function judgeHash(ours: string, metrics: ServerView["metrics"]): Verdict {
  const theirs = metrics.find(({ name }) => name === "ram_auth_config_info")?.labels.get("hash");
  if (theirs === undefined) return skipped("the server does not say what it has in force");
  if (theirs === ours) return ok(ours);
  return warning(
    `it has ${sentence(theirs)}, and they come to ${ours}`,
    "give this command the flags of the server; if they are, a change waits for a restart; run: systemctl restart ram-auth",
  );
}

/** The server's own reviews are not counted, and neither is what doctor asks. */
function judgeCalls(view: ServerView): Verdict {
  const reviews = sumOf(view, "ram_auth_authenticate_latency_seconds_count") ?? 0;
  const startedAt = sumOf(view, "process_start_time_seconds") ?? NaN;
  const since = startedAt > 0 ? ` since it started at ${new Date(startedAt * 1_000).toISOString()}` : "";
  if (reviews > 0) return ok(`${reviews} reviews${since}`);
  const callers = sumOf(view, "ram_auth_callers_refused_total") ?? 0;
  if (callers > 0) {
    return failed(
      `it has answered nobody${since}, and refused ${callers} calls without the webhook token`,
      'see the check "webhook-token", and restart kube-apiserver, which reads the token at its start',
    );
  }
  const refusals = sumOf(view, "ram_auth_connections_closed_total", { listener: "tls", reason: "handshake_failed" }) ??
    0;
  if (refusals > 0) {
    return failed(
      `the API server has not called it, but ${refusals} TLS handshakes failed: the client does not trust the certificate`,
      "restart kube-apiserver, which reads the webhook kubeconfig at its start",
    );
  }
  return warning(
    `the API server has not called it${since}`,
    'log in once (kubectl auth whoami, as somebody who is mapped); if that gives 401, see the check "apiserver-flag"',
  );
}

async function ofServer({ server }: Examination, judge: (view: ServerView) => Verdict): Promise<Verdict> {
  try {
    return judge(await server());
  } catch (error) {
    if (!(error instanceof ServerAway)) throw error;
    return skipped('the server does not answer; see the check "server"');
  }
}
