import assert from "node:assert/strict";
import { container } from "../../../lib/clouds/aws/credentials/container.ts";
import { instanceMetadata } from "../../../lib/clouds/aws/credentials/instance_metadata.ts";
import { readMetadataKeys } from "../../../lib/clouds/aws/credentials/metadata_answer.ts";
import { CredentialsError } from "../../../lib/clouds/signer.ts";
import type { World } from "../../../lib/world.ts";
import { fakeWorld, withFile } from "../../config/fake_world.ts";
import { startMetadata } from "../../support/stand_ins/aws_metadata.ts";
import { revealed } from "../revealed.ts";

const KEYS = {
  accessKeyId: "ASIAIOSFODNN7EXAMPLE",
  accessKeySecret: "MadeUpSecretThatMustNotShow",
  securityToken: "MadeUpToken",
};
const NOBODY = { profile: undefined };
const ENDPOINT = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
const FULL = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const ROLES = "/latest/meta-data/iam/security-credentials/";

function world(env: Readonly<Record<string, string>>): World {
  return { ...fakeWorld(env), fetch: globalThis.fetch };
}

function keysOf(found: Awaited<ReturnType<typeof container.find>>): unknown {
  return (revealed(found) as { keys: unknown }).keys;
}

const WANT = [KEYS.accessKeyId, KEYS.accessKeySecret, KEYS.securityToken];

/** A port that takes connections and never says a word. */
function startSilence() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return { url: `http://127.0.0.1:${listener.addr.port}`, [Symbol.dispose]: () => listener.close() };
}

Deno.test("an instance's keys come by IMDSv2, in three requests, one session", async () => {
  await using metadata = startMetadata(KEYS, { role: "Node" });
  const found = await instanceMetadata.find(world({ [ENDPOINT]: metadata.url }), NOBODY);
  assert.deepEqual(keysOf(found), WANT);
  assert("source" in found && found.source === "instance metadata (role Node)");
  assert.deepEqual(metadata.asked.map(({ method, path }) => `${method} ${path}`), [
    "PUT /latest/api/token",
    `GET ${ROLES}`,
    `GET ${ROLES}Node`,
  ]);
});

for (
  const [what, options, message] of [
    ["has no role", { role: null }, /^this instance has no role$/],
    [
      "switched its metadata off",
      { answers: { "/latest/api/token": () => new Response(null, { status: 403 }) } },
      /^the metadata service is switched off for this instance$/,
    ],
    [
      "is none, and a web server answers there",
      { answers: { "/latest/api/token": () => new Response("<html>not here</html>", { status: 404 }) } },
      /^HTTP 404 answers instead of IMDSv2$/,
    ],
  ] as const
) {
  Deno.test(`instance metadata is not configured where the instance ${what}`, async () => {
    await using metadata = startMetadata(KEYS, options);
    const found = await instanceMetadata.find(world({ [ENDPOINT]: metadata.url }), NOBODY);
    assert("notConfigured" in found);
    assert.match(found.notConfigured, message);
  });
}

