import assert from "node:assert/strict";
import { type AckLookup, buildDescribe, findAckCluster } from "../../../lib/clouds/alibaba/container_service.ts";
import { ClusterLookupError } from "../../../lib/clouds/cluster_endpoint.ts";
import { checkSignature, type Verdict } from "../../../lib/emulator/alibaba/check_signature.ts";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { receive, type ReceivedRequest } from "../../../lib/emulator/request.ts";
import type { World } from "../../../lib/world.ts";
import { fakeWorld, withFile } from "../../config/fake_world.ts";
import { signedHeaders } from "../../emulator/alibaba/independent_signer.ts";
import { CERTIFICATE, DATE } from "../../emulator/stage.ts";
import { credentialsOf } from "../../support/minted_token.ts";

const ID = "c0123456789abcdef0123456789abcdef";
const { alice, kubernetesAdmin } = DEMO_PRINCIPALS;
const CA = btoa("-----BEGIN CERTIFICATE-----\nTWFkZSB1cA==\n-----END CERTIFICATE-----\n");

const CONFIG = `
apiVersion: v1
clusters:
- cluster:
    server: https://192.0.2.1:6443
    certificate-authority-data: ${CA}
  name: kubernetes
contexts:
- context:
    cluster: kubernetes
    user: "200000000000000001"
  name: 200000000000000001-${ID}
current-context: 200000000000000001-${ID}
kind: Config
preferences: {}
users:
- name: "200000000000000001"
  user:
    client-certificate-data: TWFkZSB1cA==
    client-key-data: TWFkZVVwS2V5VGhhdE11c3ROb3RTaG93
`;

/** What the service saw of one request, and what its judge says of it. */
interface Asked {
  readonly request: ReceivedRequest;
  readonly verdict: Verdict;
}

/** A Container Service over TLS that judges signatures by code of its own. */
async function withService(
  answer: (asked: Asked) => Response | Promise<Response>,
  body: (
    service: { readonly host: string; readonly caFile: string; readonly asked: readonly Asked[] },
  ) => Promise<void>,
): Promise<void> {
  const asked: Asked[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert: CERTIFICATE.certPem, key: CERTIFICATE.keyPem, onListen: () => {} },
    async (incoming) => {
      const { received: request } = await receive(incoming);
      const judge = { principals: Object.values(DEMO_PRINCIPALS), now: new Date(DATE) };
      asked.push({ request, verdict: checkSignature(request, judge) });
      return await answer(asked.at(-1)!);
    },
  );
  try {
    await withFile(CERTIFICATE.caPem, (caFile) => body({ host: `127.0.0.1:${server.addr.port}`, caFile, asked }));
  } finally {
    await server.shutdown();
  }
}

function world(): World {
  return { ...fakeWorld(), fetch, now: () => new Date(DATE) };
}

function lookup(over: Partial<AckLookup> = {}): AckLookup {
  const credentials = credentialsOf(alice);
  return { clusterId: ID, region: undefined, privateAddress: false, credentials, caFile: undefined, ...over };
}

for (
  const [what, principal, privateAddress] of [
    ["a user, by its public address", alice, false],
    ["the session of a role, by its private one", kubernetesAdmin, true],
  ] as const
) {
  Deno.test(`findAckCluster() asks as ${what}, and keeps nothing but the cluster`, () =>
    withService(
      ({ verdict }) => verdict.kind === "accepted" ? Response.json({ config: CONFIG, expiration: DATE }) : refused(403),
      async ({ asked, ...place }) => {
        const found = await findAckCluster(
          world(),
          lookup({ ...place, credentials: credentialsOf(principal), privateAddress }),
        );
        assert.deepEqual(found, { server: "https://192.0.2.1:6443", certificateAuthorityData: CA });
        assert.equal(asked.length, 1);
        const { method, path, query, headers } = asked[0]!.request;
        assert.deepEqual([method, path], ["GET", `/k8s/${ID}/user_config`]);
        assert.equal(query, `PrivateIpAddress=${privateAddress}&TemporaryDurationMinutes=15`);
        assert.equal(headers.get("x-acs-action"), "DescribeClusterUserKubeconfig");
        assert.equal(headers.get("x-acs-version"), "2015-12-15");
        assert.match(headers.get("authorization")!, /SignedHeaders=host;x-acs-action;.*x-acs-signature-nonce;/);
      },
    ));
}

Deno.test("findAckCluster() sends no nonce twice", () =>
  withService(() => Response.json({ config: CONFIG }), async ({ asked, ...place }) => {
    for (let i = 0; i < 2; i++) await findAckCluster(world(), lookup(place));
    const [first, second] = asked.map(({ request }) => request.headers.get("x-acs-signature-nonce"));
    assert.notEqual(first, second);
  }));

Deno.test("the vendor's own package signs buildDescribe()'s request the same", async () => {
  const context = { host: "cs.cn-hangzhou.aliyuncs.com", now: new Date(DATE) };
  const { url, headers } = await buildDescribe(lookup(), context, "a-nonce");
  const { pathname, searchParams, host } = new URL(url);
  assert.equal(host, context.host);
  const { authorization } = signedHeaders(alice, {
    date: DATE,
    method: "GET",
    path: pathname,
    query: Object.fromEntries(searchParams),
    headers: {
      "x-acs-action": "DescribeClusterUserKubeconfig",
      "x-acs-version": "2015-12-15",
      "x-acs-signature-nonce": "a-nonce",
      host,
    },
  });
  assert.equal(headers.authorization, authorization!.replaceAll(", ", ","));
  assert.equal(headers.host, undefined);
});

