import assert from "node:assert/strict";
import { answerWithin, CALLBACK_PORTS, listenForCallback } from "../../../lib/cli/login/callback_listener.ts";
import { handClock } from "../../support/hand_clock.ts";
import { type OauthStage, startOauthStage } from "./oauth_stage.ts";

const MINUTE_MS = 60_000;

/** A configuration as the aliyun CLI writes it, with members that nobody knows. */
const OTHERS = {
  current: "keys",
  profiles: [{
    name: "keys",
    mode: "AK",
    access_key_id: "LTAI5tMadeUp",
    access_key_secret: "MadeUp",
    region_id: "cn-hangzhou",
    retry_timeout: 0,
    unknown: { a: [1, null, "ü"] },
  }, { name: "other", mode: "OAuth", oauth_site_type: "INTL" }],
  meta_path: "",
  "__proto__x": true,
};

async function write(stage: OauthStage, config: unknown): Promise<string> {
  await Deno.mkdir(`${stage.home}/.aliyun`, { recursive: true });
  const text = typeof config === "string" ? config : JSON.stringify(config);
  await Deno.writeTextFile(stage.config, text, { mode: 0o644 });
  return text;
}

Deno.test("login signs in in the browser and keeps the login as the aliyun CLI does, for its owner alone", async () => {
  await using stage = await startOauthStage();
  const { code, out, err } = await stage.login();
  assert.equal(code, 0, err());
  assert.match(out(), /^Logged in as profile "default" of .*config\.json, with keys until 20/);
  const [profile, ...more] = await stage.profiles();
  assert.deepEqual(more, []);
  assert.deepEqual(Object.keys(profile!).sort(), [
    "access_key_id",
    "access_key_secret",
    "language",
    "mode",
    "name",
    "oauth_access_token",
    "oauth_access_token_expire",
    "oauth_refresh_token",
    "oauth_site_type",
    "output_format",
    "sts_expiration",
    "sts_token",
  ]);
  assert.deepEqual([profile!.name, profile!.mode, profile!.oauth_site_type], ["default", "OAuth", "CN"]);
  const left = Number(profile!.oauth_access_token_expire) - Date.now() / 1000;
  assert(left > 3000 && left <= 3600, String(left));
  assert.equal((await Deno.stat(stage.config)).mode! & 0o777, 0o600);
  assert.equal((await Deno.stat(`${stage.home}/.aliyun`)).mode! & 0o777, 0o700);
  assert.deepEqual([...Deno.readDirSync(`${stage.home}/.aliyun`)].map(({ name }) => name), ["config.json"]);
  assert.equal(JSON.parse(await Deno.readTextFile(stage.config)).current, "default");
  assert.deepEqual(stage.site.asked, [
    "GET /oauth2/v1/auth",
    "POST /consent",
    "POST /v1/token authorization_code",
    "POST /v1/exchange",
  ]);
  const token = await stage.run("token", "-i", "c1");
  assert.equal(token.code, 0, token.err());
});

Deno.test("login keeps the other profiles, whatever nobody knows, and the current profile", async () => {
  await using stage = await startOauthStage();
  await write(stage, OTHERS);
  const { code, err } = await stage.login(["--profile", "work", "--site", "intl"]);
  assert.equal(code, 0, err());
  const { profiles, ...rest } = JSON.parse(await Deno.readTextFile(stage.config));
  const { profiles: before, ...restBefore } = OTHERS;
  assert.deepEqual([rest, profiles.slice(0, 2)], [restBefore, before]);
  assert.deepEqual([profiles[2].name, profiles[2].oauth_site_type], ["work", "INTL"]);
  assert.equal((await Deno.stat(stage.config)).mode! & 0o777, 0o600);
  assert.equal((await stage.login(["--profile", "other"])).code, 0);
  const [keys, other, work] = await stage.profiles();
  assert.deepEqual([keys, work], [before[0], profiles[2]]);
  assert.deepEqual([other!.name, other!.oauth_site_type, other!.access_key_id], ["other", "INTL", "STS.NMadeUp"]);
});