for (
  const [what, answers, message] of [
    ["refuses to list", { [ROLES]: () => new Response(null, { status: 500 }) }, /answered with HTTP 500/],
    ["lists something else", { [ROLES]: () => new Response("<html>") }, /something else than a role's name/],
    [
      "says why it has no keys",
      {
        [`${ROLES}Node`]: () =>
          Response.json({ Code: "AssumeRoleUnauthorizedAccess", Message: "not\u001b[2J trusted" }),
      },
      /refused with "AssumeRoleUnauthorizedAccess": not \[2J trusted; check the role/,
    ],
    ["answers no JSON", { [`${ROLES}Node`]: () => new Response("{") }, /without readable JSON/],
    ["answers half", { [`${ROLES}Node`]: () => Response.json({ AccessKeyId: "A" }) }, /no usable "SecretAccessKey"/],
  ] as const
) {
  Deno.test(`instance metadata that ${what} is broken`, async () => {
    await using metadata = startMetadata(KEYS, { answers });
    await assert.rejects(instanceMetadata.find(world({ [ENDPOINT]: metadata.url }), NOBODY), (e) => {
      return e instanceof CredentialsError && message.test(e.message);
    });
  });
}

Deno.test("metadata that never answers costs a second, and is not configured", async () => {
  using silence = startSilence();
  const started = performance.now();
  const found = await instanceMetadata.find(world({ [ENDPOINT]: silence.url }), NOBODY);
  assert("notConfigured" in found);
  assert.match(
    found.notConfigured,
    /no answer from the metadata service at "127.+": it did not answer within 1 second; check/,
  );
  assert(performance.now() - started < 5_000);
});

for (const value of ["true", "TRUE"]) {
  Deno.test(`nobody asks the metadata where AWS_EC2_METADATA_DISABLED is ${value}`, async () => {
    const found = await instanceMetadata.find(fakeWorld({ AWS_EC2_METADATA_DISABLED: value }), NOBODY);
    assert.deepEqual(found, { notConfigured: "switched off by AWS_EC2_METADATA_DISABLED" });
  });
}

for (
  const [name, value] of [[ENDPOINT, "169.254.169.254"], [ENDPOINT, "ftp://x"], [`${ENDPOINT}_MODE`, "ipv5"]] as const
) {
  Deno.test(`${name} "${value}" is refused by its name`, async () => {
    await assert.rejects(instanceMetadata.find(fakeWorld({ [name]: value }), NOBODY), (e) => {
      return e instanceof CredentialsError && e.message.startsWith(`Cannot use ${name} "${value}"`);
    });
  });
}

Deno.test("a container's keys come with its authorization, of a variable or of a file", async () => {
  await using metadata = startMetadata(KEYS, { authorization: "Bearer MadeUp" });
  const uri = { [FULL]: `${metadata.url}/container` };
  const byVariable = world({ ...uri, AWS_CONTAINER_AUTHORIZATION_TOKEN: "Bearer MadeUp" });
  assert.deepEqual(keysOf(await container.find(byVariable, NOBODY)), WANT);
  await withFile("Bearer MadeUp\n", async (file) => {
    const byFile = world({ ...uri, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file });
    assert.deepEqual(keysOf(await container.find(byFile, NOBODY)), WANT);
  });
  await assert.rejects(
    container.find(world(uri), NOBODY),
    /FULL_URI: the container's agent answered with HTTP 401: not yours; check that it runs/,
  );
});

for (
  const [name, value, message] of [
    [FULL, "http://192.0.2.1/keys", /is neither HTTPS nor on this machine/],
    [FULL, "http://169.254.169.254/keys", /is neither HTTPS nor on this machine/],
    [FULL, "keys", /is neither HTTPS nor on this machine/],
    ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "@192.0.2.1/", /is not a path/],
    ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "keys", /is not a path/],
  ] as const
) {
  Deno.test(`a container is not asked at ${name} "${value}"`, async () => {
    await assert.rejects(container.find(fakeWorld({ [name]: value }), NOBODY), (e) => {
      return e instanceof CredentialsError && message.test(e.message);
    });
  });
}

Deno.test("a container whose agent never answers is broken, within its deadline", async () => {
  using silence = startSilence();
  await assert.rejects(
    container.find(world({ [FULL]: silence.url }), NOBODY),
    /FULL_URI: no answer from the container's agent at "127.+": it did not answer within 2 seconds; check that it runs/,
  );
});

Deno.test("a container's authorization must fit a header", async () => {
  const env = { [FULL]: "http://127.0.0.1:61/", AWS_CONTAINER_AUTHORIZATION_TOKEN: "a\nb: c" };
  await assert.rejects(container.find(fakeWorld(env), NOBODY), /AUTHORIZATION_TOKEN holds what no header can/);
});

Deno.test("no part of what an endpoint calls keys gets into an error", () => {
  const call = {
    attempt: "Cannot get credentials",
    service: "the agent",
    hostOption: "that it runs",
    caFile: undefined,
    Failure: CredentialsError,
  };
  const body = new TextEncoder().encode(JSON.stringify({ AccessKeyId: "A", SecretAccessKey: "Hidden", Token: "a b" }));
  assert.throws(
    () => readMetadataKeys({ status: 200, contentType: "", body }, call, "x"),
    (e) => e instanceof CredentialsError && !Deno.inspect(e).includes("Hidden"),
  );
});
