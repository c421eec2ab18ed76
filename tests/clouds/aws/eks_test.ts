import assert from "node:assert/strict";
import { findEksCluster } from "../../../lib/clouds/aws/eks.ts";
import { ClusterLookupError } from "../../../lib/clouds/cluster_endpoint.ts";
import { DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import type { World } from "../../../lib/world.ts";
import { fakeWorld } from "../../config/fake_world.ts";
import { DATE } from "../../emulator/stage.ts";
import { credentialsOf } from "../../support/minted_token.ts";

const ARN = "arn:aws:eks:eu-west-1:123456789012:cluster/c1";
const CA = btoa("-----BEGIN CERTIFICATE-----\nTWFkZSB1cA==\n-----END CERTIFICATE-----\n");
const ADMIN = credentialsOf(DEMO_AWS_PRINCIPALS.clusterAdmin);
const CLUSTER = {
  name: "c1",
  arn: ARN,
  createdAt: 1_795_342_033.725,
  endpoint: "https://MADEUP.gr7.eu-west-1.eks.amazonaws.com",
  status: "ACTIVE",
  certificateAuthority: { data: CA },
  tags: {},
};
const LOOKUP = { name: "c1", region: "eu-west-1", profile: undefined, credentials: ADMIN, caFile: undefined };

/** What EKS saw. */
interface Asked {
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
}

/** A world whose network ends at an EKS on loopback. */
async function withEks(
  answer: (request: Request) => Response | Promise<Response>,
  body: (world: World, asked: readonly Asked[]) => Promise<void>,
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  const asked: Asked[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  const redirected = (input: URL | RequestInfo, init?: RequestInit & { client?: Deno.HttpClient }) => {
    const { host, pathname } = new URL(String(input));
    asked.push({ host, method: init?.method ?? "", path: pathname, headers: new Headers(init?.headers) });
    return fetch(`http://127.0.0.1:${server.addr.port}${pathname}`, init);
  };
  const world = {
    ...fakeWorld({ HOME: "/nonexistent", ...environment }),
    fetch: redirected,
    now: () => new Date(DATE),
  };
  try {
    await body(world, asked);
  } finally {
    await server.shutdown();
  }
}

Deno.test("findEksCluster() asks for one cluster in one signed call", () =>
  withEks(() => Response.json({ cluster: CLUSTER }), async (world, asked) => {
    assert.deepEqual(await findEksCluster(world, LOOKUP), {
      arn: ARN,
      region: "eu-west-1",
      endpoint: { server: CLUSTER.endpoint, certificateAuthorityData: CA },
    });
    assert.equal(asked.length, 1);
    const { host, method, path, headers } = asked[0]!;
    assert.deepEqual([host, method, path], ["eks.eu-west-1.amazonaws.com", "GET", "/clusters/c1"]);
    const credential = `Credential=${ADMIN.accessKeyId}/\\d{8}/eu-west-1/eks/aws4_request`;
    assert.match(headers.get("authorization") ?? "", new RegExp(`^AWS4-HMAC-SHA256 ${credential}, SignedHeaders=`));
    assert.equal(headers.get("x-amz-security-token"), ADMIN.securityToken!.reveal());
  }));

for (
  const [region, host] of [
    ["cn-north-1", "eks.cn-north-1.amazonaws.com.cn"],
    ["us-gov-west-1", "eks.us-gov-west-1.amazonaws.com"],
  ] as const
) {
  Deno.test(`findEksCluster() finds the host of ${region}`, () =>
    withEks(() => Response.json({ cluster: CLUSTER }), async (world, asked) => {
      await findEksCluster(world, { ...LOOKUP, region: undefined });
      assert.equal(asked[0]?.host, host);
    }, { AWS_REGION: region }));
}

Deno.test("findEksCluster() asks nobody where no region is configured", () =>
  withEks(() => Response.json({}), async (world, asked) => {
    await assert.rejects(findEksCluster(world, { ...LOOKUP, region: undefined }), {
      code: "ERR_USAGE",
      message: /no region is configured; give --region or set AWS_REGION/,
    });
    assert.deepEqual(asked, []);
  }));

function refused(status: number, code: string, message: string): Response {
  return Response.json({ message }, { status, headers: { "x-amzn-errortype": code, "x-amzn-requestid": "abc-1" } });
}

const answered = (over: object) => () => Response.json({ cluster: { ...CLUSTER, ...over } });

for (
  const [what, answer, says] of [
    [
      "does not know the cluster",
      () => refused(404, "ResourceNotFoundException", "No cluster found for name: c1."),
      /^Cannot look up cluster "c1" of EKS in region "eu-west-1": ResourceNotFoundException: No cluster found for name: c1\. \(EKS request id "abc-1"\); check the name of the cluster, the region and the account$/,
    ],
    [
      "denies it",
      () => refused(403, "AccessDeniedException", "no"),
      /AccessDeniedException: no .*; allow the caller "eks:DescribeCluster"/,
    ],
    ["does not know the keys", () => refused(403, "UnrecognizedClientException", "no"), /; check the caller's keys/],
    [
      "breaks",
      () => new Response("<html>bad\u001b gateway</html>", { status: 502 }),
      /; check the network, the proxy variables/,
    ],
    ["says nothing", () => Response.json({}), /EKS returned an unexpected answer/],
    [
      "is another service",
      () => Response.json({ cluster: { arn: "arn:aws:ecs:eu-west-1:123456789012:cluster/c1" } }),
      /unexpected answer/,
    ],
    ["is too large", () => new Response("x".repeat(262_145)), /; check the network/],
    ["makes it", answered({ status: "CREATING", endpoint: undefined }), /it is CREATING; wait until it is ACTIVE/],
    ["names no address", answered({ endpoint: undefined }), /its address is missing/],
    ["names an address in the clear", answered({ endpoint: "http://192.0.2.1" }), /no https URL/],
    ["names no authority", answered({ certificateAuthority: {} }), /CA certificate is missing/],
  ] as const
) {
  Deno.test(`findEksCluster() fails with what to do where EKS ${what}`, () =>
    withEks(answer, async (world) => {
      await assert.rejects(
        findEksCluster(world, LOOKUP),
        (e) => e instanceof ClusterLookupError && says.test(e.message) && !/\p{Cc}/u.test(e.message),
      );
    }));
}
