import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { DEMO_ROLES } from "../../../lib/emulator/roles.ts";
import { startStsEmulator } from "../../../lib/emulator/sts.ts";
import { TOKEN_PERMISSIONS } from "../../../scripts/permissions.ts";
import { startTunnel } from "../../e2e/wiring/proxy.ts";
import { makeLoopbackCertificate } from "../../emulator/loopback_certificate.ts";
import { startScripted } from "../../support/stand_ins/scripted_server.ts";

const { alice } = DEMO_PRINCIPALS;
const TOKEN = ["token", "-i", "c1", "--token-only"];
const REGIONAL = "sts.cn-hangzhou.aliyuncs.com";

/** Runs the program as users do: a process in a home, with the permissions that ship. */
async function ram(home: string, args: readonly string[], env: Readonly<Record<string, string>>) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...TOKEN_PERMISSIONS, "--cached-only", "main.ts", ...args],
    clearEnv: true,
    env: { HOME: home, PATH: Deno.env.get("PATH")!, DENO_DIR: Deno.env.get("DENO_DIR") ?? "", ...env },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

/** Whose key signed a bare token. */
function signerOf(token: string): string | undefined {
  return /Credential=([^,]+),/.exec(atob(token.trim().slice("k8s-ack-v2.".length)))?.[1];
}

async function inHome(files: Readonly<Record<string, unknown>>, body: (home: string) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "alibaba-sources-" });
  try {
    for (const [path, content] of Object.entries(files)) {
      await Deno.mkdir(`${home}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${home}/${path}`, typeof content === "string" ? content : JSON.stringify(content));
    }
    await body(home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

Deno.test("ram-auth token gets keys for an OIDC token of the region's STS, through the proxy, by the CA bundle", async () => {
  const pair = await makeLoopbackCertificate([REGIONAL]);
  const principals = Object.values(DEMO_PRINCIPALS);
  const sts = startStsEmulator({ ...pair, principals, roles: DEMO_ROLES, now: () => new Date() });
  await using tunnel = startTunnel({ [`${REGIONAL}:443`]: Number(sts.host.split(":")[1]) });
  const files = { "ca.pem": pair.caPem, token: "MadeUpHeader.MadeUpClaims.MadeUpSignature" };
  await inHome(files, async (home) => {
    const { code, out, err } = await ram(
      home,
      [...TOKEN, "--region", "cn-hangzhou", "--sts-ca-file", `${home}/ca.pem`],
      {
        HTTPS_PROXY: tunnel.url,
        ALIBABA_CLOUD_ROLE_ARN: "acs:ram::1234567890123456:role/Pod",
        ALIBABA_CLOUD_OIDC_PROVIDER_ARN: "acs:ram::1234567890123456:oidc-provider/ack-rrsa-c1",
        ALIBABA_CLOUD_OIDC_TOKEN_FILE: `${home}/token`,
      },
    );
    assert.deepEqual({ code, err }, { code: 0, err: "" });
    assert.match(signerOf(out) ?? "", /^STS\.NMadeUp[0-9a-f]{16}$/);
    assert(tunnel.wanted(`${REGIONAL}:443`));
  });
  await sts.shutdown();
});

Deno.test("ram-auth token asks a credentials server on this machine past the proxy", async () => {
  const keys = { AccessKeyId: "STS.NMadeUpServed", AccessKeySecret: "made-up", SecurityToken: "CAISMadeUp" };
  await using server = startScripted(() => Response.json(keys));
  await inHome({}, async (home) => {
    const { code, out, err } = await ram(home, TOKEN, {
      HTTP_PROXY: "http://127.0.0.1:1",
      ALIBABA_CLOUD_CREDENTIALS_URI: `http://${server.host}/`,
    });
    assert.deepEqual({ code, err }, { code: 0, err: "" });
    assert.equal(signerOf(out), "STS.NMadeUpServed");
  });
});

Deno.test("ram-auth token and credential-plugin get-token start the program that a profile names", async () => {
  const printed = JSON.stringify({
    mode: "AK",
    access_key_id: alice.accessKeyId,
    access_key_secret: "made-up",
  });
  const profile = { name: "p", mode: "External", process_command: `printf '%s' '${printed}'` };
  await inHome({ ".aliyun/config.json": { current: "p", profiles: [profile] } }, async (home) => {
    const bare = await ram(home, TOKEN, {});
    assert.deepEqual([bare.code, bare.err, signerOf(bare.out)], [0, "", alice.accessKeyId]);
    const plugin = await ram(home, ["credential-plugin", "get-token", "-c", "c1"], {});
    assert.deepEqual([plugin.code, plugin.err], [0, ""]);
    assert.equal(signerOf(JSON.parse(plugin.out).status.token), alice.accessKeyId);
  });
});
