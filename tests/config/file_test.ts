import assert from "node:assert/strict";
import { ConfigError, MAX_CONFIG_BYTES, readConfigFile } from "../../lib/config/file.ts";
import { OPTION_ROWS } from "../../lib/config/options.ts";
import { FileError } from "../../lib/files.ts";
import { fakeWorld, withFile } from "./fake_world.ts";

Deno.test("readConfigFile() reads the peers' keys in any case", () =>
  withFile(
    `
CLUSTERID: c1
Server:
  Port: 8443
  statedir: /var/lib/x
  BACKENDMODE: [MountedFile]
  kubeconfigPregenerated: true
  scrubbedAccounts: ["012345678901", 012345678902]
  sts: {CAFILE: /ca.pem}
  mapRoles:
    - {roleARN: "acs:ram::1234567890123456:role/Admin", username: admin, groups: [a]}
`,
    async (path) => {
      const values = await readConfigFile(fakeWorld(), path);
      const plain = [...values].filter(([name]) => name !== "map-roles").map(([name, { value }]) => [name, value]);
      assert.deepEqual(Object.fromEntries(plain), {
        "cluster-id": "c1",
        port: 8443,
        "state-dir": "/var/lib/x",
        "backend-mode": ["MountedFile"],
        "kubeconfig-pregenerated": true,
        "scrubbed-accounts": ["012345678901", "012345678902"],
        "sts-ca-file": "/ca.pem",
      });
      const rules = values.get("map-roles")?.value;
      assert.ok(typeof rules === "object" && "kind" in rules && rules.kind === "list" && rules.line === 11);
      assert.equal(values.get("port")?.origin, `${path}:4:3`);
    },
  ));

Deno.test("readConfigFile() knows every key of the table", async () => {
  for (const [name, { yaml }] of OPTION_ROWS) {
    if (yaml === undefined) continue;
    const nested = yaml.split(".").map((key, depth) => `${"  ".repeat(depth)}${key}:`).join("\n");
    await withFile(nested, async (path) => {
      assert.equal((await readConfigFile(fakeWorld(), path)).size, 0, name);
    });
  }
});

for (
  const [what, content] of [
    ["nothing", ""],
    ["white space", " \n\n"],
    ["a comment", "# later\n"],
    ["null", "null"],
    ["an empty section", "server:\n"],
    ["a byte order mark", "\ufeffserver: {}\n"],
  ] as const
) {
  Deno.test(`readConfigFile() reads a file of ${what} as one without values`, () =>
    withFile(content, async (path) => assert.equal((await readConfigFile(fakeWorld(), path)).size, 0)));
}

