import assert from "node:assert/strict";
import { leaksIn, searchOutputs } from "../../scripts/search_outputs.ts";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { DEMO_AWS_PRINCIPALS } from "../../lib/emulator/aws/principals.ts";
import { awsToken } from "../support/aws_tokens.ts";
import { mintedToken } from "../support/minted_token.ts";
import { SCRUBBED_PERSON } from "../support/outputs/scrubbed_person.ts";

const { alice, kubernetesAdmin } = DEMO_PRINCIPALS;
const NOW = new Date("2026-01-02T03:04:05Z");
const ALIBABA = await mintedToken(kubernetesAdmin, { clusterId: "c", now: NOW });
const AWS = awsToken(DEMO_AWS_PRINCIPALS.clusterAdmin, { clusterId: "c", host: "sts.amazonaws.com", now: NOW });
const contentOf = (token: string) =>
  atob(token.slice(token.indexOf(".") + 1).replaceAll("-", "+").replaceAll("_", "/"));

let number = 0;
for (
  const [what, text] of [
    ["a token", ALIBABA],
    ["a token", AWS],
    ["the content of a token", AWS.slice("k8s-aws-v1.".length)],
    ["the content of a token", btoa(ALIBABA)],
    ["a signature", contentOf(AWS)],
    ["a security token", contentOf(AWS)],
    ["a security token", contentOf(ALIBABA)],
    ["a signature", contentOf(ALIBABA)],
    ["a signature", "https://sts.aliyuncs.com/?Signature=c2lnbmF0dXJlIG9mIHRoZSB0ZXN0MTI%3D&Version=1"],
    ["an access key secret", alice.accessKeySecret],
    ["an access key secret", DEMO_AWS_PRINCIPALS.dave.accessKeySecret],
    ["a security token", kubernetesAdmin.securityToken],
    ["a private key", "-----BEGIN PRIVATE KEY-----"],
    ["something of a scrubbed account", SCRUBBED_PERSON.identity.Arn],
    ["something of a scrubbed account", "username=heidi-example.com"],
  ] as const
) {
  Deno.test(`the outputs of tests are searched for ${what}: number ${++number}`, () => {
    assert.ok(leaksIn(`time=now level=info ${text} and more`).some((leak) => leak.what === what));
  });
}

Deno.test("names, ids and ARNs are no secrets, and the reason of a refusal neither", () => {
  const line = `{"arn":"${alice.identity.Arn}","accessKeyId":"${alice.accessKeyId}","why":"STS refused it with ` +
    `\"SignatureDoesNotMatch\"","credentialId":"TOKENSHA256=${"0a".repeat(32)}","token":"k8s-aws-v1.x"}`;
  assert.deepEqual(leaksIn(line), []);
});

Deno.test("all files of a folder are searched, with what is no text in them", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/1`, new Uint8Array([0xff, 0, ...new TextEncoder().encode(AWS)]));
    await Deno.writeTextFile(`${folder}/2`, "nothing");
    const { bytes, leaks } = await searchOutputs(folder);
    assert.ok(bytes > AWS.length);
    assert.ok(leaks.some(({ what }) => what === "a token"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
