/** What a server says of rules that let nobody in: in its log, and in /readyz. */

import assert from "node:assert/strict";
import { startReviewServer } from "../support/review_server.ts";

async function readyz(healthUrl: string): Promise<readonly string[]> {
  return (await (await fetch(`${healthUrl}/readyz?verbose`)).text()).trimEnd().split("\n");
}

const ROLE = (partition: string) => `{roleARN: "arn:${partition}:iam::123456789012:role/ops", username: ops}`;

for (
  const [what, partition, mappings, why, line] of [
    [
      "a partition that it does not accept",
      "aws",
      `mapRoles: [${ROLE("aws-cn")}, ${ROLE("aws")}]`,
      /^This rule lets nobody in: its ARN is of partition "aws-cn", and the server accepts only "aws"; set server\.part/,
      /^\[!\] mapping MountedFile: 1 rule lets nobody in, see the log: partition "aws-cn", and server.partition is "aws"$/,
    ],
    [
      "the partition of most",
      "aws-us-gov",
      `mapRoles: [${ROLE("aws-us-gov")}, ${ROLE("aws")}]`,
      /partition "aws", and the server accepts only "aws-us-gov"/,
      /1 rule lets nobody in, see the log: partition "aws", and server.partition is "aws-us-gov"$/,
    ],
    [
      "accounts that are none",
      "aws",
      `mapAccounts: ["12345678901", "123"]\nmapRoles: [${ROLE("aws")}]`,
      /^This rule lets nobody in: "12345678901" has 11 digits/,
      /^\[!\] mapping MountedFile: 2 rules let nobody in, see the log: no account has such an id$/,
    ],
  ] as const
) {
  Deno.test(`a server says of ${what} that rules let nobody in`, async () => {
    await using server = await startReviewServer({ clouds: ["aws"], partition, mappings });
    const logged = server.log().filter(({ message, severity }) =>
      message === "mapping problem" && severity === "warning"
    );
    assert.match(String(logged[0]?.why), why);
    const warnings = (await readyz(server.healthUrl)).filter((text) => text.startsWith("[!]"));
    assert.equal(warnings.length, 1, warnings.join("\n"));
    assert.match(warnings[0]!, line);
  });
}

Deno.test("a server without any rule says so in its log and in /readyz, until it has one", async () => {
  await using server = await startReviewServer({ clouds: ["aws"], mappings: "mapRoles: []" });
  const told = () => server.log().filter(({ message }) => message === "no rules").length;
  const warning = "[!] mappings: No mapping source holds a rule, so nobody can log in; add one to mapRoles or mapUsers";
  assert.deepEqual([told(), (await readyz(server.healthUrl)).includes(warning)], [1, true]);
  await server.replaceMappings(`mapRoles: [${ROLE("aws")}]`);
  assert.deepEqual([told(), (await readyz(server.healthUrl)).at(-1)], [1, "ok"]);
  await server.replaceMappings("mapRoles: []");
  assert.deepEqual([told(), (await readyz(server.healthUrl)).includes(warning)], [2, true]);
});
