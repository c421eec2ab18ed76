import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { CREDENTIAL_ID_KEY, credentialIdOf } from "../../../lib/review/credential_id.ts";
import { DELEGATED } from "../../../lib/server/delegation/hop.ts";
import { mintedToken } from "../../support/minted_token.ts";
import { DEMO_MAPPINGS, type ReviewServer, startReviewServer } from "../../support/review_server.ts";
import {
  type AnswerReview,
  knowing,
  type OtherWebhook,
  reviewed,
  startOtherWebhook,
  writeWebhookKubeconfig,
} from "../../support/stand_ins/other_webhook.ts";
import { waitFor } from "../../support/wait_for.ts";

const { alice, bob } = DEMO_PRINCIPALS;
const V1 = "authentication.k8s.io/v1";
const TOKEN = "made-up-token-of-another-tool";
const GRACE = { username: "grace", uid: "7", groups: ["oidc:devs"], extra: { "example.com/team": ["blue"] } };

interface Setup extends AsyncDisposable {
  readonly server: ReviewServer;
  readonly other: OtherWebhook;
  readonly kubeconfig: string;
}

/** A server that delegates to a webhook. */
async function delegating(answer: AnswerReview, mappings = DEMO_MAPPINGS): Promise<Setup> {
  await using starting = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "delegation-" });
  starting.defer(() => Deno.remove(folder, { recursive: true }));
  const other = starting.use(await startOtherWebhook(answer));
  const kubeconfig = `${folder}/delegate.kubeconfig`;
  await writeWebhookKubeconfig(kubeconfig, other);
  const server = starting.use(await startReviewServer({ mappings, delegate: kubeconfig }));
  server.addSecret(TOKEN);
  const running = starting.move();
  return { server, other, kubeconfig, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

async function withAudiences(server: ReviewServer, audiences: unknown, apiVersion = V1) {
  return await server.post(JSON.stringify({ apiVersion, kind: "TokenReview", spec: { token: TOKEN, audiences } }));
}

Deno.test("a token that is not ours is judged by the delegate, in a review of our own making", async () => {
  await using setup = await delegating(knowing({ [TOKEN]: GRACE }));
  const { server, other } = setup;
  const answer = await server.review(TOKEN);
  const credentialId = credentialIdOf(TOKEN);
  assert.deepEqual(answer.body, {
    apiVersion: V1,
    kind: "TokenReview",
    status: { authenticated: true, user: { ...GRACE, extra: { ...GRACE.extra, [CREDENTIAL_ID_KEY]: [credentialId] } } },
  });
  const [asked] = other.asked;
  assert.equal(asked?.path, "/review");
  assert.deepEqual(asked?.body, { apiVersion: V1, kind: "TokenReview", spec: { token: TOKEN } });
  assert.equal(asked?.headers.get(DELEGATED), "1");
  assert.equal(asked?.headers.get("content-type"), "application/json");
  assert.equal(asked?.headers.get("authorization"), null);
  const { level, message, reason, username, groups } = server.lineOf(answer);
  assert.deepEqual([level, message, reason, username, groups], [
    "info",
    "login allowed",
    "delegated",
    "grace",
    ["oidc:devs"],
  ]);
  const [record] = server.audited();
  assert.deepEqual([record?.event, record?.reason, record?.credentialId, record?.user, record?.cloud], [
    "allowed",
    "delegated",
    credentialId,
    { username: "grace", groups: ["oidc:devs"] },
    undefined,
  ]);
  assert.match(await server.metrics(), /ram_auth_authenticate_latency_seconds_count\{result="delegated"\} 1\n/);
  assert.equal(server.stsCalls(), 0);
});

Deno.test("a token that is ours never reaches the delegate, whatever became of it", async () => {
  await using setup = await delegating((asked) => reviewed(asked, { authenticated: true, user: GRACE }));
  const { server, other } = setup;
  const minted = (keys: typeof alice, ms = 0) =>
    mintedToken(keys, { clusterId: server.clusterId, now: new Date(server.now().getTime() + ms) });
  const tokens = [
    await minted(alice),
    await minted(bob),
    await minted(alice, -901_000),
    await minted({ ...alice, accessKeySecret: "MadeUpWrongSecret" }),
    "k8s-ack-v2.@@@",
  ];
  const answers = [];
  for (const token of tokens) answers.push((await server.review(token)).body.status?.user?.username);
  assert.deepEqual(answers, ["alice", undefined, undefined, undefined, undefined]);
  assert.equal(other.asked.length, 0);
});

Deno.test("what the delegate does not know is refused, and remembered as long as the delegate would have it", async (t) => {
  await using setup = await delegating(knowing({}));
  const { server, other } = setup;
  await t.step("without an error", async () => {
    const answer = await server.review(TOKEN);
    assert.deepEqual(answer.body.status, { authenticated: false });
    assert.equal(server.lineOf(answer)["reason"], "delegate_denied");
  });
  await t.step("with an error, of which the API server gets nothing", async () => {
    other.answerBy((asked) =>
      reviewed(asked, { authenticated: false, error: `who is\u001b[31m "${GRACE.username}"?` })
    );
    const answer = await server.review(TOKEN);
    assert.equal(
      answer.body.status?.error,
      `the delegate webhook refused the token (request ${answer.requestId})`,
    );
    assert.match(String(server.lineOf(answer)["why"]), /^the delegate said "who is \[31m \\"grace\\"\?"$/);
  });
  assert.deepEqual(server.audited().map(({ event, reason }) => [event, reason]), [
    ["refused", "delegate_denied"],
    ["refused", "delegate_denied"],
  ]);
});

Deno.test("audiences are asked for as they were, and answered with what both sides named", async (t) => {
  let named: unknown;
  await using setup = await delegating((asked) =>
    reviewed(asked, { authenticated: true, user: GRACE, audiences: named })
  );
  const { server, other } = setup;
  const rows: ReadonlyArray<readonly [what: string, asked: string[] | undefined, named: unknown, want: unknown]> = [
    ["nothing on either side", undefined, undefined, undefined],
    ["asked for, not named: the API server assumes its own", ["api"], undefined, undefined],
    ["asked for, an empty list", ["api"], [], undefined],
    ["asked for and named", ["api", "vault"], ["vault", "other"], ["vault"]],
    ["asked for, others named", ["api"], ["vault"], "refused"],
    ["not asked for, named", undefined, ["vault"], ["vault"]],
  ];
  for (const [what, asked, told, want] of rows) {
    await t.step(what, async () => {
      named = told;
      const { body } = await withAudiences(server, asked);
      assert.deepEqual(other.asked.at(-1)?.body.spec.audiences, asked);
      const { authenticated, audiences } = body.status as { authenticated: boolean; audiences?: unknown };
      assert.equal(authenticated, want !== "refused");
      assert.deepEqual(audiences, want === "refused" ? undefined : want);
    });
  }
});

Deno.test("the delegate is asked in the version in which the API server asks", async () => {
  await using setup = await delegating(knowing({ [TOKEN]: GRACE }));
  const { server, other } = setup;
  const { body } = await withAudiences(server, undefined, "authentication.k8s.io/v1beta1");
  assert.equal(body.apiVersion, "authentication.k8s.io/v1beta1");
  assert.equal(other.asked[0]?.body.apiVersion, "authentication.k8s.io/v1beta1");
});

Deno.test("a name that the delegate must not give is refused, by a line that says what would allow it, and a reload does", async () => {
  const root = { ...GRACE, groups: ["system:masters"] };
  await using setup = await delegating(knowing({ [TOKEN]: root }));
  const { server } = setup;
  const answer = await server.review(TOKEN);
  assert.deepEqual(answer.body.status, {
    authenticated: false,
    error: `the user that the delegate webhook named is not accepted (request ${answer.requestId})`,
  });
  const { level, reason, why } = server.lineOf(answer);
  assert.deepEqual([level, reason], ["warn", "delegate_refused"]);
  assert.match(
    String(why),
    /its group "system:masters" starts with "system:"; .*"systemNames: allow" for Delegate in res/,
  );
  assert.equal(server.audited()[0]?.reason, "delegate_refused");

  await server.replaceMappings(`${DEMO_MAPPINGS}reservedPrefixConfig: [{backendMode: Delegate, systemNames: allow}]`);
  assert.deepEqual((await server.review(TOKEN)).body.status?.user?.groups, ["system:masters"]);
});

Deno.test("of a scrubbed account, what the delegate names is hidden in log and audit", async () => {
  await using other = await startOtherWebhook(knowing({ [TOKEN]: { ...GRACE, groups: ["of-1234567890123456"] } }));
  const folder = await Deno.makeTempDir({ prefix: "delegation-" });
  try {
    await writeWebhookKubeconfig(`${folder}/k`, other);
    await using server = await startReviewServer({ delegate: `${folder}/k`, scrubbedAccounts: ["1234567890123456"] });
    const answer = await server.review(TOKEN);
    assert.deepEqual(answer.body.status?.user?.groups, ["of-1234567890123456"]);
    assert.deepEqual(server.lineOf(answer)["groups"], ["[scrubbed]"]);
    assert.deepEqual(server.audited()[0]?.user?.groups, ["[scrubbed]"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a review that was passed on already is not passed on", async () => {
  await using setup = await delegating((asked) => reviewed(asked, { authenticated: true, user: GRACE }));
  const { server, other } = setup;
  const body = JSON.stringify({ apiVersion: V1, kind: "TokenReview", spec: { token: TOKEN } });
  const headers = { "content-type": "application/json", [DELEGATED]: "1" };
  assert.deepEqual((await server.post(body, { headers })).body.status, { authenticated: false });
  assert.equal(other.asked.length, 0);
});

Deno.test("credentials of the kubeconfig are shown, and read again where the delegate refuses them", async () => {
  let accepted = "Bearer made-up-1";
  await using setup = await delegating((asked) =>
    asked.headers.get("authorization") === accepted
      ? reviewed(asked, { authenticated: true, user: GRACE })
      : new Response("who are you", { status: 401 })
  );
  const { server, other, kubeconfig } = setup;
  const tokenFile = kubeconfig.replace("delegate.kubeconfig", "token");
  await Deno.writeTextFile(tokenFile, "made-up-1\n");
  await writeWebhookKubeconfig(kubeconfig, { ...other, user: { tokenFile } });
  const isIn = async () => (await server.review(TOKEN)).body.status?.authenticated === true;
  await waitFor("the kubeconfig to be taken up", isIn);
  accepted = "Bearer made-up-2";
  const answer = await server.review(TOKEN);
  assert.equal(answer.status, 503);
  assert.match(String(server.lineOf(answer)["why"]), /HTTP 401; check the credentials in server\.delegate\.kubeconfig/);
  await Deno.writeTextFile(tokenFile, "made-up-2\n");
  assert.ok(await isIn());
});

Deno.test("a kubeconfig that cannot be used is an outage of the delegate alone, and the last good one stays in force", async (t) => {
  await using setup = await delegating(knowing({ [TOKEN]: GRACE }));
  const { server, other, kubeconfig } = setup;
  const ready = async () => await (await fetch(`${server.healthUrl}/readyz?verbose`)).text();
  assert.match(await ready(), /\[\+\] delegate: https:\/\/127\.0\.0\.1:\d+\/review\n/);
  await t.step("a later one", async () => {
    await writeWebhookKubeconfig(kubeconfig, { ...other, url: other.url.replace("https", "http") });
    await waitFor("the warning", async () => (await ready()).includes("[!] delegate: kubeconfig not reloaded"));
    assert.match(server.logText(), /tokens would go to \\"127\.0\.0\.1:\d+\\" in clear text/);
    assert.equal((await server.review(TOKEN)).body.status?.user?.username, "grace");
  });
  await t.step("a good one after it", async () => {
    await using next = await startOtherWebhook(knowing({ [TOKEN]: { username: "heidi" } }));
    await writeWebhookKubeconfig(kubeconfig, next);
    await waitFor(
      "the next delegate",
      async () => (await server.review(TOKEN)).body.status?.user?.username === "heidi",
    );
    assert.match(await ready(), /\nok\n$/);
  });
  await t.step("the first one", async () => {
    await using second = await startReviewServer({ delegate: `${kubeconfig}.missing` });
    const answer = await second.review(TOKEN);
    assert.deepEqual([answer.status, answer.body.error], [503, "the delegate webhook cannot be asked"]);
    const token = await mintedToken(alice, { clusterId: second.clusterId, now: second.now() });
    assert.equal((await second.review(token)).body.status?.user?.username, "alice");
    const text = await (await fetch(`${second.healthUrl}/readyz?verbose`)).text();
    assert.match(
      text,
      /\[!\] delegate: Cannot read the kubeconfig ".*missing".*answered with 503\nok, with warnings\n$/,
    );
    await writeWebhookKubeconfig(`${kubeconfig}.missing`, other);
    await waitFor("the delegate", async () => (await second.review(TOKEN)).body.status?.user?.username === "grace");
  });
});

Deno.test("a review that is at the delegate when the server stops is still answered", async () => {
  const { promise: mayAnswer, resolve: letGo } = Promise.withResolvers<void>();
  const setup = await delegating(async (asked) => {
    await mayAnswer;
    return reviewed(asked, { authenticated: true, user: GRACE });
  });
  const { server, other } = setup;
  const answer = server.review(TOKEN);
  await waitFor("the delegate to be asked", () => other.asked.length > 0);
  const stopped = setup[Symbol.asyncDispose]();
  await waitFor("the server to stop", () => server.logText().includes('"message":"stopping"'));
  letGo();
  assert.equal((await answer).body.status?.user?.username, "grace");
  await stopped;
});
