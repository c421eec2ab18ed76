import assert from "node:assert/strict";
import { loadClouds } from "../../../lib/clouds/registry.ts";
import type { BackendMode } from "../../../lib/mapping/backend_mode.ts";
import { parseRules } from "../../../lib/mapping/rules.ts";
import { warnOfGains } from "../../../lib/mapping/swap/gains.ts";
import { valueOf } from "../support.ts";

const IAM = "arn:aws:iam::123456789012";
const RAM = "acs:ram::1234567890123456";

for (
  const [what, source, entry, want] of [
    ["a role's wildcard", "MountedFile", `roleARN: "${IAM}:role/A*"`, /aws-iam-authenticator treats the wildcard/],
    [
      "a wildcard of the other cloud",
      "MountedFile",
      `roleARN: "${RAM}:role/A*"`,
      /ack-ram-authenticator treats the wildcard/,
    ],
    ["a regular expression", "CRD", `roleARN: "${RAM}:role/A*"`, /ack-ram-authenticator treats the ARN as a regular/],
    ["a role's path", "EKSConfigMap", `roleARN: "${IAM}:role/ops/A"`, /aws-iam-authenticator never matches a role/],
    [
      "a permission set",
      "MountedFile",
      `sso: {permissionSetName: Admin, accountID: "123456789012"}`,
      /aws-iam-authenticator ignores the entry, unless SSORoleMatch is on/,
    ],
    ["a plain role", "MountedFile", `roleARN: "${IAM}:role/A"`, undefined],
    ["an invalid entry", "MountedFile", `userid: "", roleARN: "${IAM}:role/A*"`, undefined],
    ["a source that the server before has not", "ACKConfigMap", `roleARN: "${IAM}:role/A*"`, undefined],
  ] as const satisfies readonly (readonly [string, BackendMode, string, RegExp | undefined])[]
) {
  Deno.test(`${what} of ${source} ${want === undefined ? "gives no more" : "may give more"} than before`, async () => {
    const sections = {
      mapRoles: valueOf(`a: [{${entry}, username: a}]`, "a"),
      mapUsers: undefined,
      mapAccounts: undefined,
    };
    const { rules } = parseRules(sections, { clouds: await loadClouds() });
    const [warning, ...more] = warnOfGains(source, rules);
    assert.deepEqual(more, []);
    if (want === undefined) return assert.equal(warning, undefined);
    assert.equal(warning?.severity, "warning");
    assert.match(warning.message, want);
  });
}
