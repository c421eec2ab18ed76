import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readJsonObject } from "../../../lib/clouds/key_json.ts";
import { readLoginSession } from "../../../lib/clouds/aws/credentials/login_session.ts";
import { profileChain } from "../../../lib/clouds/aws/credentials/profile_chain.ts";
import { CredentialsError, type KeepKeys } from "../../../lib/clouds/signer.ts";
import { awsSigner } from "../../../lib/clouds/aws/signer.ts";
import { findCredentials } from "../../../lib/token/mint.ts";
import { cachedCredentials } from "../../../lib/token/credential_cache.ts";
import type { World } from "../../../lib/world.ts";
import { revealed } from "../revealed.ts";
import { atHome } from "./homes.ts";

/** The clock of the fake world stands at 03:04:05. */
const LATER = "2026-01-02T09:00:00Z";
const SOON = "2026-01-02T03:10:00Z";
const BEFORE = "2026-01-02T03:00:00Z";
const NOBODY = { profile: undefined };

const SETTINGS = "sso_account_id = 123456789012\nsso_role_name = Admin\n";
const SESSION = "sso_region = eu-west-1\nsso_start_url = https://corp.example/start\n";
const WITH_SESSION = `[default]\nsso_session = corp\n${SETTINGS}[sso-session corp]\n${SESSION}`;
const LEGACY = `[default]\n${SETTINGS}${SESSION}`;

