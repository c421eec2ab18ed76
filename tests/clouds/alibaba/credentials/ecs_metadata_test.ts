import assert from "node:assert/strict";
import { askInstance, ecsMetadata } from "../../../../lib/clouds/alibaba/credentials/ecs_metadata.ts";
import { alibabaSigner } from "../../../../lib/clouds/alibaba/signer.ts";
import { CredentialsError } from "../../../../lib/clouds/signer.ts";
import { mintToken } from "../../../../lib/token/mint.ts";
import type { World } from "../../../../lib/world.ts";
import { fakeWorld } from "../../../config/fake_world.ts";
import { INSTANCE_KEYS, type MetadataBehaviour, startMetadata } from "../../../support/stand_ins/ecs_metadata.ts";
import { startSilent } from "../../../support/stand_ins/scripted_server.ts";
import { revealed } from "../../revealed.ts";

const ROLES = "/latest/meta-data/ram/security-credentials/";

function world(variables: Readonly<Record<string, string>> = {}): World {
  return { ...fakeWorld(variables), fetch };
}

for (
  const [what, variables, given, asksForRole] of [
    ["that it finds out", {}, undefined, true],
    ["that a variable names", { ALIBABA_CLOUD_ECS_METADATA: "NodeRole" }, undefined, false],
    ["that a profile names, over the variable's", { ALIBABA_CLOUD_ECS_METADATA: "Another" }, "NodeRole", false],
  ] as const
) {
  Deno.test(`the ECS metadata service gives the keys of the role ${what}, for a token`, async () => {
    await using service = startMetadata({ role: "NodeRole" });
    assert.deepEqual(revealed(await askInstance(world(variables), given, service.address)), {
      keys: [INSTANCE_KEYS.AccessKeyId, INSTANCE_KEYS.AccessKeySecret, INSTANCE_KEYS.SecurityToken],
      expiresAt: "2026-11-22T18:00:00.000Z",
      source: 'RAM role "NodeRole" of this ECS instance',
    });
    assert.deepEqual(service.asked, [
      "PUT /latest/api/token",
      ...(asksForRole ? [`GET ${ROLES}`] : []),
      `GET ${ROLES}NodeRole`,
    ]);
  });
}

for (
  const [why, behaviour, variables, message] of [
    ["the instance has no role", {}, {}, /^the instance has no RAM role$/],
    [
      "something else is at the address",
      { answer: () => new Response(null, { status: 404 }) },
      {},
      /is no ECS metadata/,
    ],
    [
      "a variable leaves it out",
      { role: "NodeRole" },
      { ALIBABA_CLOUD_ECS_METADATA_DISABLED: "TRUE" },
      /DISABLED is set$/,
    ],
  ] as const satisfies readonly (readonly [string, MetadataBehaviour, Readonly<Record<string, string>>, RegExp])[]
) {
  Deno.test(`the ECS metadata service is passed over where ${why}`, async () => {
    await using service = startMetadata(behaviour);
    const found = await askInstance(world(variables), undefined, service.address);
    assert("notConfigured" in found);
    assert.match(found.notConfigured, message);
  });
}

Deno.test("the ECS metadata service is passed over where nobody listens, at once", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const found = await askInstance(world(), undefined, { hostname: "127.0.0.1", port });
  assert.deepEqual(found, { notConfigured: 'no answer from "100.100.100.200"' });
});

Deno.test("the ECS metadata service is passed over a second after it took a connection and stayed silent", async () => {
  await using silent = startSilent();
  const [hostname, port] = silent.host.split(":");
  const found = await askInstance(world(), undefined, { hostname: hostname!, port: Number(port) });
  assert.deepEqual(found, { notConfigured: 'no answer from "100.100.100.200" within 1 s' });
});

const after = (path: string, response: () => Response | Promise<Response>): MetadataBehaviour => ({
  role: "NodeRole",
  answer: (asked) => asked === path ? response() : undefined,
});
const never = () => new Promise<Response>((resolve) => setTimeout(() => resolve(new Response("late")), 1_500));

for (
  const [why, behaviour, given, message] of [
    [
      "it refuses a token",
      after("/latest/api/token", () => new Response(null, { status: 403 })),
      undefined,
      /HTTP 403/,
    ],
    ["it redirects", after("/latest/api/token", () => Response.redirect("http://127.0.0.1:1/")), undefined, /HTTP 302/],
    ["its token is none", after("/latest/api/token", () => new Response("a b")), undefined, /asked for a token, it/],
    ["it refuses the name of the role", after(ROLES, () => new Response(null, { status: 403 })), undefined, /HTTP 403/],
    [
      "what it names is no role",
      after(ROLES, () => new Response("<html>")),
      undefined,
      /name of a role, it answered with/,
    ],
    ["it is slow after the token", after(ROLES, never), undefined, /no answer from "100\.100\.100\.200" within 1 s/],
    ["the instance has another role", { role: "NodeRole" }, "Admin", /the instance has no RAM role "Admin"/],
    [
      "it gives no keys",
      { role: "NodeRole", keys: { Code: "Failed" } },
      undefined,
      /it says "Failed"; check the role and/,
    ],
    ["its keys are no JSON", { role: "NodeRole", keys: "<html>" }, undefined, /HTTP 200 without readable JSON/],
    ["a key is missing", { role: "NodeRole", keys: { Code: "Success" } }, undefined, /no usable "AccessKeyId"/],
    ["its answer is huge", { role: "NodeRole", keys: "x".repeat(70_000) }, undefined, /no answer from/],
  ] as const satisfies readonly (readonly [string, MetadataBehaviour, string | undefined, RegExp])[]
) {
  Deno.test(`the ECS metadata service ends the search where ${why}`, async () => {
    await using service = startMetadata(behaviour);
    await assert.rejects(askInstance(world(), given, service.address), (e) => {
      assert(e instanceof CredentialsError);
      assert.match(e.message, /^Cannot use the ECS metadata service: /);
      assert.match(e.message, message);
      return true;
    });
  });
}

Deno.test("the ECS metadata service is not asked where a profile was asked for", async () => {
  for (const [variables, profile] of [[{}, "work"], [{ ALIBABA_CLOUD_PROFILE: "work" }, undefined]] as const) {
    assert.deepEqual(await ecsMetadata.find(fakeWorld({ ...variables }), { profile }), {
      notConfigured: 'skipped, because profile "work" was asked for',
    });
  }
});

Deno.test("keys of the ECS metadata service that have ended sign nothing", async () => {
  await using service = startMetadata({
    role: "NodeRole",
    keys: { ...INSTANCE_KEYS, Expiration: "2026-01-02T03:05:00Z" },
  });
  const instance = { name: "instance", find: (world: World) => askInstance(world, undefined, service.address) };
  const signer = { ...alibabaSigner, credentialSources: () => [instance] };
  const sts = { profile: undefined, region: undefined, endpoint: undefined, caFile: undefined };
  await assert.rejects(
    mintToken(world(), signer, { clusterId: "c1", profile: undefined, sts, roles: undefined }),
    (e) =>
      e instanceof CredentialsError && /of this ECS instance have expired or expire within a minute/.test(e.message),
  );
});
