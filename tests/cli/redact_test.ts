import assert from "node:assert/strict";
import { withoutSecrets } from "../../lib/cli/redact.ts";

const S = "MadeUpSecret";

for (
  const [what, before, after] of [
    [
      "tokens and keys",
      `users: [{name: a, user: {token: ${S}, client-key-data: "${S}"}}]`,
      `users: [{name: a, user: {token: REDACTED, client-key-data: REDACTED}}]`,
    ],
    [
      "what a plugin holds",
      `users:\n- user:\n    auth-provider:\n      config: {refresh: ${S}}\n`,
      "users:\n- user:\n    auth-provider:\n      config: {refresh: REDACTED}\n",
    ],
    [
      "texts of many lines, each",
      `users:\n- user:\n    token: |\n      ${S}\n      ${S}\nk: 1\n`,
      "users:\n- user:\n    token: REDACTED\n\n\nk: 1\n",
    ],
    [
      "variables, and not how the program is called",
      `users:\n- user:\n    exec:\n      command: c\n      args: [a]\n      env: [{name: N, value: ${S}}]\n`,
      "users:\n- user:\n    exec:\n      command: c\n      args: [a]\n      env: [{name: REDACTED, value: REDACTED}]\n",
    ],
    [
      "what stands elsewhere, by an alias",
      `x: &x {token: ${S}}\ny: [&t ${S}]\nusers: [{user: *x}, {user: {<<: *x}}, {user: {token: *t}}]\n`,
      "x: &x {token: REDACTED}\ny: [&t REDACTED]\nusers: [{user: *x}, {user: {<<: *x}}, {user: {token: *t}}]\n",
    ],
    [
      "nothing else",
      `clusters: [{name: a, cluster: {server: s}}]\nusers: [{name: a}, null, 1]\n`,
      `clusters: [{name: a, cluster: {server: s}}]\nusers: [{name: a}, null, 1]\n`,
    ],
    ["nothing of an empty text", "", ""],
  ] as const
) {
  Deno.test(`withoutSecrets() writes over ${what}`, () => {
    const shown = withoutSecrets(before);
    assert.equal(shown, after);
    assert.ok(!shown.includes(S), shown);
    assert.equal(shown.split("\n").length, before.split("\n").length);
  });
}