for (
  const [what, content, problems] of [
    ["an unknown key", "clusterIDD: x", [':1:1: unknown key "clusterIDD"; did you mean "clusterID"?']],
    ["an unknown key in a section", "server:\n  prot: 1", [':2:3: unknown key "prot"; did you mean "port"?']],
    ["a key near to none", "frobnicate: 1", [':1:1: unknown key "frobnicate"; check its name']],
    ["a key in the wrong section", "port: 1", [':1:1: unknown key "port" here; "port" belongs under "server"']],
    [
      "a key that belongs at the top",
      "server:\n  clusterid: x",
      [':2:3: unknown key "clusterid" here; "clusterID" belongs at the top level'],
    ],
    [
      "a key written as a path",
      "server.port: 1",
      [':1:1: unknown key "server.port" here; "port" belongs under "server"'],
    ],
    [
      "a section in the wrong section",
      "sts: {endpoint: x}",
      [':1:1: unknown key "sts" here; "sts" belongs under "server"'],
    ],
    ["the name of an inherited property", "__proto__: 1", [':1:1: unknown key "__proto__"; check its name']],
    [
      "a key twice in two cases",
      "clusterID: a\nclusterid: b",
      [':2:1: key "clusterid" is given twice: line 1 has it as "clusterID"; keep one of them'],
    ],
    ["a section twice in two cases", "server: {}\nServer: {}", [':2:1: key "Server" is given twice: line 1 has it as']],
    ["a key twice", "clusterID: a\nclusterID: b", [":2:1: "]],
    ["a list as the file", "- a", [':1:1: the file must hold keys such as "server" and "clusterID", not a list']],
    ["a scalar as the file", "just words", [
      ':1:1: the file must hold keys such as "server" and "clusterID", not "just',
    ]],
    ["a scalar as a section", "server: 5", [':1:9: "server" must hold keys such as "audit" and "delegate", not "5"']],
    [
      "a wrong type",
      "server:\n  port: many",
      [':2:9: cannot use "many" for "server.port": give a whole number from 0 to 65535'],
    ],
    ["a list for a scalar", "clusterID: [a]", [':1:12: cannot use a list for "clusterID": give text']],
    ["a map for a list", "clouds: {a: b}", [':1:9: cannot use a map for "clouds": give a list of alibaba']],
    [
      "a map in a list",
      "clouds:\n  - {}",
      [':2:3: cannot use a list for "clouds": line 2 holds a map; give plain text'],
    ],
    ["an empty list of choices", "clouds: []", [':1:9: cannot use a list for "clouds": it is empty; give a list of']],
    [
      "a source that nobody knows",
      "server: {backendMode: [Oracle]}",
      ['"server.backendMode": give a list of MountedFile'],
    ],
    ["broken YAML", "server:\n\tport: 1", [":2:1: "]],
    ["zero bytes", "\0\0\0", [":1:1: "]],
    [
      "several at once",
      "clusterID: [a]\nserver:\n  prot: 1\n  port: x\n",
      [":1:12: ", ":3:3: ", ":4:9: ", "3 problems to correct"],
    ],
  ] as const
) {
  Deno.test(`readConfigFile() refuses ${what}`, () =>
    withFile(content, (path) =>
      assert.rejects(readConfigFile(fakeWorld(), path), (e) => {
        assert.ok(e instanceof ConfigError && e.code === "ERR_CONFIG" && e.path === path);
        for (const problem of problems) {
          const line = problem.startsWith(":") ? `\n  ${path}${problem}` : problem;
          assert.ok(e.message.includes(line), e.message);
        }
        return true;
      })));
}

for (
  const [what, content, message] of [
    ["bytes that are not UTF-8", new Uint8Array([0xff, 0xfe, 0x00]), /it is not UTF-8 text/],
    ["one byte too many", new Uint8Array(MAX_CONFIG_BYTES + 1), /it is larger than 8388608 bytes/],
  ] as const
) {
  Deno.test(`readConfigFile() refuses ${what}`, () =>
    withFile(
      content,
      (path) =>
        assert.rejects(readConfigFile(fakeWorld(), path), (e) => e instanceof FileError && message.test(e.message)),
    ));
}

Deno.test("readConfigFile() refuses a directory and a missing file", () =>
  withFile("", async (path) => {
    const directory = path.slice(0, path.lastIndexOf("/"));
    await assert.rejects(readConfigFile(fakeWorld(), directory), (e) => e instanceof FileError && !e.missing);
    await assert.rejects(readConfigFile(fakeWorld(), `${path}.not`), (e) => e instanceof FileError && e.missing);
  }));

Deno.test("readConfigFile() refuses a file of 100 MB without reading it whole", () =>
  withFile("", async (path) => {
    await Deno.truncate(path, 100_000_000);
    await assert.rejects(readConfigFile(fakeWorld(), path), { code: "ERR_FILE" });
  }));

Deno.test("readConfigFile() lists twenty problems and counts the others", () =>
  withFile(
    Array.from({ length: 1000 }, (_, i) => `key${i}: 1`).join("\n"),
    (path) =>
      assert.rejects(readConfigFile(fakeWorld(), path), (e: Error) => {
        assert.match(e.message, /1000 problems/);
        assert.match(e.message, /and 980 more$/);
        return e.message.split("\n").length === 22;
      }),
  ));
