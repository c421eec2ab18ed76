/**
 * Honest logins beside what happens in real life.
 *
 * @module
 */

import { messageOf } from "../../../lib/errors.ts";
import { startApiServer } from "../outside/api_server.ts";
import { type Attack, startAttack } from "../outside/attack.ts";
import { type Happening, HONEST_RATE, logInBeside } from "../outside/beside.ts";
import type { Scenario } from "../outside/bench.ts";
import { seconds } from "../outside/clock.ts";
import { startLoad } from "../outside/load.ts";
import { mappings, resourceSpecs, STRANGER } from "../outside/people.ts";
import { SERVER_NAMES, type ServerOptions } from "../outside/servers.ts";

const ACCOUNT = "123456789012";

/** In the table of hosts; the tests' proxy does not lead there. */
const UNRESOLVED_HOST = "sts.eu-west-3.amazonaws.com";

/** The scenario. */
export const events: Scenario = {
  measures:
    `${HONEST_RATE} honest logins a second beside what happens in real life: descriptors that run out, unfinished\n` +
    "requests, large mappings, a log that nobody reads, an API server in trouble, and others",
  async run(bench) {
    const seen: (readonly string[])[] = [];
    const told: (readonly string[])[] = [];
    for (const happening of HAPPENINGS) {
      for (const kind of bench.ours) {
        bench.say(`${happening.what}, ${SERVER_NAMES[kind]}`);
        const row = [happening.what, SERVER_NAMES[kind]];
        try {
          const { quiet, during, failed, memory, logged, counted, ended } = await logInBeside(bench, kind, happening);
          const ms = (value: number | null) => value?.toFixed(1) ?? "–";
          seen.push([
            ...row,
            `${ms(quiet.p50)}, ${ms(during.p50)}`,
            `${ms(quiet.p99)}, ${ms(during.p99)}`,
            String(failed),
            ended === undefined ? memory.map((megabytes) => megabytes.toFixed(0)).join(", ") : `it ended: ${ended}`,
          ]);
          told.push([...row, logged, counted.join(", ") || "–"]);
        } catch (error) {
          seen.push([...row, `not measured: ${messageOf(error)}`, "", "", ""]);
        }
      }
    }
    return [{
      caption: `${HONEST_RATE} honest logins a second, HTTP/2, each token new, STS takes 2 ms`,
      head: [
        "Beside",
        "Server",
        "p50 ms quiet, beside",
        "p99 ms quiet, beside",
        "Refused or lost",
        "RSS MB before, most, after",
      ],
      rows: seen,
    }, {
      caption: "What the server says of it: the first warning or error, and the metrics that otherwise stand still",
      head: ["Beside", "Server", "Log", "Metrics"],
      rows: told,
    }];
  },
};

const attack = (what: string, how: Attack, server: ServerOptions = {}): Happening => ({
  what,
  prepare: () => ({ server, begin: (running) => startAttack(running, how) }),
});

/** A server with a DynamicFile beside its usual rules; `change` is what happens to the file. */
const dynamicFile = (what: string, change: (path: string) => Promise<(() => void) | void>): Happening => ({
  what,
  prepare(_, folder) {
    const path = `${folder}/mappings.json`;
    Deno.writeTextFileSync(path, "{}");
    return {
      server: { mappings: `${mappings()}backendMode: [MountedFile, DynamicFile]\ndynamicfilepath: ${path}\n` },
      begin: () => change(path),
    };
  },
});

/** A server whose log goes through a pipe; `signal` is what happens to whoever reads it. */
const pipedLog = (what: string, signal: Deno.Signal): Happening => ({
  what,
  prepare: () => ({
    server: { before: 'mkfifo "$0.pipe"; cat "$0.pipe" >"$0" & echo $! >"$0.reader"', log: '"$0.pipe"' },
    async begin({ folder }) {
      const reader = Number(await Deno.readTextFile(`${folder}/output/log.reader`));
      Deno.kill(reader, signal);
      return () => {
        if (signal === "SIGSTOP") Deno.kill(reader, "SIGCONT");
      };
    },
  }),
});

const rulesOf = (count: number, arn: (i: number) => string) =>
  JSON.stringify({
    mapRoles: Array.from({ length: count }, (_, i) => ({
      rolearn: arn(i),
      username: `made-up-${i}`,
      groups: ["viewers"],
    })),
  });

const roles = (count: number) => rulesOf(count, (i) => `arn:aws:iam::${ACCOUNT}:role/MadeUp${i}`);

