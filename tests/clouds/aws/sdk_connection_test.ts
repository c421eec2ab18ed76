import assert from "node:assert/strict";
import { sdkConnection, toSdk } from "../../../lib/clouds/aws/sdk_connection.ts";
import { BodyTooLargeError } from "../../../lib/http.ts";
import { Secret } from "../../../lib/secret.ts";
import { realWorld } from "../../../lib/world.ts";

const LIMITS = { tries: 1, deadlineMs: 5_000, maxBytes: 100 };

/** A server that says what it was asked. */
function startEcho(body = "") {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const asked = [
      request.method,
      new URL(request.url).pathname,
      request.headers.get("x-amz-date"),
      await request.text(),
    ];
    return new Response(body || JSON.stringify(asked), { status: 418, headers: { "x-answer": "yes" } });
  });
}

for (const [method, body, said] of [["POST", "Action=X", "Action=X"], ["GET", undefined, ""]] as const) {
  Deno.test(`the SDK's ${method} is sent as it is, and its answer handed back`, async () => {
    await using server = startEcho();
    using client = Deno.createHttpClient({});
    const { response } = await sdkConnection(realWorld(), { ...LIMITS, client }).handle({
      method,
      protocol: "http:",
      hostname: "127.0.0.1",
      port: server.addr.port,
      path: "/x",
      headers: { host: "elsewhere", "content-length": "999", "x-amz-date": "20261121T120000Z" },
      body,
    });
    assert.deepEqual([response.statusCode, response.headers["x-answer"]], [418, "yes"]);
    assert.deepEqual(JSON.parse(new TextDecoder().decode(response.body)), [method, "/x", "20261121T120000Z", said]);
  });
}

Deno.test("an answer above the cap is not read to its end", async () => {
  await using server = startEcho("x".repeat(101));
  using client = Deno.createHttpClient({});
  const { port } = server.addr;
  const request = { method: "GET", protocol: "http:", hostname: "127.0.0.1", port, path: "/", headers: {} };
  await assert.rejects(sdkConnection(realWorld(), { ...LIMITS, client }).handle(request), BodyTooLargeError);
});

Deno.test("credentials are handed to the SDK with what there is of them", () => {
  const keys = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", accessKeySecret: new Secret("MadeUp"), source: "a test" };
  assert.deepEqual(toSdk(keys), { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "MadeUp" });
  const expiresAt = new Date(0);
  assert.deepEqual(toSdk({ ...keys, securityToken: new Secret("Token"), expiresAt }), {
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    secretAccessKey: "MadeUp",
    sessionToken: "Token",
    expiration: expiresAt,
  });
});
