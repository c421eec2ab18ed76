import assert from "node:assert/strict";
import { checkSignature } from "../../../lib/emulator/aws/check_signature.ts";
import { DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import {
  awsDate,
  type AwsKeys,
  awsPairs,
  type AwsSigning,
  type AwsTokenOptions,
  awsUrl,
  encodeUrl,
} from "../../support/aws_tokens.ts";
import { type DenyRow, testDenied } from "./deny.ts";

const { dave, erin, clusterAdmin } = DEMO_AWS_PRINCIPALS;
const PRINCIPALS = Object.values(DEMO_AWS_PRINCIPALS);

/** Asserts that STS would take the request, were it forwarded as it came: else the attack would be none. */
function assertStsTakes(pairs: readonly string[], { clusterId, now, host }: AwsTokenOptions): void {
  const headers = new Headers({ host, "x-k8s-aws-id": clusterId });
  const request = { method: "GET", path: "/", query: pairs.join("&"), headers, body: new Uint8Array() };
  assert.equal(checkSignature(request, { principals: PRINCIPALS, now }).kind, "accepted");
}

/** Parameters equal but for case, all of them signed by the attacker; the twin of one of the client's in both orders. */
function inBothOrders(
  what: string,
  keys: AwsKeys,
  twin: string,
  signing: (options: AwsTokenOptions) => AwsSigning,
): DenyRow[] {
  const row = (where: string, order: (others: string[], twins: string[]) => string[]): DenyRow => [
    `${what}, ${twin} ${where}`,
    "malformed",
    ({ options }) => {
      const pairs = awsPairs(keys, options, signing(options));
      assertStsTakes(pairs, options);
      const isTwin = (pair: string) => pair.startsWith(`${twin}=`);
      const twins = pairs.filter(isTwin);
      assert.equal(twins.length, 1);
      return encodeUrl(awsUrl(options.host, order(pairs.filter((pair) => !isTwin(pair)), twins)));
    },
  ];
  return [
    row("in front", (others, twins) => [...twins, ...others]),
    row("behind", (others, twins) => [...others, ...twins]),
  ];
}

const ACTIONS = [
  ...inBothOrders("the action that is judged", dave, "action", () => ({
    query: { Action: "AssumeRole", action: "GetCallerIdentity" },
  })),
  ...inBothOrders("the action that is sent", dave, "action", () => ({ query: { action: "AssumeRole" } })),
  ...inBothOrders("the same action", dave, "ACTION", () => ({ query: { ACTION: "GetCallerIdentity" } })),
];
testDenied("T-01, S-1: two actions that differ in case are denied", ACTIONS);

const SIGNED_HEADERS = [
  ...inBothOrders("the cluster is not signed", dave, "x-amz-signedheaders", () => ({
    headers: { "x-k8s-aws-id": undefined },
    query: { "x-amz-signedheaders": "host;x-k8s-aws-id" },
  })),
  ...inBothOrders("the cluster is signed", dave, "x-amz-signedheaders", () => ({
    query: { "x-amz-signedheaders": "host" },
  })),
];
testDenied("T-02, S-1: two lists of signed headers are denied", SIGNED_HEADERS);

const credentialOf = ({ accessKeyId }: AwsKeys, { now }: AwsTokenOptions) =>
  `${accessKeyId}/${awsDate(now).slice(0, 8)}/us-east-1/sts/aws4_request`;
const CREDENTIALS = [
  ...inBothOrders("erin, who would be dave", erin, "x-amz-credential", (options) => ({
    query: { "x-amz-credential": credentialOf(dave, options) },
  })),
  ...inBothOrders("dave twice", dave, "x-amz-credential", (options) => ({
    query: { "x-amz-credential": credentialOf(dave, options) },
  })),
];
testDenied("T-03, S-1: two credentials that differ in case are denied", CREDENTIALS);

/** Every parameter of a token with a security token, with a value that it can have. */
const CLOSED_SET: Readonly<Record<string, string>> = {
  Action: "GetCallerIdentity",
  Version: "2011-06-15",
  "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
  "X-Amz-Credential": `${clusterAdmin.accessKeyId}/20261122/us-east-1/sts/aws4_request`,
  "X-Amz-Date": "20261122T120000Z",
  "X-Amz-Expires": "60",
  "X-Amz-Security-Token": clusterAdmin.securityToken,
  "X-Amz-Signature": "ab".repeat(32),
  "X-Amz-SignedHeaders": "host;x-k8s-aws-id",
};

for (const [name, value] of Object.entries(CLOSED_SET)) {
  const twins = new Set([
    name.toLowerCase(),
    name.toUpperCase(),
    name[0]!.toLowerCase() + name.slice(1),
    `${name.slice(0, -1)}${name.at(-1)!.toUpperCase()}`,
  ]);
  testDenied(`S-1: ${name} beside its twin in other case is denied`, [
    ...[...twins].flatMap((twin) => inBothOrders("as it is", clusterAdmin, twin, () => ({ query: { [twin]: value } }))),
    ...[...twins].map((
      twin,
    ): DenyRow => [
      `${twin} in its place`,
      "malformed",
      ({ options, stsPairs }) =>
        encodeUrl(awsUrl(options.host, stsPairs.map((pair) => pair.replace(`${name}=`, `${twin}=`)))),
    ]),
  ]);
}
