import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { claimSpans, NO_SPANS } from "../../lib/telemetry/spans.ts";
import { TOKEN_PERMISSIONS } from "../../scripts/permissions.ts";
import { awsToken } from "../support/aws_tokens.ts";
import { askingHeaders } from "../support/kubeconfigs.ts";
import { assertNoLeak } from "../support/leaks.ts";
import { mintedToken } from "../support/minted_token.ts";
import { startProcess } from "../support/process.ts";
import { prepareSite, type ServerSite, type SiteOptions } from "../support/server_process.ts";
import { SCRUBBED_PERSON, SCRUBBED_TEXTS } from "../support/outputs/scrubbed_person.ts";
import { exportTo, type OtlpReceiver, startOtlpReceiver } from "../support/stand_ins/otlp_receiver.ts";
import { waitFor } from "../support/wait_for.ts";

const { alice, kubernetesAdmin } = DEMO_PRINCIPALS;
const mappings = ({ stsHost }: { readonly stsHost: string }) =>
  `stsHosts: ["${stsHost}"]
scrubbedAccounts: ["${SCRUBBED_PERSON.identity.Account}"]
mapUsers:
  - {userARN: "${alice.identity.Arn}", username: alice}
mapRoles:
  - {roleARN: "arn:aws:iam::987600006789:role/Hidden", username: "{{AccountID}}:{{SessionName}}", groups: ["of-{{AccountID}}"]}`;

async function prepare(options: SiteOptions = {}): Promise<ServerSite> {
  const site = await prepareSite("mapUsers: []", {
    clouds: ["alibaba", "aws"],
    principals: [SCRUBBED_PERSON],
    ...options,
  });
  await site.writeConfig(mappings(site));
  return site;
}

/** Everything that must stay here, and what may not be said of a scrubbed login. */
function assertNothingLeft(receiver: OtlpReceiver, tokens: readonly string[], log = ""): void {
  const people = Object.values(DEMO_PRINCIPALS);
  const secrets = people.flatMap((one) => [
    one.accessKeySecret,
    ...("securityToken" in one && one.securityToken !== undefined ? [one.securityToken] : []),
  ]);
  assertNoLeak(receiver.received() + log, { tokens, secrets: [...secrets, ...SCRUBBED_TEXTS, "SmuggledPart"] });
}

for (const protocol of ["http/json", "http/protobuf"] as const) {
  Deno.test(`a server exports traces by ${protocol} and no token, presigned URL, key or scrubbed id with them`, async () => {
    await using receiver = startOtlpReceiver(protocol);
    await using site = await prepare();
    const now = new Date();
    const tokens = await Promise.all([
      mintedToken(alice, { clusterId: site.clusterId, now }),
      mintedToken(kubernetesAdmin, { clusterId: site.clusterId, now }),
      mintedToken({ ...alice, accessKeySecret: "SmuggledPartOfAnotherKey" }, { clusterId: site.clusterId, now }),
      mintedToken(alice, { clusterId: "of-another-cluster", now }),
      awsToken(SCRUBBED_PERSON, { clusterId: site.clusterId, host: site.stsHost, now }),
    ]);
    {
      await using server = await site.start(undefined, { env: receiver.env });
      using client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(`${site.folder}/state/ca.pem`)] });
      const allowed: boolean[] = [];
      for (const token of tokens) allowed.push((await site.review(token)).authenticated);
      assert.match(server.stderr(), /set OTEL_DENO_METRICS=false.*runtime's own metrics are exported/);
      assert.deepEqual(allowed, [true, false, false, false, true]);
      // What a client says where it should not: in the query, in headers, and in a trace of its own.
      const smuggled = {
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        baggage: "SmuggledPart=SmuggledPart",
      };
      const asking = { ...await askingHeaders(site.webhookKubeconfig), ...smuggled };
      const presenting = { authorization: `Bearer ${tokens[0]}`, ...smuggled };
      for (
        const [path, init] of [
          ["/authenticate", { method: "POST", headers: asking, body: tokens[0]! }],
          ["/authenticate", { headers: presenting }],
          ["/metrics", { headers: presenting }],
          ["/SmuggledPart", { headers: presenting }],
        ] as const
      ) {
        await (await fetch(`${site.url}${path}?token=${tokens[0]}&SmuggledPart=1`, { client, ...init })).text();
      }
      await waitFor("the traces", () => receiver.paths.filter((path) => path === "/v1/traces").length > 0 || undefined);
      const hasLogins = () => /ram_auth_authenticate_latency_seconds_count/.test(receiver.received());
      await waitFor("the metrics", () => hasLogins() || undefined);
      await server.stop("SIGTERM");
      assertNothingLeft(receiver, tokens, server.stderr());
    }
    if (protocol === "http/protobuf") return assert.match(receiver.received(), /ram_auth\.request_id/);
    assert.deepEqual(new Set(receiver.spans().map(({ scope }) => scope)), new Set(["ram-auth"]));
    const roots = receiver.spans().filter(({ parentSpanId }) => parentSpanId === "");
    assert.deepEqual(
      roots.map(({ name, attributes }) => [name, attributes["ram_auth.result"], attributes["ram_auth.reason"]]),
      [
        ["TokenReview", "success", "allowed"],
        ["TokenReview", "unknown_user", "not_mapped"],
        ["TokenReview", "denied", "sts_denied"],
        ["TokenReview", "invalid_token", "wrong_cluster"],
        ["TokenReview", "success", "allowed"],
        ["TokenReview", "malformed_request", undefined],
      ],
    );
    const [first, , , , hidden] = roots;
    assert.equal(first!.attributes["ram_auth.arn"], alice.identity.Arn);
    assert.equal(first!.attributes["ram_auth.cloud"], "alibaba");
    assert.match(String(first!.attributes["ram_auth.credential_id"]), /^TOKENSHA256=[0-9a-f]{64}$/);
    assert.equal(hidden!.attributes["ram_auth.arn"], "[scrubbed]");
    const parts = receiver.spans().filter(({ traceId, spanId }) =>
      traceId === first!.traceId && spanId !== first!.spanId
    );
    assert.deepEqual(parts.map(({ name }) => name).sort(), ["ask STS", "map", "read body", "read token"]);
    assert.ok(parts.every(({ parentSpanId, isError }) => parentSpanId === first!.spanId && !isError));
    const asked = parts.find(({ name }) => name === "ask STS")!;
    assert.deepEqual(asked.attributes, { "server.address": site.stsHost, "http.response.status_code": 200 });
  });
}

