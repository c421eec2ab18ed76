import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import type { ReceivedRequest } from "../../../lib/emulator/request.ts";
import { signedHeaders } from "../alibaba/independent_signer.ts";
import { DATE, startStage } from "../stage.ts";
import { ask, askWho, AWS_DATE, send } from "./ask.ts";
import { headerSigned, presigned, signedForm } from "./signed_request.ts";

const { dave, clusterAdmin } = DEMO_AWS_PRINCIPALS;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

for (const protocol of ["h1", "h2"] as const) {
  Deno.test(`the emulator tells each principal of AWS who it is, over ${protocol}`, async () => {
    await using stage = startStage({ protocol });
    for (const [name, principal] of Object.entries(DEMO_AWS_PRINCIPALS)) {
      const signing = { date: AWS_DATE, host: stage.emulator.host, headers: { "x-k8s-aws-id": "prod/eu one" } };
      for (const request of [presigned(principal, signing), headerSigned(principal, signing)]) {
        const { status, json } = await ask(stage, request);
        const { GetCallerIdentityResult: result, ResponseMetadata: metadata } = json.GetCallerIdentityResponse!;
        assert.deepEqual({ name, status, result }, { name, status: 200, result: principal.identity });
        assert.match(metadata.RequestId, UUID);
      }
    }
  });
}

Deno.test("the emulator answers for AWS in XML, unless JSON is accepted", async () => {
  await using stage = startStage();
  const request = headerSigned(dave, { date: AWS_DATE, host: stage.emulator.host });
  for (const accept of [undefined, "*/*", "text/xml", "application/json+x"]) {
    const response = await send(stage, request, accept);
    assert.equal(response.headers.get("content-type"), "text/xml");
    const id = response.headers.get("x-amzn-requestid");
    assert.equal(
      await response.text(),
      '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>' +
        "<Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/dave</Arn>" +
        "<UserId>AIDAMADEUPDAVE0000001</UserId></GetCallerIdentityResult>" +
        `<ResponseMetadata><RequestId>${id}</RequestId></ResponseMetadata></GetCallerIdentityResponse>\n`,
    );
  }
  for (const accept of ["application/json", "text/xml;q=0.5, application/json;q=0.9"]) {
    const response = await send(stage, request, accept);
    assert.equal(response.headers.get("content-type"), "application/json");
    await response.json();
  }
});

Deno.test("the emulator escapes what a caller of AWS sent, in both forms", async () => {
  await using stage = startStage();
  const Action = `</Message>&<"\u0000\r\ufffeé`;
  const request = presigned(dave, { date: AWS_DATE, query: { Action } });
  const xml = await (await send(stage, request)).text();
  assert.match(
    xml,
    new RegExp(
      "^<ErrorResponse xmlns=[^>]+><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>" +
        "Could not find operation &lt;/Message&gt;&amp;&lt;&quot;\ufffd&#13;\ufffdé for version 2011-06-15" +
        "</Message></Error><RequestId>[0-9a-f-]{36}</RequestId></ErrorResponse>\n$",
    ),
  );
  const { json } = await ask(stage, request);
  assert.deepEqual(json.Error, {
    Type: "Sender",
    Code: "InvalidAction",
    Message: `Could not find operation ${Action} for version 2011-06-15`,
  });
  assert.match(json.RequestId!, UUID);
});

Deno.test("the emulator reports each call of AWS, without secrets", async () => {
  await using stage = startStage();
  await askWho(stage, clusterAdmin);
  await askWho(stage, { ...dave, accessKeySecret: "MadeUpOther" });
  await ask(stage, headerSigned(dave, { date: AWS_DATE, query: { Version: "2011-06-15" } }));
  assert.deepEqual(stage.reports, [
    { cloud: "aws", action: "GetCallerIdentity", accessKeyId: clusterAdmin.accessKeyId, outcome: "OK" },
    { cloud: "aws", action: "GetCallerIdentity", accessKeyId: dave.accessKeyId, outcome: "SignatureDoesNotMatch" },
    { cloud: "aws", action: undefined, accessKeyId: undefined, outcome: "MissingAction" },
  ]);
});

const plain = (query: string, more: Partial<ReceivedRequest> = {}): ReceivedRequest => ({
  method: "GET",
  path: "/",
  query,
  headers: new Headers(),
  body: new Uint8Array(),
  ...more,
});
const form = (body: string, query = ""): ReceivedRequest =>
  plain(query, {
    method: "POST",
    headers: new Headers({ "content-type": "application/x-www-form-urlencoded" }),
    body: new TextEncoder().encode(body),
  });

