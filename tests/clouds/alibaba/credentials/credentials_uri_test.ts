import assert from "node:assert/strict";
import { credentialsUri } from "../../../../lib/clouds/alibaba/credentials/credentials_uri.ts";
import { CredentialsError, type CredentialsWanted } from "../../../../lib/clouds/signer.ts";
import { fakeWorld, withFile } from "../../../config/fake_world.ts";
import { CERTIFICATE } from "../../../emulator/stage.ts";
import { startScripted } from "../../../support/stand_ins/scripted_server.ts";
import { revealed } from "../../revealed.ts";
import { SECRET } from "./rig.ts";

const KEYS = { AccessKeyId: "STS.NMadeUp", AccessKeySecret: SECRET, SecurityToken: "CAISMadeUp" };
const WANT = { profile: undefined };

function find(uri: string, variables: Readonly<Record<string, string>> = {}, want: CredentialsWanted = WANT) {
  const world = { ...fakeWorld({ ALIBABA_CLOUD_CREDENTIALS_URI: uri, ...variables }), fetch };
  return credentialsUri.find(world, want);
}

Deno.test("a credentials URI gives keys, with an end or without, over HTTP or HTTPS", async () => {
  for (const Expiration of [undefined, "2026-11-22T13:00:00Z"]) {
    await using server = startScripted(() => Response.json({ ...KEYS, Code: "Success", Expiration }));
    assert.deepEqual(revealed(await find(`http://${server.host}/a/b?c=d`)), {
      keys: ["STS.NMadeUp", SECRET, "CAISMadeUp"],
      expiresAt: Expiration && "2026-11-22T13:00:00.000Z",
      source: "environment (ALIBABA_CLOUD_CREDENTIALS_URI)",
    });
    assert.deepEqual(server.asked.map(({ method, path }) => [method, path]), [["GET", "/a/b"]]);
  }
  await using server = startScripted(() => Response.json(KEYS), CERTIFICATE);
  await withFile(CERTIFICATE.caPem, async (caFile) => {
    const sts = { profile: undefined, region: undefined, endpoint: undefined, caFile };
    assert("accessKeyId" in await find(`https://${server.host}/`, {}, { profile: undefined, sts }));
  });
});

for (
  const [why, answer, message] of [
    ["it is refused", () => new Response(SECRET, { status: 403 }), /at "127\.0\.0\.1:\d+" answered with HTTP 403/],
    ["it is redirected", () => Response.redirect("http://127.0.0.1:1/"), /answered with HTTP 302/],
    ["the answer is garbage", () => new Response(`<html>${SECRET}`), /HTTP 200 without readable JSON/],
    ["the answer is a list", () => Response.json([KEYS]), /HTTP 200 without a JSON object/],
    ["the answer is huge", () => new Response("x".repeat(70_000)), /larger than 65536 bytes/],
    [
      "the answer is a failure",
      () => Response.json({ Code: "Failed", Message: "No." }),
      /refused with "Failed": No\. .*what it/,
    ],
    ["a key is missing", () => Response.json({ ...KEYS, AccessKeySecret: "" }), /no usable "AccessKeySecret"/],
    [
      "the security token is missing",
      () => Response.json({ ...KEYS, SecurityToken: null }),
      /no usable "SecurityToken"/,
    ],
    ["the end is no time", () => Response.json({ ...KEYS, Expiration: "soon" }), /no usable "Expiration"/],
  ] as const
) {
  Deno.test(`a credentials URI ends the search where ${why}`, async () => {
    await using server = startScripted(answer);
    await assert.rejects(find(`http://${server.host}/?key=${SECRET}`), (e) => {
      assert(e instanceof CredentialsError);
      assert.match(e.message, /^Cannot use ALIBABA_CLOUD_CREDENTIALS_URI: /);
      assert.match(e.message, message);
      return !Deno.inspect(e, { depth: 10 }).includes(SECRET);
    });
  });
}

for (
  const [what, uri, variables, message] of [
    ["a path", `/keys/${SECRET}`, {}, /is no URL with http or https/],
    ["a file", `file:///${SECRET}`, {}, /is no URL with http or https/],
    [
      "any server, where nothing external is allowed",
      `http://127.0.0.1:1/${SECRET}`,
      { ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS: "true" },
      /ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS forbids it/,
    ],
  ] as const
) {
  Deno.test(`a credentials URI that is ${what} is not followed`, async () => {
    await assert.rejects(find(uri, variables), (e) => {
      assert(e instanceof CredentialsError);
      assert.match(e.message, message);
      return !e.message.includes(SECRET);
    });
  });
}

Deno.test("a credentials URI is passed over where a profile was asked for", async () => {
  const skipped = { notConfigured: 'skipped, because profile "work" was asked for' };
  assert.deepEqual(await find("http://127.0.0.1:1/", {}, { profile: "work" }), skipped);
  assert.deepEqual(await find("http://127.0.0.1:1/", { ALICLOUD_PROFILE: "work" }), skipped);
});
