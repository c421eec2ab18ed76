import assert from "node:assert/strict";
import { roleCall, settleSessionName } from "../../lib/clouds/role_session.ts";
import { AssumeRoleError, type SessionName } from "../../lib/clouds/signer.ts";
import { UsageError } from "../../lib/errors.ts";

const NOW = new Date(1_700_000_000_000);
const USUAL = "ram-auth-1700000000000";

function settle(session: SessionName, callerPrincipalId?: string): Promise<string> {
  return settleSessionName(session, {
    now: NOW,
    pattern: /^[a-z@.-]{2,64}$/,
    alphabet: "letters",
    callerPrincipalId: () =>
      callerPrincipalId === undefined ? Promise.reject(new Error("nobody asks")) : Promise.resolve(callerPrincipalId),
  });
}

for (
  const [what, session, caller, want] of [
    ["the usual name", { kind: "usual" }, undefined, USUAL],
    ["the name that is given", { kind: "given", name: "alice" }, undefined, "alice"],
    ["the caller's name", { kind: "of_caller" }, "AROAEXAMPLE:alice@example.com", "alice@example.com"],
    ["the usual name for a caller without a session", { kind: "of_caller" }, "AIDAEXAMPLE", USUAL],
    ["the usual name for a caller with an empty session", { kind: "of_caller" }, "AROAEXAMPLE:", USUAL],
  ] as const
) {
  Deno.test(`settleSessionName() takes ${what}`, async () => assert.equal(await settle(session, caller), want));
}

for (const name of ["", "a", "a b", "a:b", "alice\n", "a".repeat(65)]) {
  Deno.test(`settleSessionName() refuses the name ${JSON.stringify(name.slice(0, 20))}`, async () => {
    await assert.rejects(settle({ kind: "given", name }), UsageError);
  });
}

for (const caller of ["AROAEXAMPLE:a b", "AROAEXAMPLE:a:b", "AROAEXAMPLE:x"]) {
  Deno.test(`settleSessionName() hands on no name that the cloud does not take: ${caller}`, async () => {
    await assert.rejects(settle({ kind: "of_caller" }, caller), AssumeRoleError);
  });
}

Deno.test("roleCall() says which role, and what leads to another STS", () => {
  const { attempt, hostOption, Failure, caFile } = roleCall("arn:aws:iam::1:role/R", "/ca.pem");
  assert.deepEqual([attempt, hostOption, caFile], [
    'Cannot assume role "arn:aws:iam::1:role/R"',
    "--sts-endpoint",
    "/ca.pem",
  ]);
  assert.equal(Failure, AssumeRoleError);
});
