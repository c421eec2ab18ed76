import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { profileChain } from "../../../lib/clouds/aws/credentials/profile_chain.ts";
import { CredentialsError } from "../../../lib/clouds/signer.ts";
import type { World } from "../../../lib/world.ts";
import { TOKEN_PERMISSIONS } from "../../../scripts/permissions.ts";
import { withFile } from "../../config/fake_world.ts";
import { revealed } from "../revealed.ts";
import { atHome } from "./homes.ts";

const SECRET = "MadeUpSecretThatMustNotShow";

/** A profile whose process prints what it is told, or fails. */
async function processHome(script: string, body: (world: World, home: string) => Promise<void>): Promise<void> {
  await atHome({}, async (home, world) => {
    await Deno.writeTextFile(`${home}/process`, `#!/bin/sh\n${script}\n`, { mode: 0o700 });
    await Deno.writeTextFile(`${home}/.aws/config`, `[profile corp]\ncredential_process = ${home}/process\n`);
    await body(world(), home);
  });
}

Deno.test("keys come from the process that a profile names", async () => {
  const answer = {
    Version: 1,
    AccessKeyId: "ASIAIOSFODNN7EXAMPLE",
    SecretAccessKey: "MadeUp",
    SessionToken: "MadeUp+Token==",
    Expiration: "2030-01-01T00:00:00Z",
  };
  await processHome(`echo '${JSON.stringify(answer)}'`, async (world) => {
    assert.deepEqual(revealed(await profileChain.find(world, { profile: "corp" })), {
      keys: ["ASIAIOSFODNN7EXAMPLE", "MadeUp", "MadeUp+Token=="],
      expiresAt: "2030-01-01T00:00:00.000Z",
      source: 'the process of profile "corp"',
    });
  });
});

for (
  const [what, script, message] of [
    [
      "fails",
      "echo 'the vault is shut' >&2; exit 1",
      /"corp": ".*\/process" failed with exit code 1: the vault is shut$/,
    ],
    ["prints what is no JSON", `echo ${SECRET}`, /"corp": it printed no JSON object; run the command/],
    ["prints a list", `echo '["${SECRET}"]'`, /it printed no JSON object/],
    ["answers in another version", `echo '{"Version":2,"AccessKeyId":"A"}'`, /its answer is not of "Version" 1/],
    ["prints no secret", `echo '{"Version":1,"AccessKeyId":"A"}'`, /its answer has no "SecretAccessKey"/],
    [
      "prints an end that is no time",
      `echo '{"Version":1,"AccessKeyId":"A","SecretAccessKey":"${SECRET}","Expiration":"soon"}'`,
      /its "Expiration" is no time/,
    ],
  ] as const
) {
  Deno.test(`a profile whose process ${what} ends the search, and nothing else is tried`, async () => {
    await processHome(script, async (world) => {
      await assert.rejects(profileChain.find(world, { profile: "corp" }), (e) => {
        assert(e instanceof CredentialsError);
        assert.match(e.message, message);
        return !Deno.inspect(e).includes(SECRET);
      });
    });
  });
}

const MFA = `[profile admin]
role_arn = arn:aws:iam::123456789012:role/Admin
source_profile = base
mfa_serial = arn:aws:iam::123456789012:mfa/dave
[profile base]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = MadeUp
`;