/** Plays the portal and the OIDC service of IAM Identity Center, and keeps what they were asked. */
function startIdentityCenter(options: { readonly status?: number; readonly renewal?: number } = {}) {
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/token") {
      const { grantType, refreshToken } = await request.json();
      asked.push(`${grantType} ${refreshToken}`);
      return options.renewal === undefined
        ? Response.json({ accessToken: "MadeUpRenewed", expiresIn: 3_600 })
        : Response.json({ error: "invalid_grant" }, { status: options.renewal });
    }
    asked.push(
      `${pathname} ${searchParams.get("role_name")} ${searchParams.get("account_id")} ` +
        request.headers.get("x-amz-sso_bearer_token"),
    );
    if (options.status !== undefined) {
      return Response.json({ message: "No access", __type: "com.amazonaws.switchboard#ForbiddenException" }, {
        status: options.status,
      });
    }
    const roleCredentials = {
      accessKeyId: "ASIAMADEUPSSO0000001",
      secretAccessKey: "MadeUp",
      sessionToken: "MadeUpToken",
      expiration: Date.parse(LATER),
    };
    return Response.json({ roleCredentials });
  });
  const url = `http://127.0.0.1:${server.addr.port}`;
  const env = { AWS_ENDPOINT_URL_SSO: url, AWS_ENDPOINT_URL_SSO_OIDC: url };
  return { env, asked, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** A home with this config, where `aws sso login` left this session. */
async function loggedIn(
  { config, session, env = {} }: {
    readonly config: string;
    readonly session: Readonly<Record<string, string>> | string | undefined;
    readonly env?: Readonly<Record<string, string>>;
  },
  body: (world: World) => Promise<void>,
): Promise<void> {
  await atHome({ config }, async (home, world) => {
    if (session !== undefined) {
      const name = createHash("sha1").update(config === LEGACY ? "https://corp.example/start" : "corp").digest("hex");
      await Deno.mkdir(`${home}/.aws/sso/cache`, { recursive: true });
      const text = typeof session === "string" ? session : JSON.stringify(session);
      await Deno.writeTextFile(`${home}/.aws/sso/cache/${name}.json`, text);
    }
    await body({ ...world(env), fetch: globalThis.fetch });
  });
}

const RENEWABLE = { clientId: "c", clientSecret: "s", refreshToken: "MadeUpRefresh" };

for (
  const [what, config, session, token] of [
    ["a session", WITH_SESSION, { accessToken: "MadeUpAccess", expiresAt: LATER, ...RENEWABLE }, "MadeUpAccess"],
    ["a start URL alone", LEGACY, { accessToken: "MadeUpAccess", expiresAt: LATER }, "MadeUpAccess"],
    [
      "an end in the form of old",
      LEGACY,
      { accessToken: "MadeUpAccess", expiresAt: "2026-01-02T09:00:00UTC" },
      "MadeUpAccess",
    ],
    ["a session that ends soon", WITH_SESSION, { accessToken: "x", expiresAt: SOON, ...RENEWABLE }, "MadeUpRenewed"],
    ["a session that ended", WITH_SESSION, { accessToken: "x", expiresAt: BEFORE, ...RENEWABLE }, "MadeUpRenewed"],
    ["a start URL whose token ends soon", LEGACY, { accessToken: "x", expiresAt: SOON, ...RENEWABLE }, "x"],
  ] as const
) {
  Deno.test(`keys come from IAM Identity Center by ${what}`, async () => {
    await using center = startIdentityCenter();
    await loggedIn({ config, session, env: center.env }, async (world) => {
      assert.deepEqual(revealed(await profileChain.find(world, NOBODY)), {
        keys: ["ASIAMADEUPSSO0000001", "MadeUp", "MadeUpToken"],
        expiresAt: "2026-01-02T09:00:00.000Z",
        source: 'the SSO session of profile "default"',
      });
    });
    assert.equal(center.asked.at(-1), `/federation/credentials Admin 123456789012 ${token}`);
    if (token === "MadeUpRenewed") assert.equal(center.asked[0], "refresh_token MadeUpRefresh");
  });
}

Deno.test("a session that ends soon goes on where it cannot be renewed", async () => {
  await using center = startIdentityCenter({ renewal: 400 });
  const session = { accessToken: "MadeUpAccess", expiresAt: SOON, ...RENEWABLE };
  await loggedIn({ config: WITH_SESSION, session, env: center.env }, async (world) => {
    await profileChain.find(world, NOBODY);
  });
  assert.match(center.asked.at(-1)!, /MadeUpAccess$/);
});

Deno.test("keys of a session that are kept are for whoever is logged in now, and for nobody who logged out", async () => {
  await using center = startIdentityCenter();
  const session = { accessToken: "MadeUpAlice", expiresAt: LATER };
  await loggedIn({ config: WITH_SESSION, session, env: center.env }, async (world) => {
    const home = world.env("HOME")!;
    const path = `${home}/.aws/sso/cache/${createHash("sha1").update("corp").digest("hex")}.json`;
    const keep: KeepKeys = (asked, obtain) => cachedCredentials(world, { folder: `${home}/kept`, asked }, obtain);
    const find = async () => await profileChain.find(world, { profile: undefined, keep });
    const askedBy = () => center.asked.map((one) => one.replace(/^.* /, ""));
    await find();
    await find();
    assert.deepEqual(askedBy(), ["MadeUpAlice"]);
    await Deno.writeTextFile(path, JSON.stringify({ accessToken: "MadeUpBob", expiresAt: "2026-01-02T09:00:01Z" }));
    await find();
    assert.deepEqual(askedBy(), ["MadeUpAlice", "MadeUpBob"]);
    await Deno.writeTextFile(`${home}/.aws/config`, WITH_SESSION.replace("example/start", "example/other"));
    await find();
    assert.deepEqual(askedBy(), ["MadeUpAlice", "MadeUpBob", "MadeUpBob"]);
    await Deno.remove(path);
    await assert.rejects(find, /nobody is logged in/);
  });
});

const ATTEMPT = 'Cannot use the SSO session of profile "default": ';
const LIVE = { accessToken: "MadeUpAccess", expiresAt: LATER };

for (
  const [what, config, session, options, message] of [
    ["nobody is logged in", WITH_SESSION, undefined, {}, 'nobody is logged in; run "aws sso login --sso-session corp"'],
    ["nobody is logged in", LEGACY, undefined, {}, 'nobody is logged in; run "aws sso login --profile default"'],
    [
      "the cache is broken",
      LEGACY,
      "{",
      {},
      'the cached session cannot be read; run "aws sso login --profile default"',
    ],
    [
      "the session ended",
      LEGACY,
      { ...LIVE, expiresAt: BEFORE },
      {},
      'the session ended at 2026-01-02T03:00:00.000Z; run "aws sso login --profile default"',
    ],
    [
      "the session ended and cannot be renewed",
      WITH_SESSION,
      { ...LIVE, expiresAt: BEFORE, ...RENEWABLE },
      { renewal: 400 },
      'the session ended at 2026-01-02T03:00:00.000Z, and cannot be renewed; run "aws sso login --sso-session corp"',
    ],
    [
      "the service ended the session",
      WITH_SESSION,
      LIVE,
      { status: 401 },
      'IAM Identity Center says that the session has ended; run "aws sso login --sso-session corp"',
    ],
    [
      "the permission set is not assigned",
      WITH_SESSION,
      LIVE,
      { status: 403 },
      'IAM Identity Center refused with "ForbiddenException": No access (IAM Identity Center request id "unknown"); ' +
      "check that the permission set is assigned to you in this account",
    ],
  ] as const
) {
  Deno.test(`an SSO profile says what to do where ${what} (${config === LEGACY ? "start URL" : "session"})`, async () => {
    await using center = startIdentityCenter(options);
    await loggedIn({ config, session, env: center.env }, async (world) => {
      await assert.rejects(profileChain.find(world, NOBODY), (e) => {
        assert(e instanceof CredentialsError);
        assert.equal(e.message, ATTEMPT + message);
        return true;
      });
    });
  });
}

for (
  const [what, config, message] of [
    ["a profile", LEGACY, /"aws sso login --profile 'my work'"$/],
    ["a session", WITH_SESSION.replaceAll("corp\n", "my corp\n"), /"aws sso login --sso-session 'my corp'"$/],
    ["a profile without a region", LEGACY.replace(/sso_region.*\n/, ""), /"aws configure sso --profile 'my work'"$/],
    ["a profile with half a key", "[default]\naws_access_key_id = x\n", /"aws configure --profile 'my work'"$/],
    ["a login session", "[default]\nlogin_session = x\n", /"aws login --profile 'my work'"$/],
  ] as const
) {
  Deno.test(`the name of ${what} with a space is one word of the command that helps`, async () => {
    const named = config.replace("[default]", "[profile 'my work']").replace("-session corp]", '-session "my corp"]');
    await atHome({ config: named }, async (_, world) => {
      await assert.rejects(findCredentials(world({}), awsSigner, { profile: "my work" }), message);
    });
  });
}

for (
  const [what, config, message] of [
    [
      "a session without its section",
      `[default]\nsso_session = nope\n${SETTINGS}`,
      /section \[sso-session nope\] is missing/,
    ],
    ["no region", LEGACY.replace("sso_region = eu-west-1\n", ""), /"sso_region" is missing; run "aws configure sso/],
    ["an account that is none", LEGACY.replace("123456789012", "1"), /"sso_account_id" "1" is not 12 digits/],
    [
      "two regions",
      `${WITH_SESSION.replace("corp\n", "corp\nsso_region = us-east-1\n")}`,
      /"sso_region" is another one/,
    ],
  ] as const
) {
  Deno.test(`an SSO profile with ${what} is refused, and nobody is asked`, async () => {
    await loggedIn({ config, session: undefined }, async (world) => {
      await assert.rejects(
        profileChain.find(world, NOBODY),
        (e) => e instanceof CredentialsError && message.test(e.message),
      );
    });
  });
}

Deno.test("keys that aws login left are taken while they live", async () => {
  const accessToken = {
    accessKeyId: "ASIAMADEUPLOGIN00001",
    secretAccessKey: "MadeUp",
    sessionToken: "MadeUpToken",
    accountId: "123456789012",
  };
  await atHome({}, async (home, world) => {
    const session = "arn:aws:iam::123456789012:user/dave";
    const read = () => readLoginSession(world(), session, "dave");
    await assert.rejects(read(), /of profile "dave": nobody is logged in; run "aws login --profile dave"$/);
    const folder = `${home}/.aws/login/cache`;
    await Deno.mkdir(folder, { recursive: true });
    const file = `${folder}/${createHash("sha256").update(session).digest("hex")}.json`;
    const write = (expiresAt: string) =>
      Deno.writeTextFile(file, JSON.stringify({ accessToken: { ...accessToken, expiresAt } }));
    await write(SOON);
    assert.deepEqual(revealed(await read()), {
      keys: ["ASIAMADEUPLOGIN00001", "MadeUp", "MadeUpToken"],
      expiresAt: "2026-01-02T03:10:00.000Z",
      source: 'the login session of profile "dave"',
    });
    await write(BEFORE);
    await assert.rejects(
      read(),
      /its keys ended at 2026-01-02T03:00:00.000Z; let the AWS CLI renew them with "aws sts/,
    );
    await Deno.writeTextFile(file, "[]");
    await assert.rejects(read(), /the cached session cannot be read; run "aws login/);
  });
});

Deno.test("what is no JSON object holds no keys", () => {
  for (const text of ["", "{", "[]", "null", '"x"', "1"]) assert.equal(readJsonObject(text), undefined);
  assert.deepEqual(readJsonObject('{"a":1}'), { a: 1 });
});
