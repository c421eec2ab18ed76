import assert from "node:assert/strict";
import { TOKEN_PERMISSIONS } from "../scripts/permissions.ts";

const KEYS = { ALIBABA_CLOUD_ACCESS_KEY_ID: "LTAI5tMadeUp", ALIBABA_CLOUD_ACCESS_KEY_SECRET: "made-up" };
const ROLE = "acs:ram::1234567890123456:role/x";

/** Runs `ram-auth token` for a role with an environment that a shell makes, which may hold any bytes. */
async function login(environment: string, ...args: readonly string[]): Promise<{ code: number; err: string }> {
  const { code, stderr } = await new Deno.Command("sh", {
    args: [
      "-c",
      `export ${environment}; exec "$0" "$@"`,
      Deno.execPath(),
      "run",
      "--quiet",
      ...TOKEN_PERMISSIONS,
      "main.ts",
      "token",
      "-i",
      "c",
      ...args,
    ],
    env: KEYS,
    stdin: "null",
  }).output();
  return { code, err: new TextDecoder().decode(stderr) };
}

for (
  const [what, environment, want] of [
    [
      "a CA store that there is not",
      "DENO_TLS_CA_STORE=bogus",
      /^ram-auth: Cannot load the public CAs: .*; correct it/,
    ],
    [
      "a CA file that is not there",
      "DENO_CERT=/nowhere/ca.pem",
      /^ram-auth: Cannot load the public CAs: .*; correct it/,
    ],
    [
      "a profile that is not UTF-8",
      `AWS_PROFILE="$(printf '\\377')"`,
      /^ram-auth: Cannot read the variable AWS_PROFILE: its value is not UTF-8; /,
    ],
    ["a home folder that is not UTF-8", `HOME="$(printf '/\\377')"`, /^ram-auth: Cannot read the variable HOME: /],
  ] as const
) {
  Deno.test(`ram-auth token with ${what} in its environment says so, and that it is no fault of its own`, async () => {
    const cloud = /AWS|HOME/.test(environment) ? ["--cloud", "aws"] : ["--role", ROLE];
    const { code, err } = await login(environment, ...cloud);
    assert.match(err, want);
    assert.equal(code, 2);
  });
}
