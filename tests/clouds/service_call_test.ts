import assert from "node:assert/strict";
import {
  adviceOn,
  askService,
  objectAt,
  opaqueMember,
  readObject,
  refusal,
  type ServiceCall,
  timeMember,
} from "../../lib/clouds/service_call.ts";
import { AssumeRoleError } from "../../lib/clouds/signer.ts";
import { parseStrictJson } from "../../lib/strict_json.ts";
import { realWorld } from "../../lib/world.ts";
import { makeLoopbackCertificate } from "../emulator/loopback_certificate.ts";
import { withFile } from "../config/fake_world.ts";

const CALL: ServiceCall = {
  attempt: "Cannot do it",
  service: "STS",
  hostOption: "--sts-endpoint",
  caFile: undefined,
  Failure: AssumeRoleError,
};

function members(json: string) {
  return objectAt(new Map([["x", parseStrictJson(json)]]), "x");
}

const fails = (words: RegExp) => (e: unknown) => e instanceof AssumeRoleError && words.test(e.message);

Deno.test("askService() brings any answer, and follows no redirect", async () => {
  const pair = await makeLoopbackCertificate();
  let calls = 0;
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert: pair.certPem, key: pair.keyPem, onListen: () => {} },
    () => {
      calls += 1;
      return new Response("moved", {
        status: 302,
        headers: { location: "https://127.0.0.1:1/", "content-type": "a/b" },
      });
    },
  );
  await withFile(pair.caPem, async (caFile) => {
    const request = { url: `https://127.0.0.1:${server.addr.port}/`, method: "GET", headers: {} } as const;
    const { status, contentType, body } = await askService(realWorld(), request, { ...CALL, caFile });
    assert.deepEqual([status, contentType, new TextDecoder().decode(body), calls], [302, "a/b", "moved", 1]);
  });
});

Deno.test("askService() says which host gave no answer, and nothing of the request", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const request = { url: `https://127.0.0.1:${port}/?secret-of-the-test`, method: "GET", headers: {} } as const;
  await assert.rejects(
    askService(realWorld(), request, CALL),
    (e) =>
      fails(new RegExp(`^Cannot do it: no answer from STS at "127\\.0\\.0\\.1:${port}": .+ and --sts-endpoint$`))(e) &&
      !(e as Error).message.includes("secret-of-the-test"),
  );
});

Deno.test("readObject() reads strict JSON of an object, and nothing else", () => {
  const answer = (text: string) => ({ status: 200, contentType: "", body: new TextEncoder().encode(text) });
  assert.equal(readObject(answer('{"a":"b"}'), CALL).get("a"), "b");
  for (const text of ["", "[]", "null", '"x"', "{", '{"a":1,"a":2}']) {
    assert.throws(() => readObject(answer(text), CALL), fails(/STS answered with HTTP 200 without/));
  }
});

Deno.test("objectAt() goes down a path, and finds an empty object where it ends", () => {
  const root = members('{"a":{"b":{"c":"d"}},"e":"f"}');
  assert.equal(objectAt(root, "a", "b").get("c"), "d");
  for (const path of [["x"], ["e"], ["a", "x", "y"], ["e", "f"]]) assert.equal(objectAt(root, ...path).size, 0);
});

Deno.test("opaqueMember() takes visible ASCII alone", () => {
  assert.equal(opaqueMember(members('{"k":"AKIA/+=~!"}'), "k", CALL), "AKIA/+=~!");
  for (
    const json of [
      "{}",
      '{"k":""}',
      '{"k":1}',
      '{"k":"a b"}',
      '{"k":"a\\n"}',
      '{"k":"é"}',
      `{"k":"${"x".repeat(8_193)}"}`,
    ]
  ) {
    assert.throws(() => opaqueMember(members(json), "k", CALL), fails(/no usable "k"/));
  }
});

Deno.test("timeMember() takes ISO 8601 in UTC and seconds since 1970", () => {
  const want = "2026-11-22T12:00:00.000Z";
  for (
    const json of [
      '{"t":"2026-11-22T12:00:00Z"}',
      '{"t":"2026-11-22T12:00:00.000Z"}',
      `{"t":${Date.parse(want) / 1_000}}`,
    ]
  ) {
    assert.equal(timeMember(members(json), "t", CALL).toISOString(), want);
  }
  for (
    const json of [
      "{}",
      '{"t":""}',
      '{"t":"2026-11-22"}',
      '{"t":"2026-11-22T12:00:00+01:00"}',
      '{"t":"2026-13-22T12:00:00Z"}',
      '{"t":1e300}',
    ]
  ) {
    assert.throws(() => timeMember(members(json), "t", CALL), fails(/no usable "t"/));
  }
});

Deno.test("adviceOn() knows its own codes alone", () => {
  const advice = { byCode: { Denied: "ask somebody" }, otherwise: "wait" };
  assert.equal(adviceOn("Denied", advice), "ask somebody");
  for (const code of ["denied", "toString", "__proto__", undefined, 7]) assert.equal(adviceOn(code, advice), "wait");
});

Deno.test("refusal() repeats what the service says on one line", () => {
  const said = { status: 403, code: "Denied", message: "no\n\u001b[31mway", requestId: undefined };
  assert.equal(
    refusal(CALL, said, "ask somebody").message,
    'Cannot do it: STS refused with "Denied": no [31mway (STS request id "unknown"); ask somebody',
  );
  const silent = { status: 500, code: undefined, message: undefined, requestId: "r-1" };
  assert.equal(
    refusal(CALL, silent, "wait").message,
    'Cannot do it: STS refused with "HTTP 500" (STS request id "r-1"); wait',
  );
});
