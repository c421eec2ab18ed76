/**
 * Options about the names of EC2 instances: as whom EC2 is asked, and how often.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type AwsPrincipal, DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import { makeLoopbackCertificate } from "../../emulator/loopback_certificate.ts";
import { described, startEc2 } from "../../support/stand_ins/ec2.ts";
import { startTunnel } from "./proxy.ts";
import { type Stage, type StagedServer, startStage } from "./stage.ts";

const ACCOUNT = "123456789012";
const REGION = "eu-west-1";
const STS_OF_ROLE = `sts.${REGION}.amazonaws.com`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/Describer`;
const SOURCE = `arn:aws:eks:${REGION}:${ACCOUNT}:cluster/c`;
const ROLE_KEY = "ASIAMADEUPDESCRIBER1";

/** Nodes that log in one after the other. */
const IDS = Array.from({ length: 100 }, (_, i) => `i-${String(i).padStart(17, "0")}`);

const NODES: readonly AwsPrincipal[] = IDS.map((id, i) => ({
  accessKeyId: `ASIAMADEUPNODE0000${String(i).padStart(2, "0")}`,
  accessKeySecret: "MadeUpDemoSecretOfANode",
  securityToken: "FwoGMadeUpDemo/Token+OfANode==",
  identity: {
    Account: ACCOUNT,
    Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/Node/${id}`,
    UserId: `AROAMADEUPNODE000001:${id}`,
  },
}));

/** Fewer seconds than five calls take at one a second. */
const SHORT_MS = 3_500;

interface InstancesServer extends StagedServer {
  /** How many milliseconds the logins of so many new nodes take. */
  logIn(nodes: number): Promise<number>;
  /** How EC2 and the STS of the role were asked: the authorization, and who is named as the source. */
  readonly asked: { readonly ec2: string[]; readonly role: string[]; readonly source: string[] };
}

const withNodes = (server: StagedServer) => server as InstancesServer;

/** A server whose nodes are named after EC2, which it asks as a role. */
export const INSTANCES: Stage = {
  name: "names of EC2 instances",
  async start() {
    await using starting = new AsyncDisposableStack();
    const asked: InstancesServer["asked"] = { ec2: [], role: [], source: [] };
    const ec2 = starting.use(startEc2(() => described(Object.fromEntries(IDS.map((id) => [id, `${id}.internal`])))));
    const pair = await makeLoopbackCertificate([STS_OF_ROLE]);
    const sts = Deno.serve(
      { hostname: "127.0.0.1", port: 0, cert: pair.certPem, key: pair.keyPem, onListen: () => {} },
      async (request) => {
        asked.role.push(new URLSearchParams(await request.text()).get("RoleArn") ?? "");
        asked.source.push(request.headers.get("x-amz-source-arn") ?? "");
        const Credentials = {
          AccessKeyId: ROLE_KEY,
          SecretAccessKey: "MadeUp",
          SessionToken: "MadeUp",
          Expiration: Date.now() / 1_000 + 3_600,
        };
        return Response.json({ AssumeRoleResponse: { AssumeRoleResult: { Credentials } } });
      },
    );
    starting.defer(() => sts.shutdown());
    const tunnel = starting.use(startTunnel({ [`${STS_OF_ROLE}:443`]: sts.addr.port }));
    const { dave } = DEMO_AWS_PRINCIPALS;
    const server = starting.use(
      await startStage({
        flags: ["-l", "json", "-v", "debug"],
        principals: NODES,
        clouds: ["aws"],
        caPem: pair.caPem,
        env: {
          HTTPS_PROXY: tunnel.url,
          AWS_ACCESS_KEY_ID: dave.accessKeyId,
          AWS_SECRET_ACCESS_KEY: dave.accessKeySecret,
          AWS_ENDPOINT_URL_EC2: ec2.endpoint,
        },
        keys: () => ({
          region: REGION,
          mapUsers: undefined,
          mapRoles: [{ rolearn: `arn:aws:iam::${ACCOUNT}:role/Node`, username: "node:{{EC2PrivateDNSName}}" }],
          ec2DescribeInstancesRoleARN: ROLE,
          sourceARN: SOURCE,
          ec2DescribeInstancesQps: 1,
          ec2DescribeInstancesBurst: 1,
        }),
      }),
    );
    let next = 0;
    const logIn = async (nodes: number) => {
      const startMs = performance.now();
      for (const last = next + nodes; next < last; next += 1) {
        // What takes longer than a login may, on a busy machine, is asked for again.
        await server.until(() => server.dave({ as: NODES[next]! }), `node:${IDS[next]}.internal`);
      }
      return performance.now() - startMs;
    };
    await logIn(1);
    asked.ec2.push(...ec2.asked.map(({ headers }) => headers.get("authorization") ?? ""));
    const running = starting.move();
    return { ...server, asked, logIn, [Symbol.asyncDispose]: () => running.disposeAsync() };
  },
  rows: {
    "ec2-describeInstances-role": {
      async atStart(server) {
        const { asked } = withNodes(server);
        assert.equal(asked.role[0], ROLE);
        assert.ok((await Promise.resolve(asked.ec2)).some((text) => text.includes(`Credential=${ROLE_KEY}/`)));
      },
    },
    "source-arn": {
      atStart: async (server) => assert.equal((await Promise.resolve(withNodes(server).asked)).source[0], SOURCE),
    },
    "region": {
      atStart: async (server) =>
        assert.ok((await Promise.resolve(withNodes(server).asked)).ec2.every((one) => one.includes(`/${REGION}/ec2/`))),
    },
    "ec2-describeInstances-qps": {
      atStart: async (server) => assert.ok(await withNodes(server).logIn(3) >= 1_800),
      async changed(server) {
        await server.change({ ec2DescribeInstancesQps: 100 });
        await server.until(async () => await withNodes(server).logIn(5) < SHORT_MS, true);
      },
    },
    "ec2-describeInstances-burst": {
      async atStart(server) {
        await server.change({ ec2DescribeInstancesQps: 1 });
        await server.until(async () => await withNodes(server).logIn(3) >= 1_800, true);
      },
      async changed(server) {
        const taken = () => server.log().match(/"options":\["ec2-[^\n]*"options changed"/g)!.length;
        const before = taken();
        // A bucket that holds more takes its time to fill: at a high rate, a moment.
        await server.change({ ec2DescribeInstancesQps: 1_000, ec2DescribeInstancesBurst: 100 });
        await server.until(taken, before + 1);
        await withNodes(server).logIn(1);
        await server.change({ ec2DescribeInstancesQps: 1 });
        await server.until(taken, before + 2);
        await server.until(async () => await withNodes(server).logIn(5) < SHORT_MS, true);
      },
    },
  },
};
