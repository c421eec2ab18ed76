import assert from "node:assert/strict";
import { type AwsPrincipal, DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import { startAwsServer } from "./deny.ts";
import { assertRefused, login, mapRole, mapUser, session } from "./sessions.ts";

const { dave } = DEMO_AWS_PRINCIPALS;

const REFUSED: ReadonlyArray<readonly [string, AwsPrincipal, string]> = [
  ["an empty username", dave, mapUser("dave", "{{SessionName}}")],
  ["a session that names itself into system:", session("Dev", "masters"), mapRole("Dev", "system:{{SessionName}}")],
  ["a session that is called system:", session("Dev", "system"), mapRole("Dev", "{{SessionName}}:admin")],
  ["a session that names its group", session("Dev", "masters"), mapRole("Dev", "dev", "system:{{SessionName}}")],
  [
    "a session that names its group as it is",
    session("Dev", "masters"),
    mapRole("Dev", "dev", "system:{{SessionNameRaw}}"),
  ],
];

for (const [what, principal, mappings] of REFUSED) {
  Deno.test(`T-20: ${what} is refused`, async () => {
    await using server = await startAwsServer({ principals: [principal], mappings });
    await assertRefused(server, principal, "mapping_refused");
  });
}

const RESERVED = 'reservedPrefixConfig: [{backendMode: MountedFile, usernamePrefixReserveList: ["system:", "admin-"]}]';

for (
  const [what, principal, mapping] of [
    ["system: by the rule", session("Dev", "eve"), mapRole("Dev", "system:node:{{SessionName}}")],
    ["system: written out", dave, mapUser("dave", "system:admin")],
    ["a reserved prefix by the session", session("Dev", "admin-eve"), mapRole("Dev", "{{SessionName}}")],
    ["a reserved prefix by the session's @", session("Dev", "admin@eve"), mapRole("Dev", "{{SessionName}}")],
    ["a reserved prefix by the session as it is", session("Dev", "admin-eve"), mapRole("Dev", "{{SessionNameRaw}}")],
    [
      "a reserved prefix half by the rule, half by the session",
      session("Dev", "-eve"),
      mapRole("Dev", "admin{{SessionName}}"),
    ],
  ] as const
) {
  Deno.test(`S-8: MountedFile may not give a username with ${what}, where that is reserved`, async () => {
    await using server = await startAwsServer({ principals: [principal], mappings: `${mapping}\n${RESERVED}` });
    await assertRefused(server, principal, "mapping_refused");
    await server.replaceMappings(mapping);
    assert.equal((await login(server, principal)).body.status?.authenticated, true);
  });
}

Deno.test("T-20: the sessions a@b and a-b are told apart where the rule asks for it", async () => {
  const [at, dash] = [session("Dev", "a@b"), session("Dev", "a-b", { accessKeyId: "ASIAMADEUPOTHER00001" })];
  await using server = await startAwsServer({
    principals: [at, dash],
    mappings: mapRole("Dev", "{{SessionName}}", "{{SessionNameRaw}}"),
  });
  const users = [(await login(server, at)).body.status?.user, (await login(server, dash)).body.status?.user];
  assert.deepEqual(users.map((user) => user?.username), ["a-b", "a-b"]);
  assert.deepEqual(users.map((user) => user?.groups), [["a@b"], ["a-b"]]);
});

const NO_SESSION = [
  ...[
    "{{AccessKeyID}}",
    "{{SessionNameRaw}}",
    "a b",
    "a\nb",
    "a\0b",
    "a/b",
    "a:b",
    "a\u202eb",
    "é",
    "a*",
    "a".repeat(65),
  ],
];

for (const name of NO_SESSION) {
  Deno.test(`T-20: an STS that gives the session ${JSON.stringify(name)} is not believed`, async () => {
    const { identity } = session("Dev", name);
    await using server = await startAwsServer({
      mappings: mapRole("Dev", "dev:{{SessionName}}"),
      sts: () =>
        Response.json({
          GetCallerIdentityResponse: { GetCallerIdentityResult: identity, ResponseMetadata: { RequestId: "MadeUp" } },
        }),
    });
    const { status, body } = await login(server, dave);
    assert.deepEqual({ status, review: body.status }, { status: 504, review: undefined });
  });
}
