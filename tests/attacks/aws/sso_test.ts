import assert from "node:assert/strict";
import type { ReviewServerOptions } from "../../support/review_server.ts";
import { startAwsServer } from "./deny.ts";
import { ACCOUNT, assertRefused, login, session } from "./sessions.ts";

const HEX = "0123456789abcdef";

/** A mapping of a permission set, and nothing else. */
function mapSet(name: string, more = ""): string {
  return `mapRoles: [{sso: {permissionSetName: "${name}", accountID: "${ACCOUNT}"${more}}, username: "sso:{{SessionName}}", groups: [viewers]}]`;
}

const NOT_THE_SET: ReadonlyArray<readonly [id: string, role: string]> = [
  ["S-10", `AWSReservedSSO_Admin_ReadOnly_${HEX}`],
  ["S-10", `AWSReservedSSO_Admin_Admin_${HEX}`],
  ["S-10", `AWSReservedSSO_Admin__${HEX}`],
  ["S-10", `AWSReservedSSO_Admin_${HEX}_${HEX}`],
  ["S-10", `AWSReservedSSO_AdminReadOnly_${HEX}`],
  ["S-10", `AWSReservedSSO_My_Admin_${HEX}`],
  ["T-19", "AWSReservedSSO_Admin"],
  ["T-19", "AWSReservedSSO_Admin_"],
  ["T-19", `AWSReservedSSO_Admin_${HEX.slice(1)}`],
  ["T-19", `AWSReservedSSO_Admin_${HEX}0`],
  ["T-19", `AWSReservedSSO_Admin_${HEX.slice(1)}g`],
  ["T-19", `AWSReservedSSO_Admin_${HEX.slice(1)}-`],
  ["T-19", `AWSReservedSSO_Admin_${HEX.toUpperCase()}`],
  ["T-19", `AWSReservedSSO_Admin-${HEX}`],
  ["T-19", `AWSReservedSSO_Admin${HEX}`],
  ["T-19", `AWSReservedSSO_Admi_${HEX}`],
  ["T-19", `AWSReservedSSO_A.min_${HEX}`],
  ["T-19", `xAWSReservedSSO_Admin_${HEX}`],
  ["T-19", `ReservedSSO_Admin_${HEX}`],
  ["T-19", `AWSReservedSSO-Admin_${HEX}`],
  ["T-19", `Admin_${HEX}`],
  ["T-19", "Admin"],
];

for (const [id, role] of NOT_THE_SET) {
  Deno.test(`${id}: the role ${role} is not of the permission set Admin`, async () => {
    const principal = session(role, "eve@example.com");
    await using server = await startAwsServer({ principals: [principal], mappings: mapSet("Admin") });
    await assertRefused(server, principal, "not_mapped");
  });
}

for (
  const [partition, rule, other] of [["aws", "", "aws-cn"], ["aws-cn", ", partition: aws-cn", "aws"], [
    "aws-us-gov",
    ", partition: aws-us-gov",
    "aws",
  ]] as const
) {
  const role = `AWSReservedSSO_Admin_${HEX}`;
  const principal = session(role, "dave@example.com", { partition });
  const options: ReviewServerOptions = { principals: [principal], partition };

  Deno.test(`T-19: the role that single sign-on made for a set in ${partition} logs in, made anew or not`, async () => {
    const anew = session("AWSReservedSSO_Admin_fedcba9876543210", "dave@example.com", {
      partition,
      accessKeyId: "ASIAMADEUPOTHER00001",
    });
    await using server = await startAwsServer({
      ...options,
      principals: [principal, anew],
      mappings: mapSet("Admin", rule),
    });
    for (const who of [principal, anew]) {
      assert.equal((await login(server, who)).body.status?.user?.username, "sso:dave-example.com");
    }
  });

  Deno.test(`T-19: a set of ${other} has no roles in ${partition}`, async () => {
    await using server = await startAwsServer({ ...options, mappings: mapSet("Admin", `, partition: ${other}`) });
    await assertRefused(server, principal, "not_mapped");
  });

  Deno.test(`T-19: an STS of ${partition} that gives a role of ${other} is not believed`, async () => {
    const foreign = session(role, "dave@example.com", { partition: other });
    await using server = await startAwsServer({
      principals: [foreign],
      partition,
      mappings: mapSet("Admin", `, partition: ${other}`),
    });
    const { status, body } = await login(server, foreign);
    assert.deepEqual({ status, review: body.status }, { status: 504, review: undefined });
  });
}

Deno.test("T-19: a set of another account is another set", async () => {
  const principal = session(`AWSReservedSSO_Admin_${HEX}`, "eve", { accountId: "999999999999" });
  await using server = await startAwsServer({ principals: [principal], mappings: mapSet("Admin") });
  await assertRefused(server, principal, "not_mapped");
});

Deno.test("S-10: each of two sets of which one's name starts as the other's has its own roles", async () => {
  const admin = session(`AWSReservedSSO_Admin_${HEX}`, "dave");
  const reader = session(`AWSReservedSSO_Admin_ReadOnly_${HEX}`, "dave", { accessKeyId: "ASIAMADEUPOTHER00001" });
  const entry = (name: string, username: string) =>
    `{sso: {permissionSetName: ${name}, accountID: "${ACCOUNT}"}, username: ${username}}`;
  for (const order of [["Admin", "Admin_ReadOnly"], ["Admin_ReadOnly", "Admin"]]) {
    const mappings = `mapRoles: [${order.map((name) => entry(name, name.toLowerCase())).join(", ")}]`;
    await using server = await startAwsServer({ principals: [admin, reader], mappings });
    assert.equal((await login(server, admin)).body.status?.user?.username, "admin");
    assert.equal((await login(server, reader)).body.status?.user?.username, "admin_readonly");
  }
});

Deno.test("T-19: a pinned id holds for a permission set too", async () => {
  const principal = session(`AWSReservedSSO_Admin_${HEX}`, "dave");
  const mappings = mapSet("Admin").replace("username:", "userid: AROAMADEUPROLE0000002, username:");
  await using server = await startAwsServer({ principals: [principal], mappings });
  await assertRefused(server, principal, "not_mapped");
});
