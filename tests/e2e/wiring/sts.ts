/**
 * Options about STS: which is asked, how often, and for how long it counts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { manyTokens } from "../../support/minted_token.ts";
import { type Stage, type StagedServer, startStage } from "./stage.ts";

/** More logins than a limit of 1 or 2 calls a second lets pass in the seconds that they take. */
const LOGINS = 30;

/** What comes of so many logins at once, each with a token of its own: what each ended in. */
async function endsOfMany({ ask, clusterId }: StagedServer): Promise<ReadonlySet<string>> {
  const tokens = await manyTokens(DEMO_PRINCIPALS.alice, clusterId, LOGINS);
  return new Set(await Promise.all(tokens.map(ask)));
}

/** A server with an STS of its own. */
export const STS: Stage = {
  name: "STS and its limits",
  start: () =>
    startStage({
      flags: ["-l", "json", "-v", "debug"],
      keys: ({ stsHost }) => ({ cache: { ttl: 900 }, stsHosts: [stsHost] }),
    }),
  rows: {
    "sts-ca-file": { atStart: async ({ alice }) => assert.equal(await alice(), "alice") },
    "sts-hosts": {
      atStart: async ({ dave }) => assert.equal(await dave(), "dave"),
      async changed({ change, until, dave, stsHost }) {
        await change({ stsHosts: ["sts.internal.example"] });
        await until(dave, "wrong_host");
        await change({ stsHosts: [stsHost] });
        await until(dave, "dave");
      },
    },
    "cache-ttl": {
      atStart: async (server) => assert.equal(await callsOfTwo(server), 1),
      async changed(server) {
        await server.change({ cache: { ttl: 0 } });
        await server.until(() => callsOfTwo(server), 2);
      },
    },
    "sts-endpoint": {
      atStart: async (server) => assert.equal(await callsOfTwo(server), 2),
      async changed(server) {
        const second = server.addSts();
        await server.change({ sts: { ...stsOf(server), endpoint: second.host } });
        await server.until(async () => {
          await server.alice();
          return second.calls() > 0;
        }, true);
      },
    },
  },
};

/** One whose limit is for each access key. */
export const KEY_LIMIT: Stage = limited("keyRate", "sts-key-rate");

/** One whose limit is for all together. */
export const SERVER_LIMIT: Stage = limited("rate", "sts-rate");

/** A server with a limit so low that many logins at once pass it; it is lifted later. */
function limited(key: "rate" | "keyRate", option: "sts-rate" | "sts-key-rate"): Stage {
  const other = key === "rate" ? "keyRate" : "rate";
  return {
    name: `the limit ${option}`,
    start: () =>
      startStage({
        flags: ["-l", "json", "-v", "debug"],
        keys: ({ folder, stsHost: endpoint }) => ({
          sts: { endpoint, caFile: `${folder}/sts-ca.pem`, [key]: 1, [other]: 10_000 },
        }),
      }),
    rows: {
      [option]: {
        atStart: async (server: StagedServer) => assert.ok((await endsOfMany(server)).has("429")),
        async changed(server: StagedServer) {
          await server.change({ sts: { ...stsOf(server), rate: 10_000, keyRate: 10_000 } });
          await server.until(async () => [...await endsOfMany(server)].join(), "alice");
        },
      },
    },
  };
}

function stsOf({ stsHost, stsCaFile }: StagedServer) {
  return { endpoint: stsHost, caFile: stsCaFile };
}

/** How often STS is asked about a new token that is reviewed twice. */
async function callsOfTwo({ ask, clusterId, stsCalls }: StagedServer): Promise<number> {
  const token = (await manyTokens(DEMO_PRINCIPALS.alice, clusterId, 60)).find((one) => !seen.has(one))!;
  seen.add(token);
  const before = stsCalls();
  await ask(token);
  await ask(token);
  return stsCalls() - before;
}

const seen = new Set<string>();