for (
  const [why, want, request] of [
    ["no action", [400, "MissingAction"], plain("Version=2011-06-15")],
    ["another action", [400, "InvalidAction"], plain("Version=2011-06-15&Action=GetSessionToken")],
    ["an action in another case", [400, "InvalidAction"], plain("Version=2011-06-15&Action=getcalleridentity")],
    ["a name of every object", [400, "InvalidAction"], plain("Version=2011-06-15&Action=constructor")],
    ["no version", [400, "InvalidAction"], presigned(dave, { date: AWS_DATE, query: { Version: undefined } })],
    ["another version", [400, "InvalidAction"], presigned(dave, { date: AWS_DATE, query: { Version: "2011-06-16" } })],
    ["another method", [400, "InvalidAction"], plain("Version=2011-06-15&Action=GetCallerIdentity", { method: "PUT" })],
    ["another path", [400, "InvalidAction"], presigned(dave, { date: AWS_DATE, path: "/x" })],
    ["no signature", [403, "MissingAuthenticationToken"], plain("Version=2011-06-15&Action=GetCallerIdentity")],
    ["a form without a signature", [403, "MissingAuthenticationToken"], form("Version=2011-06-15&Action=AssumeRole")],
    ["a broken form", [404, "MalformedQueryString"], form("Version=2011-06-15&Action=%gh")],
    ["a form that is not UTF-8", [404, "MalformedQueryString"], form("Version=2011-06-15&Action=%ff")],
    ["a broken query", [404, "MalformedQueryString"], plain("Version=2011-06-15&Action=%gh")],
    ["an action twice", [404, "MalformedQueryString"], form("Version=2011-06-15&Action=x", "Action=x")],
    [
      "another signature of AWS",
      [400, "MissingAction"],
      plain("", {
        headers: new Headers({ authorization: "AWS4-ECDSA-P256-SHA256 x" }),
      }),
    ],
    [
      "a body over the cap",
      [413, "RequestEntityTooLarge"],
      plain("Version=2011-06-15", {
        method: "POST",
        body: new Uint8Array(65_537),
      }),
    ],
  ] as const
) {
  Deno.test(`the emulator of AWS refuses ${why}: ${want.join(" ")}`, async () => {
    await using stage = startStage();
    const { status, json } = await ask(stage, request);
    assert.deepEqual([status, json.Error?.Code], want);
  });
}

Deno.test("the emulator of AWS reads the parameters of a form, where a plus sign is a space", async () => {
  await using stage = startStage();
  const body = "Action=GetCallerIdentity&Version=2011-06-15&Note=a+b";
  const request = signedForm(dave, {}, { date: AWS_DATE, host: stage.emulator.host, body });
  assert.equal((await ask(stage, request)).status, 200);
});

Deno.test("the emulator of AWS can play an outage and recover", async () => {
  let mood: "normal" | "throttle" | "unavailable" = "throttle";
  await using stage = startStage({ behave: () => mood });
  const outcome = async () => {
    const { status, json } = await askWho(stage, dave);
    return [status, json.Error?.Code, json.Error?.Type];
  };
  assert.deepEqual(await outcome(), [400, "Throttling", "Sender"]);
  mood = "unavailable";
  assert.deepEqual(await outcome(), [503, "ServiceUnavailable", "Receiver"]);
  mood = "normal";
  assert.deepEqual(await outcome(), [200, undefined, undefined]);
});

Deno.test("the emulator of AWS answers 500 when a listener of its calls throws", async () => {
  await using stage = startStage({
    onCall: () => {
      throw new Error("made-up failure");
    },
  });
  const { status, json } = await askWho(stage, dave);
  assert.deepEqual([status, json.Error?.Code], [500, "InternalFailure"]);
});

Deno.test("the emulator knows no key of one cloud in the other", async () => {
  await using stage = startStage();
  const { accessKeyId, accessKeySecret } = DEMO_PRINCIPALS.alice;
  assert.equal((await askWho(stage, { accessKeyId, accessKeySecret })).json.Error?.Code, "InvalidClientTokenId");

  const headers = signedHeaders(dave, { date: DATE });
  const response = await fetch(`https://${stage.emulator.host}/`, { client: stage.client, method: "POST", headers });
  assert.equal((await response.json()).Code, "InvalidAccessKeyId.NotFound");
});