Deno.test("ram-auth token exports nothing of the requests that it makes", async () => {
  await using receiver = startOtlpReceiver();
  await using site = await prepare();
  const args = [
    ...["run", "--quiet", ...TOKEN_PERMISSIONS, "main.ts"],
    ...["token", "-i", site.clusterId, "-r", "acs:ram::1234567890123456:role/KubernetesAdmin", "--token-only"],
    ...["--sts-endpoint", site.stsHost, "--sts-ca-file", site.stsCaFile],
  ];
  await using process = startProcess(Deno.execPath(), {
    args,
    env: {
      ...receiver.env,
      NO_PROXY: "127.0.0.1",
      ALIBABA_CLOUD_ACCESS_KEY_ID: alice.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: alice.accessKeySecret,
    },
  });
  await waitFor("the token", () => process.hasEnded() || undefined);
  const token = process.stdout().trim();
  assert.match(token, /^k8s-ack-v\d\./, process.stderr());
  assert.equal(site.stsCalls(), 1);
  assert.deepEqual(receiver.paths.filter((path) => path !== "/v1/metrics"), []);
  assertNothingLeft(receiver, [token]);
});

Deno.test("a collector that takes connections and never answers slows no login, and little the end", async () => {
  using hole = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const swallowing = swallow(hole);
  await using site = await prepare({ asksAlways: true });
  const env = { ...exportTo(`http://127.0.0.1:${hole.addr.port}`), OTEL_DENO_METRICS: "false" };
  await using server = await site.start(undefined, { env });
  const token = await mintedToken(alice, { clusterId: site.clusterId, now: new Date() });
  using client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(`${site.folder}/state/ca.pem`)] });
  const headers = await askingHeaders(site.webhookKubeconfig);
  const logIn = async () => {
    const response = await fetch(`${site.url}/authenticate`, {
      client,
      method: "POST",
      headers,
      body: JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } }),
      signal: AbortSignal.timeout(LOGIN_MS),
    });
    assert.equal((await response.json()).status.authenticated, true);
  };
  const logInOften = async () => {
    for (let round = 0; round < 40; round++) await Promise.all(Array.from({ length: 16 }, logIn));
    return await residentBytes(server.pid);
  };
  // Five spans each: more than the runtime's queue holds, which is 2,048, and then as many once more.
  const full = await logInOften();
  assert.ok(await logInOften() < full + MAX_GROWTH_BYTES);
  assert.ok(swallowing.connections() > 0, "nothing was exported");
  assert.equal((await server.stop("SIGTERM")).code, 0);
});

/** No login takes longer: kube-apiserver's own limit. */
const LOGIN_MS = 5_000;

/** What spans of 640 logins would take if they were kept, several times over. */
const MAX_GROWTH_BYTES = 64 * 2 ** 20;

async function residentBytes(pid: number): Promise<number> {
  const { stdout } = await new Deno.Command("ps", { args: ["-o", "rss=", "-p", String(pid)] }).output();
  return 1_024 * Number(new TextDecoder().decode(stdout));
}

function swallow(listener: Deno.TcpListener): { connections: () => number } {
  let connections = 0;
  void (async () => {
    const taken: Deno.Conn[] = [];
    try {
      for await (const connection of listener) {
        connections += 1;
        taken.push(connection);
      }
    } finally {
      for (const connection of taken) connection.close();
    }
  })();
  return { connections: () => connections };
}

Deno.test("without OTEL_DENO nothing is recorded, and the work is done as it is", () => {
  assert.equal(claimSpans(), NO_SPANS);
  assert.equal(NO_SPANS.trace("a trace", () => NO_SPANS.part("a part", () => 7)), 7);
});
