import assert from "node:assert/strict";
import { type AwsPrincipal, DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import type { ReviewServer } from "../../support/review_server.ts";
import { startAwsServer } from "./deny.ts";
import { ACCOUNT, assertRefused, login, mapRole, mapUser, session } from "./sessions.ts";

const { dave, erin, root, federated } = DEMO_AWS_PRINCIPALS;
const OTHER_ACCOUNT = "999999999999";

async function usernameOf(server: ReviewServer, principal: AwsPrincipal): Promise<string | undefined> {
  return (await login(server, principal)).body.status?.user?.username;
}

Deno.test("S-9: a star in a rule is not a regular expression, and stays within its part of the ARN", async () => {
  const mappings = mapRole("admin*", "admin");
  for (
    const [role, is] of [["admin", true], ["admin-eu", true], ["admi", false], ["xadmin", false], [
      "AdmiX",
      false,
    ]] as const
  ) {
    const principal = session(role, "eve");
    await using server = await startAwsServer({ principals: [principal], mappings });
    if (is) assert.equal(await usernameOf(server, principal), "admin", role);
    else await assertRefused(server, principal, "not_mapped");
  }
});

for (
  const [what, rule, principal] of [
    ["a dot in a rule is a dot", mapRole("admin.eu", "admin"), session("adminXeu", "eve")],
    ["a plus sign in a rule is a plus sign", mapRole("admin+", "admin"), session("adminn", "eve")],
    ["a dot behind a star is a dot", mapRole("*.eu", "admin"), session("adminXeu", "eve")],
    ["a star in front does not open the end", mapRole("*admin", "admin"), session("admins", "eve")],
    ["a question mark is one character, not none", mapRole("admin?", "admin"), session("admin", "eve")],
    ["a question mark is one character, not two", mapRole("admin?", "admin"), session("admin-1", "eve")],
    ["a rule matches whole names alone", mapRole("admin", "admin"), session("admin-eu", "eve")],
    ["a star does not reach into a user's path", mapUser("e*", "ops"), {
      ...erin,
      identity: { ...erin.identity, Arn: `arn:aws:iam::${OTHER_ACCOUNT}:user/ops/erin`, Account: OTHER_ACCOUNT },
    }],
    ["a star for roles matches no user", mapRole("*", "anybody"), dave],
    ["a star for users matches no root user", mapUser("*", "anybody"), root],
  ] as const
) {
  Deno.test(`S-9: ${what}`, async () => {
    await using server = await startAwsServer({ principals: [principal], mappings: rule });
    await assertRefused(server, principal, "not_mapped");
  });
}

for (const first of ["ours", "theirs"] as const) {
  Deno.test(`S-5, T-18: a role of the same name in another account is somebody else, where ${first} comes first`, async () => {
    const ours = session("Dev", "carol");
    const theirs = session("Dev", "carol", { accountId: OTHER_ACCOUNT, accessKeyId: "ASIAMADEUPOTHER00001" });
    await using server = await startAwsServer({ principals: [ours, theirs], mappings: mapRole("Dev", "dev") });
    for (const who of first === "ours" ? [ours, theirs, ours, theirs] : [theirs, ours, theirs, ours]) {
      if (who === ours) assert.equal(await usernameOf(server, ours), "dev");
      else await assertRefused(server, theirs, "not_mapped");
    }
  });
}

Deno.test("T-18: a user, a role, a federated user and a session of one name are four", async () => {
  const named = session("dave", "dave");
  await using server = await startAwsServer({
    principals: [dave, named, federated],
    mappings: `${mapUser("dave", "the-user")}\n${mapRole("frank", "the-role")}`,
  });
  assert.equal(await usernameOf(server, dave), "the-user");
  await assertRefused(server, named, "not_mapped");
  await assertRefused(server, federated, "not_mapped");
});

for (
  const [what, old, anew, mappings] of [
    [
      "a role",
      session("Dev", "carol"),
      session("Dev", "carol", { roleId: "AROAMADEUPROLE0000002", accessKeyId: "ASIAMADEUPOTHER00001" }),
      mapRole("Dev", "dev", "viewers", ", userid: AROAMADEUPROLE0000001"),
    ],
    [
      "a user",
      dave,
      { ...dave, accessKeyId: "AKIAMADEUPOTHER00001", identity: { ...dave.identity, UserId: "AIDAMADEUPDAVE0000002" } },
      mapUser("dave", "dev", `, userid: ${dave.identity.UserId}`),
    ],
    [
      "a role under a wildcard",
      session("Dev", "carol"),
      session("Dev", "carol", { roleId: "AROAMADEUPROLE0000002", accessKeyId: "ASIAMADEUPOTHER00001" }),
      mapRole("D*", "dev", "viewers", ", userid: AROAMADEUPROLE0000001"),
    ],
  ] as const
) {
  Deno.test(`T-18: ${what} that was made anew under an old name is somebody else where its id is pinned`, async () => {
    await using server = await startAwsServer({ principals: [old, anew], mappings });
    await assertRefused(server, anew, "not_mapped");
    assert.equal(await usernameOf(server, old), "dev");
    await assertRefused(server, anew, "not_mapped");
  });
}

for (
  const arn of [
    ...[
      "",
      "dave",
      "arn:aws:iam::123456789012:user",
      "arn:aws:iam::123456789012:user/",
      "arn:aws:iam:123456789012:user/dave",
    ],
    ...[
      "arn:aws:iam::12345:user/dave",
      "arn:aws:iam::*:user/dave",
      "arn:aws:sts::123456789012:user/dave",
      "arn:*:iam::123456789012:user/dave",
    ],
    ...[
      "arn:aws:iam::123456789012:user/dave:x",
      " arn:aws:iam::123456789012:user/dave",
      "arn:aws:iam::123456789012:user/dave/",
    ],
    ...["arn:aws:iam::123456789012:*", "arn:aws:iam::123456789012:group/dave", "*"],
  ]
) {
  Deno.test(`S-7: a rule with the malformed ARN ${JSON.stringify(arn)} matches nobody, whatever id it pins`, async () => {
    const { UserId } = dave.identity;
    await using server = await startAwsServer({
      mappings: `mapUsers: [{userARN: "${arn}", username: eve, groups: ["system:masters"], userid: ${UserId}}]`,
    });
    await assertRefused(server, dave, "not_mapped");
  });
}

Deno.test("S-7: a pinned id is compared, whether or not the rule beside it can be read", async () => {
  const arn = `arn:aws:iam::${ACCOUNT}:user/dave`;
  await using server = await startAwsServer({
    mappings:
      `mapUsers: [{userARN: "arn:aws", username: eve}, {userARN: "${arn}", username: dave, userid: AIDAMADEUPOTHER000001}]`,
  });
  await assertRefused(server, dave, "not_mapped");
});
