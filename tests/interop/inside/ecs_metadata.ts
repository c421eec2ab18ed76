/**
 * Runs where 100.100.100.200 is the address of a metadata service of ours, and later one that swallows every packet.
 *
 * @module
 */

import assert from "node:assert/strict";
import { assumedRoleIdentity, DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { DEMO_ROLES } from "../../../lib/emulator/roles.ts";
import { startStsEmulator } from "../../../lib/emulator/sts.ts";
import { TOKEN_PERMISSIONS } from "../../../scripts/permissions.ts";
import { makeLoopbackCertificate } from "../../emulator/loopback_certificate.ts";
import { INSTANCE_KEYS, startMetadata } from "../../support/stand_ins/ecs_metadata.ts";

const ADDRESS = { hostname: "100.100.100.200", port: 80 };
const ROLE = "acs:ram::1234567890123456:role/Viewers";

/** A proxy that nobody listens at: whoever asks it gets nothing. */
const NO_PROXY_HELPS = { HTTP_PROXY: "http://127.0.0.1:1", http_proxy: "http://127.0.0.1:1" };

const KEYS = {
  ALIBABA_CLOUD_ACCESS_KEY_ID: DEMO_PRINCIPALS.alice.accessKeyId,
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: DEMO_PRINCIPALS.alice.accessKeySecret,
};

async function ip(...args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("ip", { args: [...args] }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** Runs the program in a home of its own, with its permissions, and tells how long it took. */
async function ram(home: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const start = performance.now();
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...TOKEN_PERMISSIONS, "--cached-only", "main.ts", ...args],
    clearEnv: true,
    env: {
      HOME: home,
      PATH: Deno.env.get("PATH")!,
      DENO_DIR: Deno.env.get("DENO_DIR") ?? "",
      ...NO_PROXY_HELPS,
      ...env,
    },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr), ms: performance.now() - start };
}

/** Whose key signed a bare token. */
function signerOf(token: string): string | undefined {
  return /Credential=([^,]+),/.exec(atob(token.trim().slice("k8s-ack-v2.".length)))?.[1];
}

