import assert from "node:assert/strict";
import { type AlibabaPrincipal, DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import type { StsErrorCode } from "../../../lib/emulator/alibaba/errors.ts";
import { DATE, type Stage, startStage } from "../stage.ts";
import { signedHeaders } from "./independent_signer.ts";

const { alice, kubernetesAdmin, root } = DEMO_PRINCIPALS;
const ROLES = "acs:ram::1234567890123456:role";
const ADMIN = { RoleArn: `${ROLES}/KubernetesAdmin`, RoleSessionName: "alice@example.com" };

type Keys = Omit<AlibabaPrincipal, "identity">;
type Query = Readonly<Record<string, string | undefined>>;

/** Asks for an action with parameters in the query, signed by the vendor's package. */
async function ask({ emulator, client }: Stage, keys: Keys, { action, parameters = {}, date = DATE }: {
  readonly action: string;
  readonly parameters?: Query;
  readonly date?: string;
}) {
  const present = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const query = Object.fromEntries(present);
  const headers = signedHeaders(keys, { date, query, headers: { "x-acs-action": action } });
  const url = `https://${emulator.host}/?${new URLSearchParams(query)}`;
  const response = await fetch(url, { client, method: "POST", headers });
  return { status: response.status, json: await response.json() };
}

const assume = (stage: Stage, keys: Keys, more: Query = {}) =>
  ask(stage, keys, { action: "AssumeRole", parameters: { ...ADMIN, ...more } });

Deno.test("AssumeRole gives keys that sign as the role's session in Alibaba Cloud until they end", async () => {
  let now = new Date(DATE);
  await using stage = startStage({ now: () => now });
  const { status, json } = await assume(stage, alice, { DurationSeconds: "900" });
  assert.equal(status, 200);
  assert.deepEqual(json.AssumedRoleUser, {
    AssumedRoleId: "300000000000000001:alice@example.com",
    Arn: `${ROLES}/KubernetesAdmin/alice@example.com`,
  });
  assert.equal(json.Credentials.Expiration, "2026-11-22T12:15:00Z");
  const accessKeyId: string = json.Credentials.AccessKeyId;
  assert.match(accessKeyId, /^STS\.NMadeUp[0-9a-f]{16}$/);

  const keys = {
    accessKeyId,
    accessKeySecret: json.Credentials.AccessKeySecret,
    securityToken: json.Credentials.SecurityToken,
  };
  const who = (keys: Keys, date = DATE) => ask(stage, keys, { action: "GetCallerIdentity", date });
  const { RequestId: _, ...identity } = (await who(keys)).json;
  assert.deepEqual(identity, kubernetesAdmin.identity);
  const mixed = await who({ ...keys, securityToken: kubernetesAdmin.securityToken });
  assert.equal(mixed.json.Code, "InvalidSecurityToken.MismatchWithAccessKey");
  now = new Date("2026-11-22T12:14:59Z");
  assert.equal((await who(keys, "2026-11-22T12:14:59Z")).status, 200);
  now = new Date("2026-11-22T12:15:00Z");
  const ended = await who(keys, "2026-11-22T12:15:00Z");
  assert.deepEqual([ended.status, ended.json.Code], [400, "InvalidSecurityToken.Expired"]);
  assert.deepEqual(stage.reports.at(-1), {
    cloud: "alibaba",
    action: "GetCallerIdentity",
    accessKeyId,
    outcome: "InvalidSecurityToken.Expired",
  });
});

for (
  const [what, keys, more] of [
    ["an hour by default", alice, {}],
    ["twelve hours", alice, { DurationSeconds: "43200" }],
    ["the role's external id", alice, { RoleArn: `${ROLES}/Partner`, ExternalId: "MadeUpExternalId" }],
    ["an external id for which the role does not ask", alice, { ExternalId: "anything" }],
    ["a role's keys", kubernetesAdmin, {}],
  ] as const
) {
  Deno.test(`AssumeRole of Alibaba Cloud accepts ${what}`, async () => {
    await using stage = startStage();
    const { status, json } = await assume(stage, keys, more);
    const seconds = "DurationSeconds" in more ? 43_200 : 3_600;
    assert.equal(status, 200);
    assert.equal(Date.parse(json.Credentials.Expiration), Date.parse(DATE) + seconds * 1_000);
  });
}

const REFUSALS: readonly (readonly [why: string, want: readonly [number, StsErrorCode], keys: Keys, more: Query])[] = [
  ["no role", [400, "MissingRoleArn"], alice, { RoleArn: undefined }],
  ["a role's name without an ARN", [400, "InvalidParameter.RoleArn"], alice, { RoleArn: "KubernetesAdmin" }],
  [
    "a role of the other cloud",
    [400, "InvalidParameter.RoleArn"],
    alice,
    { RoleArn: "arn:aws:iam::123456789012:role/ClusterAdmin" },
  ],
  ["no session name", [400, "MissingRoleSessionName"], alice, { RoleSessionName: undefined }],
  ["a session name with a slash", [400, "InvalidParameter.RoleSessionName"], alice, { RoleSessionName: "a/b" }],
  ["a session name of one character", [400, "InvalidParameter.RoleSessionName"], alice, { RoleSessionName: "a" }],
  ["a life under 15 minutes", [400, "InvalidParameter.DurationSeconds"], alice, { DurationSeconds: "899" }],
  ["a life over 12 hours", [400, "InvalidParameter.DurationSeconds"], alice, { DurationSeconds: "43201" }],
  ["a life that is no number", [400, "InvalidParameter.DurationSeconds"], alice, { DurationSeconds: "1e3" }],
  ["an external id of another form", [400, "InvalidParameter.ExternalId"], alice, { ExternalId: "a b" }],
  ["an unknown role", [404, "EntityNotExist.Role"], alice, { RoleArn: `${ROLES}/Nobody` }],
  ["no external id where the role wants one", [403, "NoPermission"], alice, { RoleArn: `${ROLES}/Partner` }],
  ["another external id", [403, "NoPermission"], alice, { RoleArn: `${ROLES}/Partner`, ExternalId: "other" }],
  ["the account itself", [403, "NoPermission"], root, {}],
  ["another secret", [400, "SignatureDoesNotMatch"], { ...alice, accessKeySecret: "MadeUpOther" }, {}],
];

for (const [why, want, keys, more] of REFUSALS) {
  Deno.test(`AssumeRole of Alibaba Cloud refuses ${why}: ${want.join(" ")}`, async () => {
    await using stage = startStage();
    const { status, json } = await assume(stage, keys, more);
    assert.deepEqual([status, json.Code], want);
  });
}
