import assert from "node:assert/strict";
import { caBundle, regionOfArn, ssoService, stsService } from "../../../lib/clouds/aws/service.ts";
import { UsageError } from "../../../lib/errors.ts";
import { atHome } from "./homes.ts";

const STS = { region: undefined, endpoint: undefined, caFile: undefined, profile: undefined };
const ROLE = "arn:aws:iam::123456789012:role/R";
const CONFIG = `[default]
services = mine
endpoint_url = https://all.example
ca_bundle = /of/profile.pem
[profile plain]
region = eu-west-1
[services mine]
STS =
  endpoint_url = https://sts.example
sso =
  endpoint_url = https://sso.example:8443
`;

for (
  const [what, env, sts, want] of [
    ["the profile's services", {}, {}, "https://sts.example/"],
    ["AWS_ENDPOINT_URL, before the profile", { AWS_ENDPOINT_URL: "https://var.example" }, {}, "https://var.example/"],
    [
      "AWS_ENDPOINT_URL_STS, before all",
      { AWS_ENDPOINT_URL: "https://var.example", AWS_ENDPOINT_URL_STS: "https://own.example/" },
      {},
      "https://own.example/",
    ],
    ["this machine without TLS", { AWS_ENDPOINT_URL_STS: "http://127.0.0.1:4566" }, {}, "http://127.0.0.1:4566/"],
    [
      "--sts-endpoint",
      { AWS_ENDPOINT_URL_STS: "https://own.example" },
      { endpoint: "o.example" },
      "https://o.example/",
    ],
    ["a region", {}, { profile: "plain" }, "https://sts.eu-west-1.amazonaws.com/"],
    [
      "a region, where endpoints are ignored",
      { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true", AWS_ENDPOINT_URL: "https://x.example", AWS_REGION: "eu-west-1" },
      {},
      "https://sts.eu-west-1.amazonaws.com/",
    ],
  ] as const
) {
  Deno.test(`a role is assumed at the endpoint of ${what}`, async () => {
    await atHome({ config: CONFIG }, async (_, world) => {
      assert.equal((await stsService(world(env), { ...STS, ...sts }, ROLE)).url, want);
    });
  });
}

for (const text of ["http://192.0.2.1", "https://x.example/path", "https://u:p@x.example", "ftp://127.0.0.1", "sts"]) {
  Deno.test(`an endpoint that keys must not come from is refused: ${text}`, async () => {
    await atHome({}, async (_, world) => {
      await assert.rejects(
        stsService(world({ AWS_ENDPOINT_URL_STS: text }), STS, ROLE),
        (e) => e instanceof UsageError && e.message.startsWith("Cannot use AWS_ENDPOINT_URL_STS "),
      );
    });
  });
}

Deno.test("IAM Identity Center is asked in the region of the session, and in its partition", async () => {
  await atHome({ config: CONFIG }, async (_, world) => {
    const plain = { ...STS, profile: "plain" };
    const ask = async (region: string, service: "sso" | "oidc") =>
      (await ssoService(world(), plain, { service, region })).url;
    assert.equal(await ask("eu-west-1", "sso"), "https://portal.sso.eu-west-1.amazonaws.com/");
    assert.equal(await ask("cn-north-1", "oidc"), "https://oidc.cn-north-1.amazonaws.com.cn/");
    await assert.rejects(ask("eu-west-1.example.com", "sso"), UsageError);
    assert.equal((await ssoService(world(), STS, { service: "sso", region: "x" })).url, "https://sso.example:8443/");
  });
});

Deno.test("the CA bundle of the option counts before AWS_CA_BUNDLE, and that before the profile's", async () => {
  await atHome({ config: CONFIG }, async (_, world) => {
    const env = { AWS_CA_BUNDLE: "/of/variable.pem" };
    assert.equal(await caBundle(world(env), { ...STS, caFile: "/of/option.pem" }), "/of/option.pem");
    assert.equal(await caBundle(world(env), STS), "/of/variable.pem");
    assert.equal(await caBundle(world(), STS), "/of/profile.pem");
    assert.equal(await caBundle(world(), { ...STS, profile: "plain" }), undefined);
  });
});

Deno.test("a role outside the usual partition says where its STS is", () => {
  assert.equal(regionOfArn("arn:aws-cn:iam::123456789012:role/R"), "cn-northwest-1");
  assert.equal(regionOfArn("arn:aws-us-gov:iam::123456789012:role/R"), "us-gov-west-1");
  for (const arn of [ROLE, "arn:aws-nowhere:iam::123456789012:role/R", "x"]) assert.equal(regionOfArn(arn), undefined);
});