Deno.test("login renews a login without the browser while it can, and signs in anew once it has ended", async () => {
  await using stage = await startOauthStage();
  await stage.login(["--profile", "p"]);
  const [first] = await stage.profiles();
  stage.laterMs = 90 * MINUTE_MS;
  const expired = await stage.run("token", "-i", "c1", "--profile", "p");
  assert.equal(expired.code, 1);
  assert.match(expired.err(), /its access token has expired; run "ram-auth login --profile p"$/m);

  const renewed = await stage.run("login", "--profile", "p");
  assert.equal(renewed.code, 0, renewed.err());
  assert.match(renewed.err(), /was renewed/);
  const [second] = await stage.profiles();
  assert.notEqual(second!.oauth_refresh_token, first!.oauth_refresh_token);
  assert.deepEqual(stage.site.asked.slice(-2), ["POST /v1/token refresh_token", "POST /v1/exchange"]);

  stage.site.endLogins();
  const anew = await stage.login(["--profile", "p"]);
  assert.equal(anew.code, 0, anew.err());
  assert.match(anew.err(), /has ended: sign in again/);
});

Deno.test("a login that is renewed is not lost where the service gives no keys, and leaves no keys of before", async () => {
  await using stage = await startOauthStage();
  await stage.login();
  const [first] = await stage.profiles();
  stage.site.instead = (path) => path === "/v1/exchange" ? new Response("{}", { status: 500 }) : undefined;
  const { code, err } = await stage.run("login");
  assert.equal(code, 1);
  assert.match(err(), /OAuth service refused with "HTTP 500"/);
  const [second] = await stage.profiles();
  assert.notEqual(second!.oauth_refresh_token, first!.oauth_refresh_token);
  assert.equal(second!.access_key_id, undefined);
  stage.site.instead = undefined;
  assert.equal((await stage.run("login")).code, 0);
});

Deno.test("two logins at once spend a refresh token once", async () => {
  await using stage = await startOauthStage();
  await stage.login();
  const both = await Promise.all([stage.run("login"), stage.run("login")]);
  assert.deepEqual(both.map(({ code, err }) => [code, /has ended/.test(err())]), [[0, false], [0, false]]);
});

for (
  const [why, config, message] of [
    ["whose file is broken", '{"current": "p", "profiles": [{"access_key_secret": "MadeUp"', /is no configuration of/],
    ["whose file is a list", "[]", /is no configuration of/],
    ["whose file has no list of profiles", '{"profiles": {"p": 1}}', /is no configuration of/],
    ["of another mode", { profiles: [{ name: "p", mode: "AK", access_key_id: "LTAI5tMadeUp" }] }, /"mode" is "AK"/],
    ["of no mode", { profiles: [{ name: "p", access_key_id: "LTAI5tMadeUp" }] }, /"mode" is ""/],
    [
      "of no known site",
      { profiles: [{ name: "p", mode: "OAuth", oauth_site_type: "MARS" }] },
      /"oauth_site_type" is neither CN nor INTL; give --site$/m,
    ],
  ] as const
) {
  Deno.test(`login refuses a profile ${why}, and leaves the file as it is`, async () => {
    await using stage = await startOauthStage();
    const before = await write(stage, config);
    const { code, err } = await stage.login(["--profile", "p"]);
    assert.equal(code, 1);
    assert.match(err(), message);
    assert.equal(await Deno.readTextFile(stage.config), before);
    assert.deepEqual(stage.site.asked, []);
  });
}

Deno.test("the name of a profile is one word of each command that login shows", async () => {
  await using stage = await startOauthStage();
  assert.match(
    (await stage.login(["--profile", "my $(work)"])).out(),
    /^try: ram-auth whoami --profile 'my \$\(work\)'$/m,
  );
  stage.laterMs = 120 * MINUTE_MS;
  const { err } = await stage.run("token", "-i", "c1", "--profile", "my $(work)");
  assert.match(err(), /run "ram-auth login --profile 'my \$\(work\)'"$/m);
});

Deno.test("login says that the person refused", async () => {
  await using stage = await startOauthStage({ person: "denies" });
  const { code, err } = await stage.login();
  assert.equal(code, 1);
  assert.match(err(), /the sign-in was refused with "access_denied"; run "ram-auth login --profile default" again$/m);
  await assert.rejects(Deno.stat(stage.config), Deno.errors.NotFound);
});

