import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { answer, startScript } from "../review/https/scripted_server.ts";
import { mintedToken } from "../support/minted_token.ts";
import { startReviewServer } from "../support/review_server.ts";

const { alice, kubernetesAdmin } = DEMO_PRINCIPALS;
const PEOPLE = [
  { principal: alice, username: "alice" },
  { principal: kubernetesAdmin, username: "admin:alice-example.com" },
] as const;

/** Logins of each kind below. */
const LOGINS = 40;

for (
  const [when, send] of [
    ["in the same write", (say, first, stray) => say(first + stray)],
    ["in a packet of its own", (say, first, stray) => say(first).then(() => say(stray))],
  ] as ReadonlyArray<
    readonly [string, (say: (text: string) => Promise<void>, first: string, stray: string) => Promise<void>]
  >
) {
  for (const atOnce of [1, 8]) {
    Deno.test(`an STS that sends an extra answer ${when} gives nobody another's identity, ${atOnce} at once`, async () => {
      let calls = 0;
      await using server = await startReviewServer({
        stsServer: (pair) => {
          const script = startScript(async (side) => {
            for (let head = await side.request(); head !== undefined; head = await side.request()) {
              calls += 1;
              const { principal } = PEOPLE.find(({ principal }) =>
                head.includes(`Credential=${principal.accessKeyId},`)
              )!;
              const own = answer(JSON.stringify({ ...principal.identity, RequestId: String(calls) }));
              await send(side.send, own, own);
            }
          }, pair);
          return { host: script.host, calls: () => calls, shutdown: async () => await script[Symbol.asyncDispose]() };
        },
      });
      // A token of its own for each, so that none shares another's call.
      const tokens = await Promise.all(Array.from({ length: LOGINS + 1 }, (_, index) => {
        const now = new Date(server.now().getTime() - index * 1_000);
        return mintedToken(PEOPLE[index % 2]!.principal, { clusterId: server.clusterId, now });
      }));
      let left = LOGINS;
      await Promise.all(Array.from({ length: atOnce }, async () => {
        for (let index = left--; index > 0; index = left--) {
          const { body } = await server.review(tokens[index]!);
          assert.equal(body.status?.user?.username, PEOPLE[index % 2]!.username);
        }
      }));
      assert.equal(server.stsCalls(), LOGINS);
    });
  }
}
