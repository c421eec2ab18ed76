import assert from "node:assert/strict";
import { Secret } from "../../lib/secret.ts";
import { ExecInfoError, formatExecCredential, readExecInfo } from "../../lib/token/exec_credential.ts";

const GROUP = "client.authentication.k8s.io";

for (
  const [what, variable, want] of [
    ["nothing", undefined, "v1beta1"],
    ["an empty variable", "", "v1beta1"],
    ["v1", `{"kind":"ExecCredential","apiVersion":"${GROUP}/v1","spec":{"interactive":true}}`, "v1"],
    ["v1beta1", `{"kind":"ExecCredential","apiVersion":"${GROUP}/v1beta1","spec":{"interactive":false}}`, "v1beta1"],
    ["v1alpha1", `{"kind":"ExecCredential","apiVersion":"${GROUP}/v1alpha1","spec":{}}`, "v1alpha1"],
    ["an empty object", "{}", "v1beta1"],
    ["a kind without a version", '{"kind":"ExecCredential"}', "v1beta1"],
    ["a version without a kind", `{"apiVersion":"${GROUP}/v1"}`, "v1"],
    ["members that are new", `{"kind":"ExecCredential","apiVersion":"${GROUP}/v1","x":[1]}`, "v1"],
  ] as const
) {
  Deno.test(`readExecInfo() answers ${want} to ${what}`, () => assert.equal(readExecInfo(variable), want));
}

for (
  const [why, variable] of [
    ["text", "v1"],
    ["half of JSON", '{"kind":'],
    ["null", "null"],
    ["a number", "1"],
    ["a list", "[]"],
    ["another kind", `{"kind":"TokenReview","apiVersion":"${GROUP}/v1"}`],
    ["a kind that is no text", '{"kind":1}'],
    ["another group", '{"kind":"ExecCredential","apiVersion":"authentication.k8s.io/v1"}'],
    ["a version that is not known", `{"kind":"ExecCredential","apiVersion":"${GROUP}/v2"}`],
    ["a version without its group", '{"kind":"ExecCredential","apiVersion":"v1"}'],
    ["a version that is no text", '{"kind":"ExecCredential","apiVersion":{"toString":1}}'],
  ] as const
) {
  Deno.test(`readExecInfo() refuses ${why}`, () => {
    assert.throws(() => readExecInfo(variable), (e) => {
      return e instanceof ExecInfoError && e.code === "ERR_EXEC_INFO" && !e.message.includes("undefined");
    });
  });
}

for (const version of ["v1", "v1beta1", "v1alpha1"] as const) {
  Deno.test(`formatExecCredential() writes ${version} on one line, with whole seconds`, () => {
    const minted = { token: new Secret("k8s-ack-v2.MadeUp"), expiresAt: new Date("2026-11-22T00:53:23.999Z") };
    const text = formatExecCredential(minted, version);
    assert(!text.includes("\n"));
    assert.deepEqual(JSON.parse(text), {
      kind: "ExecCredential",
      apiVersion: `${GROUP}/${version}`,
      spec: {},
      status: { expirationTimestamp: "2026-11-22T00:53:23Z", token: "k8s-ack-v2.MadeUp" },
    });
  });
}