Deno.test("Ctrl-C ends a login that waits, and frees its port", async () => {
  await using stage = await startOauthStage();
  const { code, err } = await stage.login([], () => Promise.resolve(stage.stop.abort()));
  assert.equal(code, 1);
  assert.match(err(), /: interrupted;/);
  await assert.rejects(Deno.stat(stage.config), Deno.errors.NotFound);
});

for (
  const [what, silent, refreshToken] of [
    ["a service that gives no tokens", "/v1/token", "first"],
    ["a service that gives no keys", "/v1/exchange", "next"],
  ] as const
) {
  Deno.test(`Ctrl-C ends a login that waits for ${what}, and leaves no lock`, async () => {
    await using stage = await startOauthStage();
    assert.equal((await stage.login()).code, 0);
    const [first] = await stage.profiles();
    const silence = Promise.withResolvers<Response>();
    stage.site.instead = (path) => {
      if (path !== silent) return undefined;
      stage.stop.abort();
      return silence.promise;
    };
    const { code, err } = await stage.run("login");
    silence.resolve(new Response());
    assert.equal(code, 1);
    assert.match(err(), /: interrupted; run "ram-auth login --profile default" again/);
    assert.deepEqual([...Deno.readDirSync(`${stage.home}/.aliyun`)].map(({ name }) => name), ["config.json"]);
    // What was redeemed is not lost.
    const [now] = await stage.profiles();
    assert.equal(now!.oauth_refresh_token === first!.oauth_refresh_token, refreshToken === "first");
  });
}

Deno.test("login goes on waiting whatever others send to its port, and takes one answer", async () => {
  await using stage = await startOauthStage();
  const statuses: number[] = [];
  const visit = async (url: string, init?: RequestInit) => {
    const response = await fetch(url, init);
    const text = await response.text();
    assert.doesNotMatch(text, /script|evil/);
    assert.match(response.headers.get("content-security-policy")!, /default-src 'none'/);
    statuses.push(response.status);
  };
  const { code, err } = await stage.login([], async (url) => {
    const back = new URL(await stage.signIn(url));
    const withQuery = (change: (query: URLSearchParams) => void) => {
      const other = new URL(back);
      change(other.searchParams);
      return other.href;
    };
    await visit(withQuery((query) => query.set("state", "0".repeat(32))));
    await visit(withQuery((query) => query.delete("state")));
    await visit(withQuery((query) => query.append("state", query.get("state")!)));
    await visit(withQuery((query) => (query.set("state", "evil"), query.set("error", "<script>evil"))));
    await visit(back.href.replace("/cli/callback", "/cli/callback/"));
    await visit(back.href.replace("/cli/callback", "/"));
    await visit(back.href, { method: "POST", body: "evil" });
    await visit(back.href, { headers: { "sec-fetch-mode": "no-cors" } });
    await visit(back.href.replace("127.0.0.1", "localhost"));
    await visit(back.href);
  });
  assert.equal(code, 0, err());
  assert.deepEqual(statuses, [400, 400, 400, 400, 404, 404, 405, 403, 404, 200]);
});

Deno.test("login is held up by no request of 1 MB and by nobody who keeps a connection open", async () => {
  await using stage = await startOauthStage();
  using open = new DisposableStack();
  const { code, err } = await stage.login([], async (url) => {
    const back = await stage.signIn(url);
    const port = Number(new URL(back).port);
    const slow = open.use(await Deno.connect({ hostname: "127.0.0.1", port }));
    await slow.write(new TextEncoder().encode("GET /cli/callback?state="));
    const posting = open.use(await Deno.connect({ hostname: "127.0.0.1", port }));
    await posting.write(
      new TextEncoder().encode(
        `POST /cli/callback HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-length: 9999\r\n\r\na`,
      ),
    );
    using big = await Deno.connect({ hostname: "127.0.0.1", port });
    const head = new TextEncoder().encode(`GET /cli/callback?state=${"a".repeat(1_048_576)} HTTP/1.1\r\n`);
    // Whether it is answered or cut off is the server's choice.
    await big.write(head).catch(() => {});
    await (await fetch(back)).body?.cancel();
  });
  assert.equal(code, 0, err());
});