for (
  const [what, isTerminal, line, message] of [
    ["nobody sits at a terminal", false, "", /mfa\/dave": standard input is not a terminal; run "ram-auth token" in a/],
    ["the answer is no code", true, "12345x\n", /mfa\/dave": the answer is not six digits; try again$/],
    ["there is no answer", true, "", /not six digits/],
  ] as const
) {
  Deno.test(`a profile with an MFA device is an error where ${what}`, async () => {
    await atHome({ config: MFA }, async (_, world) => {
      const plain = world();
      const stdin = { isTerminal, readable: new Blob([line]).stream() };
      await assert.rejects(
        profileChain.find({ ...plain, stdin }, { profile: "admin" }),
        (e) => e instanceof CredentialsError && message.test(e.message),
      );
      assert.equal(plain.out(), "");
      assert.equal(plain.err(), isTerminal ? "MFA code of arn:aws:iam::123456789012:mfa/dave: " : "");
    });
  });
}

Deno.test("a source profile that fails is said before an MFA code is asked for", async () => {
  await atHome({ config: MFA.replace("source_profile = base", "source_profile = gone") }, async (_, world) => {
    const stdin = { isTerminal: true, readable: new ReadableStream<Uint8Array>() };
    await assert.rejects(
      profileChain.find({ ...world(), stdin }, { profile: "admin" }),
      (e) => e instanceof CredentialsError && /"admin": there is no profile "gone"/.test(e.message),
    );
  });
});

const MAIN = fileURLToPath(new URL("../../../main.ts", import.meta.url));
const DENO_DIR = Deno.env.get("DENO_DIR") ?? await cacheFolder();

/** The program needs its cache, but nothing else of the tests' environment. */
async function cacheFolder(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

/** Runs the program in a home with this config file, as a machine or a container of AWS does. */
async function runToken(
  env: Readonly<Record<string, string>>,
  { config = "", permissions = TOKEN_PERMISSIONS, args = [] as readonly string[], binary = "" } = {},
): Promise<{ readonly code: number; readonly key: string | undefined; readonly stderr: string }> {
  let result: { code: number; key: string | undefined; stderr: string } | undefined;
  await atHome({ config }, async (home) => {
    const login = ["token", "-i", "c1", "--cloud", "aws", "--token-only", ...args];
    const { code, stdout, stderr } = await new Deno.Command(binary || Deno.execPath(), {
      args: binary ? login : ["run", ...permissions, "--cached-only", MAIN, ...login],
      clearEnv: true,
      env: { HOME: home, DENO_DIR, NO_COLOR: "1", AWS_REGION: "eu-west-1", ...env },
      stdin: "null",
    }).output();
    const [prefix, token = ""] = new TextDecoder().decode(stdout).trim().split(/(?<=^k8s-aws-v1\.)/);
    const url = prefix && new TextDecoder().decode(Uint8Array.fromBase64(token, { alphabet: "base64url" }));
    const key = url ? new URL(url).searchParams.get("X-Amz-Credential")?.split("/")[0] : undefined;
    result = { code, key, stderr: new TextDecoder().decode(stderr) };
  });
  return result!;
}

/** Plays an endpoint that hands out keys, over plain HTTP on loopback, and keeps what it was asked. */
function keyServer(answer: (request: Request, body: string) => Response) {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => answer(request, await request.text()),
  );
  const url = `http://127.0.0.1:${server.addr.port}`;
  return { url, [Symbol.asyncDispose]: () => server.shutdown() };
}

const EXPIRATION = new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+/, "");

/** The binary is packed otherwise, which packages like those of AWS may not bear. */
const PROGRAMS = { "the sources": "", "the binary": Deno.env.get("RAM_AUTH_TEST_BINARY") };

for (const [program, binary] of Object.entries(PROGRAMS)) {
  if (binary === undefined) continue;
  Deno.test(`a token is signed with the keys of a container by ${program}, with the permissions that ship`, async () => {
    await using server = keyServer((request) =>
      request.headers.get("authorization") === "MadeUpAuthorization"
        ? Response.json({
          AccessKeyId: "ASIAMADEUPCONTAINER1",
          SecretAccessKey: "MadeUp",
          Token: "t",
          Expiration: EXPIRATION,
        })
        : new Response(null, { status: 403 })
    );
    const { code, key, stderr } = await runToken({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${server.url}/keys`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: "MadeUpAuthorization",
    }, { binary });
    assert.deepEqual({ code, key, stderr }, { code: 0, key: "ASIAMADEUPCONTAINER1", stderr: "" });
  });

  Deno.test(`a token is signed with the keys of a web identity by ${program}, with the permissions that ship`, async () => {
    await using server = keyServer((_, body) => {
      const asked = new URLSearchParams(body);
      assert.equal(asked.get("Action"), "AssumeRoleWithWebIdentity");
      assert.equal(asked.get("WebIdentityToken"), "MadeUpIdentity");
      const Credentials = {
        AccessKeyId: "ASIAMADEUPWEBIDENT01",
        SecretAccessKey: "MadeUp",
        SessionToken: "t",
        Expiration: EXPIRATION,
      };
      const AssumeRoleWithWebIdentityResult = { Credentials };
      return Response.json({ AssumeRoleWithWebIdentityResponse: { AssumeRoleWithWebIdentityResult } });
    });
    await withFile("MadeUpIdentity", async (file) => {
      const { code, key, stderr } = await runToken({
        AWS_ENDPOINT_URL_STS: server.url,
        AWS_WEB_IDENTITY_TOKEN_FILE: file,
        AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/Pod",
      }, { binary });
      assert.deepEqual({ code, key, stderr }, { code: 0, key: "ASIAMADEUPWEBIDENT01", stderr: "" });
    });
  });
}

const METADATA_OFF = { AWS_EC2_METADATA_DISABLED: "true" };
const PROCESS = "[profile corp]\ncredential_process = /bin/true\n";

for (
  const [why, env, options, message] of [
    [
      "a container's endpoint does not answer",
      { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:61/" },
      {},
      /FULL_URI: no answer from the container's agent at "127\.0\.0\.1:61": the host refuses connections; check that it runs/,
    ],
    [
      "a web identity's file is not there",
      { AWS_WEB_IDENTITY_TOKEN_FILE: "/not/there", AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/Pod" },
      {},
      /Cannot read the web identity token "\/not\/there"/,
    ],
    [
      "a web identity has no role",
      { AWS_WEB_IDENTITY_TOKEN_FILE: "/not/there" },
      {},
      /AWS_WEB_IDENTITY_TOKEN_FILE: no role is named; set AWS_ROLE_ARN/,
    ],
    [
      "a profile's process may not be started",
      { AWS_PROFILE: "corp" },
      { config: PROCESS, permissions: TOKEN_PERMISSIONS.filter((one) => !one.startsWith("--allow-run")) },
      /"corp": it starts a program, for which ram-auth needs the permission --allow-run=\/bin\/sh/,
    ],
    [
      "nobody is logged in to a profile's SSO session",
      {},
      {
        config:
          "[profile corp]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = R\n[sso-session s]\nsso_region = eu-west-1\nsso_start_url = https://corp.example\n",
        args: ["--profile", "corp"],
      },
      /"corp": nobody is logged in; run "aws sso login --sso-session s"/,
    ],
    [
      "nothing is configured",
      {},
      {},
      /credentials for aws.*\n {2}environment: .*\n {2}~\/\.aws\/credentials and .*\n {2}role, web identity.*\n {2}container: .*\n {2}instance metadata: switched off by/,
    ],
  ] as const
) {
  Deno.test(`ram-auth token for AWS says so where ${why}`, async () => {
    const { code, key, stderr } = await runToken({ ...METADATA_OFF, ...env }, options);
    assert.deepEqual({ code, key }, { code: 1, key: undefined }, stderr);
    assert.match(stderr, message);
  });
}

for (
  const [what, config] of [
    ["a profile that fails", "[profile corp]\ncredential_process = /bin/false\n"],
    ["a profile whose role has no source", "[profile corp]\nrole_arn = arn:aws:iam::123456789012:role/Admin\n"],
  ] as const
) {
  Deno.test(`${what} is never replaced by the keys of the machine`, async () => {
    let calls = 0;
    await using server = keyServer(() => {
      calls += 1;
      return Response.json({
        AccessKeyId: "ASIAMACHINE",
        SecretAccessKey: "MadeUp",
        Token: "t",
        Expiration: EXPIRATION,
      });
    });
    const machine = { AWS_CONTAINER_CREDENTIALS_FULL_URI: server.url, AWS_PROFILE: "corp" };
    const { code, key, stderr } = await runToken(machine, { config });
    assert.deepEqual({ code, key, calls }, { code: 1, key: undefined, calls: 0 }, stderr);
    assert.match(stderr, /Cannot (?:use the process|assume the role) of profile "corp"/);
  });
}

Deno.test("a profile without keys that was asked for by name is never replaced by the keys of the environment", async () => {
  const environment = { AWS_ACCESS_KEY_ID: "AKIAMADEUPENVIRON001", AWS_SECRET_ACCESS_KEY: "MadeUp" };
  const config = "[profile bare]\nregion = eu-west-1\n";
  const { code, key, stderr } = await runToken({ ...METADATA_OFF, ...environment }, {
    config,
    args: ["--profile", "bare"],
  });
  assert.deepEqual({ code, key }, { code: 1, key: undefined }, stderr);
  assert.match(stderr, /environment: skipped, because profile "bare" was asked for/);
});
