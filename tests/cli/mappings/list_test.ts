import assert from "node:assert/strict";
import { run } from "../../../lib/cli/run.ts";
import { parseYaml } from "../../../lib/yaml/read.ts";
import { plainOf } from "../../../lib/yaml/access.ts";
import { fakeWorld, withFile } from "../../config/fake_world.ts";

const ACCOUNT = "arn:aws:iam::123456789012";
const TEXT = `clusterID: c
server:
  mapRoles:
    - {roleARN: "${ACCOUNT}:role/Admin", username: "admin:{{SessionName}}", groups: [a, b]}
    - {roleARN: "${ACCOUNT}:role/Broken"}
    - {sso: {permissionSetName: Dev, accountID: "123456789012"}, username: "yes"}
  mapUsers:
    - {userARN: "${ACCOUNT}:user/dave", username: dave, userid: AIDAEXAMPLE}
  mapAccounts: ["111122223333"]
`;

async function list(text: string, args: readonly string[]): Promise<string> {
  const outputs: string[] = [];
  await withFile(text, async (path) => {
    const world = fakeWorld();
    assert.equal(await run(["mappings", "list", ...args.map((arg) => arg.replaceAll("CONFIG", path))], world), 0);
    assert.equal(world.err(), "");
    outputs.push(world.out().replaceAll(path, "f"));
  });
  return outputs[0]!;
}

Deno.test("ram-auth mappings list shows what is in force, where it stands, and which entries are invalid", async () => {
  const lines = (await list(TEXT, ["-c", "CONFIG"])).split("\n").map((line) => line.split(/ {2,}/));
  assert.deepEqual(lines, [
    ["SOURCE", "LINE", "ARN", "USERNAME", "GROUPS"],
    ["MountedFile", "f:4", `${ACCOUNT}:role/Admin`, "admin:{{SessionName}}", "a,b"],
    ["MountedFile", "f:6", `sso ${ACCOUNT}:role/AWSReservedSSO_Dev`, "yes", "-"],
    ["MountedFile", "f:8", `${ACCOUNT}:user/dave (only AIDAEXAMPLE)`, "dave", "-"],
    ["MountedFile", "f:9", "account 111122223333", "<its ARN>", "-"],
    ["invalid: f:5:7 (MountedFile): Cannot use entry 2 of mapRoles: it has no username; add one"],
    [""],
  ]);
});

Deno.test("ram-auth mappings list gives the same as JSON and as YAML", async () => {
  const json = JSON.parse(await list(TEXT, ["-c", "CONFIG", "-o", "json"]));
  const where = { source: "MountedFile", file: "f" };
  assert.deepEqual(json, {
    mappings: [
      { ...where, line: 4, arn: `${ACCOUNT}:role/Admin`, username: "admin:{{SessionName}}", groups: ["a", "b"] },
      { ...where, line: 6, permissionSet: `${ACCOUNT}:role/AWSReservedSSO_Dev`, username: "yes", groups: [] },
      { ...where, line: 8, arn: `${ACCOUNT}:user/dave`, username: "dave", groups: [], userid: "AIDAEXAMPLE" },
      { ...where, line: 9, account: "111122223333" },
    ],
    invalid: [{ ...where, line: 5, column: 7, why: "Cannot use entry 2 of mapRoles: it has no username; add one" }],
    unread: [],
  });
  const yaml = await list(TEXT, ["-c", "CONFIG", "--output", "yaml"]);
  assert.deepEqual(plainOf(parseYaml(yaml)), json);
  assert.match(yaml, /username: "yes"\n/);
});

Deno.test("ram-auth mappings list takes manifests beside the config file, in the order in which they are asked", async () => {
  const manifest = `kind: ConfigMap\nmetadata: {name: alibabacloud-auth}\ndata:\n  mapUsers: |\n` +
    `    - {userarn: "acs:ram::1234567890123456:user/alice", username: alice}\n`;
  await withFile(manifest, async (path) => {
    const { mappings } = JSON.parse(await list(TEXT, ["-c", "CONFIG", "-f", path, "-o", "json"]));
    assert.deepEqual(mappings.map(({ source, line }: { source: string; line: number }) => [source, line]), [
      ["MountedFile", 4],
      ["MountedFile", 6],
      ["MountedFile", 8],
      ["MountedFile", 9],
      ["ACKConfigMap", 5],
    ]);
  });
});
