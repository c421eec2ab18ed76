import assert from "node:assert/strict";
import { readArnPattern } from "../../lib/clouds/aws/arn.ts";
import { permissionSetArn, readPermissionSet } from "../../lib/clouds/aws/permission_set.ts";
import type { Identity } from "../../lib/identity/identity.ts";
import { createRuleIndex } from "../../lib/mapping/lookup/rule_index.ts";
import { type ParsedRules, parseRules } from "../../lib/mapping/rules.ts";
import { valueOf } from "./support.ts";

const ACCOUNT = "123456789012";
const SET = `permissionSetName: Admin, accountID: "${ACCOUNT}"`;
const END = "0123456789abcdef";

function rulesOf(...entries: readonly string[]): ParsedRules {
  const text = `mapRoles:\n${entries.map((entry) => `  - ${entry}\n`).join("")}`;
  const sections = { mapRoles: valueOf(text, "mapRoles"), mapUsers: undefined, mapAccounts: undefined };
  return parseRules(sections, { clouds: [{ id: "aws", arnPrefix: "arn:", readArnPattern, readPermissionSet }] });
}

/** A session of a role, as STS's answer makes it. */
function session(role: string, { partition = "aws", accountId = ACCOUNT, principalId = "AROAMADEUP" } = {}): Identity {
  const canonicalArn = `arn:${partition}:iam::${accountId}:role/${role}`;
  const set = permissionSetArn(canonicalArn);
  return {
    cloud: "aws",
    arn: `arn:${partition}:sts::${accountId}:assumed-role/${role}/dave`,
    canonicalArn,
    ...(set !== undefined && { permissionSetArn: set }),
    accountId,
    principalId,
    sessionName: "dave",
    accessKeyId: "ASIAMADEUPKEYOFDAVE1",
  };
}

const ONE = `{sso: {${SET}}, username: one}`;

for (
  const [why, entries, identity, want] of [
    ["the role of the set", [ONE], session(`AWSReservedSSO_Admin_${END}`), "one"],
    ["the role of the set, made anew", [ONE], session("AWSReservedSSO_Admin_fedcba9876543210"), "one"],
    ["S-10: a set whose name only starts so", [ONE], session(`AWSReservedSSO_Admin_ReadOnly_${END}`), undefined],
    ["S-10: a set whose name ends so", [ONE], session(`AWSReservedSSO_My_Admin_${END}`), undefined],
    ["a role that somebody else named so", [ONE], session("AWSReservedSSO_Admin"), undefined],
    ["an end of 15 digits", [ONE], session(`AWSReservedSSO_Admin_${END.slice(1)}`), undefined],
    ["an end that is not hex", [ONE], session("AWSReservedSSO_Admin_0123456789abcdeg"), undefined],
    ["another account", [ONE], session(`AWSReservedSSO_Admin_${END}`, { accountId: "210987654321" }), undefined],
    ["another partition", [ONE], session(`AWSReservedSSO_Admin_${END}`, { partition: "aws-cn" }), undefined],
    [
      "the partition of the rule",
      [`{sso: {${SET}, partition: aws-us-gov}, username: gov}`],
      session(`AWSReservedSSO_Admin_${END}`, { partition: "aws-us-gov" }),
      "gov",
    ],
    [
      "keys in another case",
      [`{SSO: {permissionsetname: Admin, accountid: "${ACCOUNT}"}, username: one}`],
      session(`AWSReservedSSO_Admin_${END}`),
      "one",
    ],
    [
      "an exact rule above it",
      [`{rolearn: "arn:aws:iam::${ACCOUNT}:role/AWSReservedSSO_Admin_${END}", username: exact}`, ONE],
      session(`AWSReservedSSO_Admin_${END}`),
      "exact",
    ],
    [
      "an exact rule below it",
      [ONE, `{rolearn: "arn:aws:iam::${ACCOUNT}:role/AWSReservedSSO_Admin_${END}", username: exact}`],
      session(`AWSReservedSSO_Admin_${END}`),
      "one",
    ],
    [
      "a pinned id",
      [`{sso: {${SET}}, username: one, userid: AROAMADEUP}`],
      session(`AWSReservedSSO_Admin_${END}`),
      "one",
    ],
    [
      "another id than the pinned one",
      [`{sso: {${SET}}, username: one, userid: AROA2}`],
      session(`AWSReservedSSO_Admin_${END}`),
      undefined,
    ],
  ] as const
) {
  Deno.test(`a rule of a permission set and ${why}`, () => {
    const { rules, problems } = rulesOf(...entries);
    assert.deepEqual(problems.filter(({ severity }) => severity === "invalid"), []);
    const rule = createRuleIndex(rules).find(identity);
    assert.equal(rule?.kind === "arn" ? rule.username.source : undefined, want);
  });
}

for (
  const [why, entry, says] of [
    ["without a name", `{sso: {accountID: "${ACCOUNT}"}, username: a}`, /no permissionSetName/],
    ["without an account", "{sso: {permissionSetName: Admin}, username: a}", /no accountID/],
    ["with a wildcard", `{sso: {permissionSetName: "Adm*", accountID: "${ACCOUNT}"}, username: a}`, /wildcards/],
    ["with a list as partition", `{sso: {${SET}, partition: [aws]}, username: a}`, /partition is a list/],
    ["with an unknown partition", `{sso: {${SET}, partition: mars}, username: a}`, /unknown partition "mars"/],
    ["with a mistyped key", `{sso: {${SET}, partion: aws}, username: a}`, /did you mean "partition"/],
    ["with a key twice", `{sso: {${SET}, accountid: "1"}, username: a}`, /"accountID" comes twice/],
    ["that is a text", "{sso: Admin, username: a}", /its sso is a text/],
    [
      "beside an ARN",
      `{sso: {${SET}}, rolearn: "arn:aws:iam::${ACCOUNT}:role/R", username: a}`,
      /both roleARN and sso/,
    ],
  ] as const
) {
  Deno.test(`a permission set ${why} is invalid`, () => {
    const { rules, problems } = rulesOf(entry);
    assert.deepEqual(rules, []);
    assert.match(problems[0]?.message ?? "", says);
  });
}

for (
  const [why, entries, shadowed] of [
    ["the same set twice", [ONE, ONE], true],
    [
      "a glob over the set's roles",
      [`{rolearn: "arn:aws:iam::${ACCOUNT}:role/AWSReservedSSO_Adm*", username: a}`, ONE],
      true,
    ],
    ["a glob over some of them", [
      `{rolearn: "arn:aws:iam::${ACCOUNT}:role/AWSReservedSSO_Admin_0*", username: a}`,
      ONE,
    ], false],
    ["another set", [ONE, ONE.replace("Admin", "Admin_ReadOnly")], false],
  ] as const
) {
  Deno.test(`a warning that a rule of a permission set can never match: ${why}`, () => {
    assert.equal(rulesOf(...entries).problems.some(({ severity }) => severity === "warning"), shadowed);
  });
}