const again = (perSecond: number, change: (i: number) => unknown) => {
  let i = 0;
  const timer = setInterval(() => change(i++), 1_000 / perSecond);
  return () => clearInterval(timer);
};

const HAPPENINGS: readonly Happening[] = [
  attack("400 idle TLS connections, 300 descriptors", { attack: "idle TLS", count: 400 }, {
    before: "ulimit -n 300",
  }),
  attack("800 unfinished bodies of 1 MB", { attack: "unfinished bodies", count: 800, bytes: 1_000_000 }),
  attack("500 half ClientHellos", { attack: "half a ClientHello", count: 500 }),
  attack("500 half heads", { attack: "half a head", count: 500 }),
  attack("5,000 idle TLS connections", { attack: "idle TLS", count: 5_000 }),
  attack("1,000 HTTP/2 streams", { attack: "open streams", count: 1_000 }),
  attack("100 heads of 1 MiB", { attack: "large headers", count: 100, bytes: 1_048_576 }),
  attack("handshakes, 20 at a time", { attack: "handshakes", count: 20 }),
  dynamicFile(
    "a DynamicFile of 960 KB of wildcards",
    (path) => Deno.writeTextFile(path, rulesOf(8_000, (i) => `arn:aws:iam::${ACCOUNT}:role/a*b*${i}*c*`)),
  ),
  dynamicFile("a DynamicFile of 100,000 rules", (path) => Deno.writeTextFile(path, roles(100_000))),
  dynamicFile(
    "a DynamicFile of 4 MB with a fault in each rule",
    (path) => Deno.writeTextFile(path, rulesOf(40_000, (i) => `arn:aws:iam::${ACCOUNT}:rolle/MadeUp${i}`)),
  ),
  dynamicFile(
    "a DynamicFile that changes 10 times a second",
    (path) => Promise.resolve(again(10, (i) => Deno.writeTextFileSync(path, roles(5_000 + i)))),
  ),
  {
    what: "5 forged tokens/s for an STS host whose name does not resolve, STS drops its connections",
    prepare(stack, folder, { sts }) {
      // A resolver that never answers, for this server alone.
      const resolver = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 53 });
      stack.defer(() => resolver.close());
      Deno.writeTextFileSync(`${folder}/resolv.conf`, "nameserver 127.0.0.1\n");
      const ownResolver = ["sh", "-ec", 'mount --bind "$0" /etc/resolv.conf; exec "$@"', `${folder}/resolv.conf`];
      return {
        server: {
          wrap: ["unshare", "--map-root-user", "--mount", ...ownResolver],
          // By a name, which takes a resolver, too, though one that answers from /etc/hosts.
          env: { HTTPS_PROXY: sts.env.HTTPS_PROXY!.replace("127.0.0.1", "localhost"), NO_PROXY: UNRESOLVED_HOST },
        },
        async begin(server) {
          const plan = { protocol: "h2", people: [STRANGER], host: UNRESOLVED_HOST, rate: 5 } as const;
          const forged = await startLoad(server, plan);
          const stop = again(1, () => sts.behave({ latencyMs: 2, dropConnections: true }));
          return async () => {
            stop();
            await forged.results({ stop: true });
          };
        },
      };
    },
  },
  pipedLog("nobody reads the log", "SIGSTOP"),
  pipedLog("the reader of the log is gone", "SIGKILL"),
  {
    what: "a ConfigMap of 960 KB that changes 10 times a second",
    prepare(stack) {
      const api = stack.use(startApiServer());
      const rules = JSON.parse(roles(8_000)).mapRoles;
      const texts = Array.from({ length: 10 }, (_, i) => JSON.stringify(rules.slice(i)));
      return {
        server: { mappings: `${mappings()}backendMode: [MountedFile, EKSConfigMap]\n`, args: ["--master", api.url] },
        begin: () => Promise.resolve(again(10, (i) => api.putConfigMap(texts[i % texts.length]!))),
      };
    },
  },
  {
    what: "404 for custom resources for 1 s",
    prepare(stack) {
      const api = stack.use(startApiServer(resourceSpecs()));
      return {
        server: { mappings: "backendMode: [CRD]\n", args: ["--master", api.url] },
        async begin() {
          api.answerResourcesWith(404);
          api.cutWatches();
          await seconds(1);
          api.answerResourcesWith(undefined);
        },
      };
    },
  },
];
