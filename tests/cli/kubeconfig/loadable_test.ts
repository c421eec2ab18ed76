import assert from "node:assert/strict";
import { makeHome } from "./home.ts";

for (
  const [what, text, says] of [
    [
      "a command that is a number",
      "users:\n- {name: a, user: {exec: {command: 5}}}",
      /users\["a"\]\.user\.exec\.command is a number to kubectl, not a string; put it in quotes/,
    ],
    [
      "an argument that is a number",
      "users:\n- {name: a, user: {exec: {args: [-i, 12]}}}",
      /exec\.args\[1\] is a number/,
    ],
    ["a name that is a switch", "users:\n- {name: on, user: {}}", /users\[0\]\.name is true or false to kubectl/],
    ["two entries of one name", "users:\n- {name: a}\n- {name: a}", /users has two entries with the name "a"/],
    [
      "a list in place of a map",
      "users:\n- {name: a, user: [x]}",
      /users\["a"\]\.user is a list to kubectl, not a map/,
    ],
    ["a map in place of a list", "users: {a: {}}", /users is a map to kubectl, not a list/],
    ["what is not Base64", "users:\n- {name: a, user: {client-key-data: made-up}}", /client-key-data is not Base64/],
    ["a switch in quotes", 'clusters:\n- {name: a, cluster: {insecure-skip-tls-verify: "no"}}', /not true or false/],
    ["another version", "apiVersion: v2", /its apiVersion is "v2", not "v1"/],
  ] as const
) {
  Deno.test(`ram-auth kubeconfig refuses a kubeconfig that kubectl does not load: ${what}`, async () => {
    for (const args of [["-i", "c1", "--server", "https://192.0.2.1"], ["--convert"]]) {
      await using home = await makeHome(`kind: Config\n${text}\n`);
      const { code, out, err } = await home.run(args);
      assert.deepEqual([code, out], [1, ""]);
      assert.match(
        err,
        /^ram-auth: Cannot edit the kubeconfig ".*\/config": kubectl does not load it: .*; repair it, and see/,
      );
      assert.match(err, says);
      assert.ok(!err.includes("made-up"), err);
      assert.equal(await home.text(), `kind: Config\n${text}\n`);
    }
  });
}
