import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import { TOKEN_PERMISSIONS } from "../../../scripts/permissions.ts";
import { makeLoopbackCertificate } from "../../emulator/loopback_certificate.ts";
import { CERTIFICATE, startStage } from "../../emulator/stage.ts";
import { startMetadata } from "../../support/stand_ins/aws_metadata.ts";
import { startHttpProxy } from "../../support/stand_ins/http_proxy.ts";
import { atHome } from "./homes.ts";

const MAIN = fileURLToPath(new URL("../../../main.ts", import.meta.url));
const { dave, clusterAdmin } = DEMO_AWS_PRINCIPALS;
const ROLE = "arn:aws:iam::123456789012:role/ClusterAdmin";
const CREDENTIALS = `[src]\naws_access_key_id = ${dave.accessKeyId}\naws_secret_access_key = ${dave.accessKeySecret}\n`;
const IDENTITY = "MadeUpHeader.MadeUpClaims.MadeUpSignature";

/** The program needs its cache, but nothing else of the tests' environment. */
const { stdout: info } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
const DENO_DIR: string = JSON.parse(new TextDecoder().decode(info)).denoDir;

interface Login {
  readonly config?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

/** Runs the real program, whose runtime follows the proxies of its environment, at a home with these files. */
async function login(
  { config = "", env = {}, args = [] }: Login,
): Promise<{ readonly code: number; readonly host: string | undefined; readonly stderr: string; readonly ms: number }> {
  let result: Awaited<ReturnType<typeof login>> | undefined;
  await atHome({ config, credentials: CREDENTIALS }, async (home) => {
    await Deno.writeTextFile(`${home}/identity`, IDENTITY);
    await Deno.mkdir(`${home}/.aws/sso/cache`, { recursive: true });
    const session = JSON.stringify({
      accessToken: "MadeUp",
      expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    });
    await Deno.writeTextFile(`${home}/.aws/sso/cache/${createHash("sha1").update("corp").digest("hex")}.json`, session);
    await Deno.writeTextFile(`${home}/ca.pem`, CERTIFICATE.caPem);
    const inHome = (text: string) => text.replaceAll("HOME", home);
    const started = performance.now();
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", ...TOKEN_PERMISSIONS, "--cached-only", MAIN, "token", "-i", "c1", "--cloud", "aws", "--token-only"]
        .concat(args.map(inHome)),
      clearEnv: true,
      env: {
        HOME: home,
        DENO_DIR,
        DENO_NO_UPDATE_CHECK: "1",
        NO_COLOR: "1",
        AWS_EC2_METADATA_DISABLED: "true",
        ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, inHome(value)])),
      },
      stdin: "null",
    }).output();
    const ms = performance.now() - started;
    const token = new TextDecoder().decode(stdout).trim().split(".")[1];
    const url = token && new TextDecoder().decode(Uint8Array.fromBase64(token, { alphabet: "base64url" }));
    result = { code, host: url ? new URL(url).host : undefined, stderr: new TextDecoder().decode(stderr), ms };
  });
  return result!;
}

const ROLE_PROFILE = `[profile r]\nrole_arn = ${ROLE}\nsource_profile = src\n`;
const IN_EUROPE = `${ROLE_PROFILE}region = eu-west-1\n`;
const IN_CHINA = "[profile cn]\nrole_arn = arn:aws-cn:iam::123456789012:role/O\nsource_profile = src\n";
const BY_IDENTITY = {
  AWS_WEB_IDENTITY_TOKEN_FILE: "HOME/identity",
  AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/Pod",
};
const SSO_PROFILE = "[profile s]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Admin\n" +
  "[sso-session corp]\nsso_region = eu-central-1\nsso_start_url = https://corp.example\n";

for (
  const [what, given, target] of [
    ["a role profile in its region", { config: IN_EUROPE, args: ["--profile", "r"] }, "sts.eu-west-1.amazonaws.com"],
    [
      "--role",
      { env: { AWS_PROFILE: "src", AWS_REGION: "eu-west-1" }, args: ["-r", ROLE] },
      "sts.eu-west-1.amazonaws.com",
    ],
    [
      "a role profile with --region, which counts for more",
      { config: IN_EUROPE, env: { AWS_REGION: "us-east-2" }, args: ["--profile", "r", "--region", "eu-north-1"] },
      "sts.eu-north-1.amazonaws.com",
    ],
    [
      "a role profile with AWS_DEFAULT_REGION",
      { config: ROLE_PROFILE, env: { AWS_DEFAULT_REGION: "ap-south-1" }, args: ["--profile", "r"] },
      "sts.ap-south-1.amazonaws.com",
    ],
    [
      "a role in China without a region",
      { config: IN_CHINA, args: ["--profile", "cn"] },
      "sts.cn-northwest-1.amazonaws.com.cn",
    ],
    [
      "a role in China with a region",
      { config: IN_CHINA, args: ["--profile", "cn", "--region", "cn-north-1"] },
      "sts.cn-north-1.amazonaws.com.cn",
    ],
    [
      "a web identity in AWS_REGION",
      { env: { ...BY_IDENTITY, AWS_REGION: "eu-west-1" } },
      "sts.eu-west-1.amazonaws.com",
    ],
    ["a web identity without a region", { env: BY_IDENTITY }, "sts.amazonaws.com"],
    [
      "an SSO session in its region",
      { config: SSO_PROFILE, args: ["--profile", "s"] },
      "portal.sso.eu-central-1.amazonaws.com",
    ],
  ] as const
) {
  Deno.test(`a request for ${what} goes through the proxy, to ${target}`, async () => {
    await using proxy = startHttpProxy();
    const { code, stderr } = await login({
      ...given,
      env: { ...("env" in given ? given.env : {}), HTTPS_PROXY: proxy.url },
    });
    assert.equal(code, 1);
    assert.equal(proxy.asked[0], `CONNECT ${target}:443 HTTP/1.1`, stderr);
    assert.match(stderr, /the proxy in HTTPS_PROXY refuses a connection to it; allow the host there/);
    assert.doesNotMatch(stderr, /WARN|undefined|fetch failed|TypeError/);
  });
}