Deno.test("the first answer counts, and no other", async () => {
  await using listener = listenForCallback((query) => query.get("code") ?? undefined, [0]);
  const statuses = [];
  for (const code of ["first", "second"]) {
    const response = await fetch(`${listener.redirectUri}?code=${code}`);
    await response.body?.cancel();
    statuses.push(response.status);
  }
  assert.deepEqual([await listener.answer, statuses], ["first", [200, 400]]);
});

Deno.test("nobody is waited for longer than the time that there is", async () => {
  const { timers, pass, waiting } = handClock();
  const never = new Promise<string>(() => {});
  const stop = new AbortController().signal;
  const late = answerWithin(never, { ms: 300_000, stop }, timers);
  pass(300_000);
  assert.equal(await late, undefined);
  assert.equal(await answerWithin(Promise.resolve("in time"), { ms: 300_000, stop }, timers), "in time");
  assert.equal(waiting(), 0);
});

Deno.test("a code counts once, and is worth nothing to another sign-in", async () => {
  await using stage = await startOauthStage();
  let stolen = "";
  await stage.login([], async (url) => {
    const back = await stage.signIn(url);
    stolen = new URL(back).searchParams.get("code")!;
    await (await fetch(back)).body?.cancel();
  });
  const { code, err } = await stage.login(["--profile", "victim"], async (url) => {
    const back = new URL(await stage.signIn(url));
    back.searchParams.set("code", stolen);
    await (await fetch(back)).body?.cancel();
  });
  assert.equal(code, 1);
  assert.match(err(), /OAuth service refused with "invalid_grant".*request id "r-1"\); run "ram-auth login/);
  assert.deepEqual((await stage.profiles()).map(({ name }) => name), ["default"]);
});

for (
  const [what, answer, message] of [
    ["too much", () => new Response("a".repeat(100_000)), /no answer from Alibaba Cloud's OAuth service/],
    ["no JSON", () => new Response("<html>"), /HTTP 200 without readable JSON/],
    ["no token", () => Response.json({ expires_in: 3600 }), /no usable "access_token"/],
    ["no time", () => Response.json({ access_token: "MadeUp" }), /no usable "expires_in"/],
    ["a time of ages", () => Response.json({ access_token: "MadeUp", expires_in: 1e300 }), /no usable "expires_in"/],
    ["another header", () => Response.json({ access_token: "a\r\nb: c", expires_in: 1 }), /no usable "access_token"/],
  ] as const
) {
  Deno.test(`login says that the service answered with ${what}`, async () => {
    await using stage = await startOauthStage();
    stage.site.instead = (path) => path === "/v1/token" ? answer() : undefined;
    const { code, err } = await stage.login();
    assert.equal(code, 1);
    assert.match(err(), message);
    await assert.rejects(Deno.stat(stage.config), Deno.errors.NotFound);
  });
}

Deno.test("a service that is silent ends a login in time, and leaves the profile as it was", async () => {
  await using stage = await startOauthStage();
  await stage.login();
  const before = await Deno.readTextFile(stage.config);
  const silence = Promise.withResolvers<Response>();
  stage.site.instead = () => silence.promise;
  const { code, err } = await stage.run("login");
  silence.resolve(new Response());
  // What is spent by one request is not sent in another.
  assert.equal(stage.site.asked.filter((one) => one === "POST /v1/token refresh_token").length, 1);
  assert.equal(code, 1);
  assert.match(err(), /no answer from Alibaba Cloud's OAuth service at "oauth\.aliyun\.com"/);
  assert.equal(await Deno.readTextFile(stage.config), before);
});

Deno.test("login says so where every port is in use", async () => {
  await using stage = await startOauthStage();
  const taken = CALLBACK_PORTS.flatMap((port) => {
    try {
      return [Deno.listen({ hostname: "127.0.0.1", port })];
    } catch {
      return [];
    }
  });
  try {
    const { code, err } = await stage.login();
    assert.equal(code, 1);
    assert.match(err(), /ports 12345, .* are all in use/);
  } finally {
    taken.forEach((listener) => listener.close());
  }
});
