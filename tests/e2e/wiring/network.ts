/**
 * Options that choose hosts which no test reaches: a proxy sees which of them the server wants to ask.
 *
 * @module
 */

import assert from "node:assert/strict";
import { startTunnel } from "./proxy.ts";
import { type Stage, type StagedServer, startStage } from "./stage.ts";

const PUBLIC = "sts.cn-hangzhou.aliyuncs.com:443";
const VPC = "sts-vpc.cn-hangzhou.aliyuncs.com:443";
const BEIJING = "sts.cn-north-1.amazonaws.com.cn";
const NINGXIA = "sts.cn-northwest-1.amazonaws.com.cn";

/** A server of Alibaba Cloud in Hangzhou and of AWS in China. */
interface ProxiedServer extends StagedServer {
  readonly wanted: (host: string) => boolean;
}

const china = ({ dave }: StagedServer, host: string) => dave({ host, region: host.split(".")[1]! });

/** By its `wanted`; the table of stages knows of no other servers. */
const proxied = (server: StagedServer) => server as ProxiedServer;

/** Behind a proxy. */
export const NETWORK: Stage = {
  name: "which hosts of STS there are",
  async start() {
    await using starting = new AsyncDisposableStack();
    const proxy = starting.use(startTunnel());
    const server = starting.use(
      await startStage({
        flags: ["-l", "json", "-v", "debug"],
        env: { HTTPS_PROXY: proxy.url },
        keys: ({ folder }) => ({
          region: "cn-hangzhou",
          partition: "aws-cn",
          sts: { network: "vpc", caFile: `${folder}/sts-ca.pem` },
          stsHosts: [BEIJING],
          stsHostsOnly: true,
        }),
      }),
    );
    const running = starting.move();
    const { wanted } = proxy;
    return { ...server, wanted, [Symbol.asyncDispose]: () => running.disposeAsync() };
  },
  rows: {
    "region": {
      async atStart(server) {
        await server.alice();
        assert.ok(proxied(server).wanted(VPC));
      },
    },
    "partition": {
      async atStart(server) {
        assert.equal(await server.dave({ host: "sts.us-east-1.amazonaws.com" }), "wrong_host");
        assert.equal(await china(server, BEIJING), "504");
        assert.ok(proxied(server).wanted(`${BEIJING}:443`));
      },
    },
    "sts-network": {
      async atStart(server) {
        await server.alice();
        assert.ok(!proxied(server).wanted(PUBLIC));
      },
      async changed(server) {
        await server.change({ sts: { network: "public", caFile: server.stsCaFile } });
        await server.until(async () => {
          await server.alice();
          return proxied(server).wanted(PUBLIC);
        }, true);
      },
    },
    "sts-hosts-only": {
      atStart: async (server) => assert.equal(await china(server, NINGXIA), "wrong_host"),
      async changed(server) {
        await server.change({ stsHostsOnly: false });
        await server.until(async () => {
          await china(server, NINGXIA);
          return proxied(server).wanted(`${NINGXIA}:443`);
        }, true);
      },
    },
  },
};