for (
  const [what, region, host] of [
    ["of a region", "cn-beijing", "cs.cn-beijing.aliyuncs.com"],
    ["of finance", "cn-hangzhou-finance", "cs.cn-hangzhou-finance.aliyuncs.com"],
    ["of all regions where none is given", undefined, "cs.aliyuncs.com"],
  ] as const
) {
  Deno.test(`findAckCluster() asks the host ${what}`, async () => {
    const hosts: string[] = [];
    const fetch = (url: URL | RequestInfo) => {
      hosts.push(new URL(String(url)).host);
      return Promise.reject(new TypeError("no network"));
    };
    await assert.rejects(findAckCluster({ ...world(), fetch }, lookup({ region })), { code: "ERR_CLUSTER_LOOKUP" });
    assert.deepEqual(new Set(hosts), new Set([host]));
  });
}

for (
  const [what, over, says] of [
    ["a region that is not known", { region: "oss-cn-hangzhou" }, /unknown region; .*leave --region out/],
    ["a region with a dot", { region: "x.example" }, /unknown region/],
    ["an id that leads elsewhere", { clusterId: "../../clusters" }, /no id is written so/],
    ["an id of other letters", { clusterId: "ｃ１" }, /no id is written so/],
    ["an id that is too long", { clusterId: "c".repeat(65) }, /no id is written so/],
  ] as const
) {
  Deno.test(`findAckCluster() refuses ${what}, and asks nobody`, async () => {
    await assert.rejects(
      findAckCluster(world(), lookup(over)),
      (e: Error & { code?: string }) => e.code === "ERR_USAGE" && says.test(e.message),
    );
  });
}

function refused(status: number, members: Readonly<Record<string, unknown>> = {}): Response {
  return Response.json(members, { status });
}

const noCluster = (text: string) => () => Response.json({ config: text });

for (
  const [what, answer, says] of [
    [
      "refuses, in its own words",
      () => refused(404, { code: "ErrorClusterNotFound", message: "Cluster not found", requestId: "ABC-1" }),
      /^Cannot look up cluster "c0[^"]*" of ACK: Container Service refused with "ErrorClusterNotFound": Cluster not found \(Container Service request id "ABC-1"\); check the id of the cluster/,
    ],
    [
      "refuses, in the gateway's words",
      () => refused(403, { Code: "Forbidden.RAM", Message: "no", RequestId: "ABC-2" }),
      /"Forbidden.RAM": no .*"ABC-2"\); allow the caller "cs:DescribeClusterUserKubeconfig"/,
    ],
    ["refuses without a word", () => refused(500), /"HTTP 500" .*request id "unknown"\)/],
    [
      "refuses in words that a terminal obeys",
      () => refused(400, { code: "\u001b[2J", message: "a\nb" }),
      /refused with "\[2J": a b /,
    ],
    ["redirects", () => Response.redirect("https://192.0.2.1/", 302), /HTTP 302 without readable JSON; check --region/],
    ["is no JSON", () => new Response("<html>"), /HTTP 200 without readable JSON/],
    ["is larger than can be", () => new Response("x".repeat(65_537)), /no answer from Container Service at "127/],
    ["holds no kubeconfig", () => Response.json({}), /holds no kubeconfig/],
    ["holds broken YAML", noCluster("a: 1\n\tb: TWFkZVVwS2V5"), /not YAML; try again$/],
    ["holds no cluster", noCluster("clusters: []\n"), /its address is missing/],
    ["holds two clusters", noCluster("clusters: [{name: a}, {name: b}]\n"), /several clusters/],
    ["holds an address in the clear", noCluster(CONFIG.replace("https:", "http:")), /no https URL/],
    ["holds an address with a password", noCluster(CONFIG.replace("https://", "https://a:b@")), /no https URL/],
    [
      "holds an address of two lines",
      noCluster(CONFIG.replace("https://192", '"https://x\\n192').replace("6443", '6443"')),
      /no https URL/,
    ],
    ["holds no authority", noCluster(CONFIG.replace(CA, "")), /CA certificate is missing/],
    ["holds an authority that is no Base64", noCluster(CONFIG.replace(CA, "----")), /not Base64/],
  ] as const
) {
  Deno.test(`findAckCluster() fails with what to do where the answer ${what}`, () =>
    withService(answer, async (place) => {
      await assert.rejects(
        findAckCluster(world(), lookup(place)),
        (e) =>
          e instanceof ClusterLookupError && says.test(e.message) && !e.message.includes("TWFkZVVwS2V5") &&
          !/\p{Cc}/u.test(e.message),
      );
    }));
}

Deno.test("findAckCluster() asks once more where the connection breaks", async () => {
  let calls = 0;
  const broken = () => {
    calls += 1;
    return Promise.reject(new TypeError("connection reset"));
  };
  await assert.rejects(
    findAckCluster({ ...world(), fetch: broken }, lookup()),
    /no answer from Container Service at "cs\.aliyuncs\.com": connection reset; check the network, the proxy variables and --region$/,
  );
  assert.equal(calls, 2);
});
