import assert from "node:assert/strict";
import { loadClouds } from "../../../lib/clouds/registry.ts";
import type { Identity } from "../../../lib/identity/identity.ts";
import { createDenyList } from "../../../lib/mapping/deny/list.ts";
import { readDenyList } from "../../../lib/mapping/deny/read.ts";
import { valueOf } from "../support.ts";

const clouds = await loadClouds();

const DAVE: Identity = {
  cloud: "aws",
  arn: "arn:aws:iam::123456789012:user/dave",
  canonicalArn: "arn:aws:iam::123456789012:user/dave",
  accountId: "123456789012",
  principalId: "AIDAEXAMPLE",
  sessionName: "",
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
};
const ERIN: Identity = {
  cloud: "aws",
  arn: "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/erin@example.com",
  canonicalArn: "arn:aws:iam::123456789012:role/AWSReservedSSO_Admin_0123456789abcdef",
  permissionSetArn: "arn:aws:iam::123456789012:role/AWSReservedSSO_Admin",
  accountId: "123456789012",
  principalId: "AROAEXAMPLE",
  sessionName: "erin@example.com",
  accessKeyId: "ASIAIOSFODNN7EXAMPLE",
};
const ALICE: Identity = {
  cloud: "alibaba",
  arn: "acs:ram::1234567890123456:assumed-role/Admin/alice",
  canonicalArn: "acs:ram::1234567890123456:role/Admin",
  accountId: "1234567890123456",
  principalId: "300000000000000001",
  sessionName: "alice",
  accessKeyId: "STS.NMadeUpMadeUp",
};

const PEOPLE = { dave: DAVE, erin: ERIN, alice: ALICE };

function read(text: string) {
  const { entries, problems } = readDenyList(valueOf(`deny: ${text}`, "deny"), clouds);
  const list = createDenyList();
  list.replace(entries);
  const isDenied = (identity: Identity) => {
    try {
      list.assertIdentity(identity);
      return false;
    } catch (error) {
      assert.equal((error as { code?: string }).code, "ERR_DENIED");
      return true;
    }
  };
  const denied = Object.entries(PEOPLE).filter(([, identity]) => isDenied(identity)).map(([name]) => name);
  return { denied, problems, size: list.size };
}

for (
  const [text, denied] of [
    ["", []],
    ["{}", []],
    ["{arns: [], accounts: }", []],
    [`{arns: ["arn:aws:iam::123456789012:user/dave"]}`, ["dave"]],
    [`{arns: ["ARN:aws:iam::123456789012:user/DAVE"]}`, ["dave"]],
    [`{arns: ["arn:aws:iam::123456789012:user/d*"]}`, ["dave"]],
    [`{arns: ["arn:aws:iam::123456789012:user/dav"]}`, []],
    [`{arns: ["arn:aws:iam::123456789012:role/*"]}`, ["erin"]],
    [
      `{arns: ["arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef"]}`,
      [
        "erin",
      ],
    ],
    [`{arns: ["acs:ram::1234567890123456:role/admin"]}`, ["alice"]],
    [`{accessKeyIds: [AKIAIOSFODNN7EXAMPLE, "STS.NMadeUpMadeUp"]}`, ["dave", "alice"]],
    [`{accessKeyIds: [akiaiosfodnn7example]}`, []],
    [`{principalIds: [AROAEXAMPLE, 300000000000000001]}`, ["erin", "alice"]],
    [`{accounts: ["123456789012"]}`, ["dave", "erin"]],
    [`{ACCOUNTS: [1234567890123456]}`, ["alice"]],
  ] as const
) {
  Deno.test(`server.deny: ${text} denies ${denied.join(" and ") || "nobody"}`, () => {
    const reading = read(text);
    assert.deepEqual(reading.denied, denied);
    assert.deepEqual(reading.problems, []);
  });
}

Deno.test("one session can be denied, with a warning that its name is free to choose", () => {
  const { denied, problems } = read(`{arns: ["${ERIN.arn}"]}`);
  assert.deepEqual(denied, ["erin"]);
  assert.deepEqual(problems.map(({ severity, line, column }) => [severity, line, column]), [["warning", 1, 15]]);
  assert.match(problems[0]!.message, /write "arn:aws:iam::123456789012:role\/AWSReservedSSO_Admin_0123456789abcdef"/);
});

for (
  const [what, text, message] of [
    ["a list in place of the map", `["arn:aws:iam::123456789012:user/dave"]`, /it is a list; write a map with arns/],
    ["an unknown key", `{arn: [x], accounts: ["123456789012"]}`, /"arn" here; did you mean "arns"/],
    [
      "a text in place of a list",
      `{arns: "arn:aws:iam::123456789012:user/x", accounts: ["123456789012"]}`,
      /write a list/,
    ],
    ["a name for an ARN", `{arns: [dave], accounts: ["123456789012"]}`, /"dave" is not an ARN/],
    ["an ARN without its account", `{arns: ["arn:aws:iam:::user/x"], accounts: ["123456789012"]}`, /Cannot use ARN/],
    ["an id with its session", `{principalIds: ["AROAEXAMPLE:erin"], accounts: ["123456789012"]}`, /without a session/],
    ["an account that is none", `{accounts: ["123456789012", prod]}`, /an entry of accounts is no such id/],
    ["a key that is none", `{accessKeyIds: ["a b"], accounts: ["123456789012"]}`, /an entry of accessKeyIds/],
    ["a nested list", `{accessKeyIds: [[x]], accounts: ["123456789012"]}`, /an entry of accessKeyIds/],
  ] as const
) {
  Deno.test(`server.deny with ${what}: that is invalid, and the rest denies`, () => {
    const { denied, problems } = read(text);
    assert.deepEqual(denied, text.includes("accounts") ? ["dave", "erin"] : []);
    assert.deepEqual(problems.map(({ severity }) => severity), ["invalid"]);
    assert.match(problems[0]!.message, message);
  });
}

Deno.test("of more than 1,000 entries of one kind the first 1,000 are in force, and that is said", () => {
  const ids = Array.from({ length: 1_001 }, (_, i) => `"${100_000_000_000 + i}"`);
  const { problems, size } = read(`{accounts: [${ids.join(", ")}]}`);
  assert.equal(size, 1_000);
  assert.match(problems[0]!.message, /more than 1000 entries/);
});