Deno.test("an STS whose certificate is not trusted is asked nothing, and its issuer is named", async () => {
  await using stage = startStage({ ...await makeLoopbackCertificate(["sts.eu-west-1.amazonaws.com"]) });
  await using proxy = startHttpProxy({ port: Number(stage.emulator.host.split(":")[1]) });
  const env = { HTTPS_PROXY: proxy.url, AWS_CA_BUNDLE: "HOME/ca.pem" };
  const { stderr } = await login({ config: IN_EUROPE, args: ["--profile", "r"], env });
  assert.match(
    stderr,
    /its certificate is issued by "emulator test CA", which is not trusted; .* with --sts-ca-file or AWS/,
  );
  assert.deepEqual(stage.reports, []);
});

for (
  const [what, given] of [
    ["AWS_CA_BUNDLE", { config: IN_EUROPE, env: { AWS_CA_BUNDLE: "HOME/ca.pem" }, args: ["--profile", "r"] }],
    ["ca_bundle", { config: "", args: ["--profile", "r"] }],
    ["--sts-ca-file", { config: IN_EUROPE, args: ["--profile", "r", "--sts-ca-file", "HOME/ca.pem"] }],
    [
      "AWS_CA_BUNDLE, of a web identity",
      { config: "", env: { ...BY_IDENTITY, AWS_CA_BUNDLE: "HOME/ca.pem", AWS_REGION: "eu-west-1" } },
    ],
  ] as const
) {
  Deno.test(`STS behind a proxy that opens TLS is trusted by ${what}`, async () => {
    await using stage = startStage({ now: () => new Date() });
    const { host } = stage.emulator;
    const endpoint = { AWS_ENDPOINT_URL_STS: `https://${host}` };
    const env = { ...("env" in given ? given.env : {}), ...endpoint };
    if (what !== "ca_bundle") {
      const { code, stderr } = await login({ ...given, env });
      assert.deepEqual([code, stderr], [0, ""]);
      return;
    }
    await atHome({}, async (home) => {
      await Deno.writeTextFile(`${home}/corp.pem`, CERTIFICATE.caPem);
      const { code, stderr } = await login({ ...given, config: `${IN_EUROPE}ca_bundle = ${home}/corp.pem\n`, env });
      assert.deepEqual([code, stderr], [0, ""]);
    });
  });
}

Deno.test("what a machine asks at its own addresses goes through no proxy", async () => {
  await using proxy = startHttpProxy();
  await using metadata = startMetadata(clusterAdmin);
  const proxies = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, ALL_PROXY: proxy.url, http_proxy: proxy.url };
  const instance = { AWS_EC2_METADATA_DISABLED: "false", AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url };
  const container = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${metadata.url}/container` };
  for (const env of [instance, container]) {
    const { code, stderr } = await login({ env: { ...env, ...proxies, AWS_SHARED_CREDENTIALS_FILE: "/not/there" } });
    assert.deepEqual([code, stderr], [0, ""]);
  }
  assert.deepEqual(proxy.asked, []);
});

Deno.test("metadata that is black-holed delays nobody who has keys, and is over within two seconds for the others", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    const silence = {
      AWS_EC2_METADATA_DISABLED: "false",
      AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${listener.addr.port}`,
    };
    const usual = await login({ env: { AWS_PROFILE: "src" } });
    const withKeys = await login({ env: { ...silence, AWS_PROFILE: "src" } });
    assert.equal(withKeys.code, 0);
    const without = await login({ env: { ...silence, AWS_SHARED_CREDENTIALS_FILE: "/not/there" } });
    assert.equal(without.code, 1);
    assert.match(without.stderr, /instance metadata: no answer from .*: it did not answer within 1 second; check/);
    // The deadline itself is a second; the rest is what a start of the program takes on this machine now.
    assert(without.ms - usual.ms < 2_000, `${without.ms} ms, and ${usual.ms} ms with keys`);
  } finally {
    listener.close();
  }
});

Deno.test("a service that never answers ends a login after two tries of five seconds, whoever asks it", async () => {
  using silence = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `https://127.0.0.1:${silence.addr.port}`;
  const logins: readonly Login[] = [
    { config: IN_EUROPE, args: ["--profile", "r"], env: { AWS_ENDPOINT_URL_STS: url } },
    { env: { ...BY_IDENTITY, AWS_REGION: "eu-west-1", AWS_ENDPOINT_URL_STS: url } },
    { config: SSO_PROFILE, args: ["--profile", "s"], env: { AWS_ENDPOINT_URL_SSO: url } },
  ];
  for (const { code, host, stderr, ms } of await Promise.all(logins.map(login))) {
    assert.deepEqual([code, host], [1, undefined]);
    assert.match(stderr, /did not answer within 5 seconds/);
    assert.ok(ms >= 10_000, `it took ${ms} ms`);
  }
});