Deno.test("keys of the ECS metadata service", async (t) => {
  const home = await Deno.makeTempDir();
  const TOKEN = ["token", "-i", "c1", "--token-only"];
  await ip("address", "add", `${ADDRESS.hostname}/32`, "dev", "lo");
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+Z$/, "Z");
  const service = startMetadata({ role: "NodeRole", keys: { ...INSTANCE_KEYS, Expiration: inAnHour } }, ADDRESS);

  await t.step("are found where nothing else is configured, past every proxy", async () => {
    const { code, out, err } = await ram(home, TOKEN);
    assert.deepEqual({ code, err }, { code: 0, err: "" });
    assert.equal(signerOf(out), INSTANCE_KEYS.AccessKeyId);
  });

  await t.step(
    "are taken before all others for --credential-type imds, which kubeconfigs of ack-ram-tool may have",
    async () => {
      const plugin = ["credential-plugin", "get-token", "-c", "c1", "--api-version", "v1beta1", "--log-level", "error"];
      const { code, out, err } = await ram(home, [...plugin, "--credential-type", "imds", "--profile-name", "x"], KEYS);
      assert.deepEqual({ code, err }, { code: 0, err: "" });
      assert.equal(signerOf(JSON.parse(out).status.token), INSTANCE_KEYS.AccessKeyId);
      const byVariable = await ram(home, plugin, { ...KEYS, ACK_RAM_TOOL_CREDENTIAL_TYPE: "ecs-role" });
      assert.equal(signerOf(JSON.parse(byVariable.out).status.token), INSTANCE_KEYS.AccessKeyId);
    },
  );

  await t.step("are not asked for where a variable leaves them out", async () => {
    const before = service.asked.length;
    const { code, err } = await ram(home, TOKEN, { ALIBABA_CLOUD_ECS_METADATA_DISABLED: "true" });
    assert.equal(code, 1, err);
    assert.equal(service.asked.length, before);
  });

  await t.step("are those of a profile, or become those of its role", async () => {
    const pair = await makeLoopbackCertificate();
    const instance = {
      accessKeyId: INSTANCE_KEYS.AccessKeyId,
      accessKeySecret: INSTANCE_KEYS.AccessKeySecret,
      securityToken: INSTANCE_KEYS.SecurityToken,
      identity: assumedRoleIdentity({ accountId: "1234567890123456", role: "NodeRole", roleId: "3", session: "i-1" }),
    };
    const sts = startStsEmulator({ ...pair, principals: [instance], roles: DEMO_ROLES, now: () => new Date() });
    const caFile = `${home}/ca.pem`;
    await Deno.writeTextFile(caFile, pair.caPem);
    await Deno.mkdir(`${home}/.aliyun`);
    const profiles = [
      { name: "instance", mode: "EcsRamRole", ram_role_name: "NodeRole" },
      { name: "role", mode: "RamRoleArnWithRoleName", ram_role_name: "NodeRole", ram_role_arn: ROLE },
      { name: "other", mode: "EcsRamRole", ram_role_name: "Admin" },
    ];
    await Deno.writeTextFile(`${home}/.aliyun/config.json`, JSON.stringify({ current: "instance", profiles }));
    const place = ["--sts-endpoint", sts.host, "--sts-ca-file", caFile];
    const ofInstance = await ram(home, TOKEN);
    assert.equal(signerOf(ofInstance.out), INSTANCE_KEYS.AccessKeyId, ofInstance.err);
    const ofRole = await ram(home, [...TOKEN, "--profile", "role", ...place]);
    assert.match(signerOf(ofRole.out) ?? "", /^STS\.NMadeUp[0-9a-f]{16}$/, ofRole.err);
    const ofNobody = await ram(home, [...TOKEN, "--profile", "other"]);
    assert.match(
      ofNobody.err,
      /Cannot use profile "other" .*: cannot use the ECS metadata service: .*no RAM role "Admin"/,
    );
    await Deno.remove(`${home}/.aliyun`, { recursive: true });
    await sts.shutdown();
  });

  await service[Symbol.asyncDispose]();
  await ip("address", "del", `${ADDRESS.hostname}/32`, "dev", "lo");
  // Whatever goes to the address from now on leaves by one end of a cable, and nobody listens at the other.
  await ip("link", "add", "hole", "type", "veth", "peer", "name", "end");
  await ip("address", "add", "100.100.100.201/24", "dev", "hole");
  // Without addresses of IPv6, the ends say nothing by themselves.
  for (const end of ["hole", "end"]) await ip("link", "set", end, "addrgenmode", "none", "up");
  await ip("neighbour", "add", ADDRESS.hostname, "lladdr", "02:00:00:00:00:01", "dev", "hole");
  const packets = async () =>
    JSON.parse(await ip("-json", "-statistics", "link", "show", "hole"))[0].stats64.tx.packets;

  await t.step("cost an error a second and no more, where the address swallows every packet", async () => {
    const runs = [await ram(home, TOKEN), await ram(home, TOKEN), await ram(home, TOKEN)];
    for (const { code, err } of runs) {
      assert.equal(code, 1);
      assert.match(err, /\n {2}ECS metadata service: no answer from "100\.100\.100\.200" within 1 s\n$/);
    }
    const fastest = Math.min(...runs.map(({ ms }) => ms));
    assert.ok(fastest < 2_000, `the fastest run took ${Math.round(fastest)} ms`);
  });

  await t.step("cost nothing there, where there are other keys: no packet is sent", async () => {
    const before = await packets();
    assert.ok(before > 0, "the packets of the runs before are counted");
    const { code, out, err } = await ram(home, TOKEN, KEYS);
    assert.equal(code, 0, err);
    assert.equal(signerOf(out), DEMO_PRINCIPALS.alice.accessKeyId);
    assert.equal(await packets(), before);
  });

  await Deno.remove(home, { recursive: true });
});
