import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { SERVER_PERMISSIONS } from "../../scripts/permissions.ts";
import { replaceFile } from "../support/replace_file.ts";
import { peerPair, storePair } from "../state/stored_files.ts";
import { prepareSite, type ServerSite } from "../support/server_process.ts";
import { waitFor } from "../support/wait_for.ts";

const ALICE = `mapUsers:
  - {userARN: "acs:ram::1234567890123456:user/alice", username: alice}`;
const NOBODY = "mapUsers: []";

async function reviewAlice(site: ServerSite): Promise<boolean> {
  return (await site.review(DEMO_PRINCIPALS.alice)).authenticated;
}

async function get(site: ServerSite, path: string): Promise<string> {
  const response = await fetch(`${site.healthUrl}${path}`);
  return `${response.status} ${await response.text()}`;
}

const readyz = (site: ServerSite) => get(site, "/readyz?verbose");

Deno.test("ram-auth server takes up a changed config file, and SIGHUP reads it at once", async () => {
  await using site = await prepareSite(NOBODY);
  await using server = await site.start();
  assert.equal(await reviewAlice(site), false);
  await site.writeConfig(ALICE);
  await waitFor("the new mapping", () => reviewAlice(site));
  await site.writeConfig(NOBODY);
  server.signal("SIGHUP");
  await waitFor("the mapping to be gone", async () => !await reviewAlice(site));
});

for (
  const [what, text, why] of [
    ["is emptied", "", /cluster id is gone/],
    ["is no YAML", "clusterID: [", /config\.yaml:1:/],
    ["has an unknown key", "clusterID: c-of-the-test\nserver: {mapUser: []}", /did you mean \\?"mapUsers\\?"/],
    ["loses its mappings", "clusterID: c-of-the-test", /no longer contains any rule/],
    ["has a text for a list", "clusterID: c-of-the-test\nserver: {mapUsers: oops}", /write a list of entries/],
    ["becomes another cluster's", "clusterID: other\nserver: {mapUsers: []}", /another one/],
  ] as const
) {
  Deno.test(`ram-auth server keeps the old mappings and says so when the config file ${what}`, async () => {
    await using site = await prepareSite(ALICE);
    await using server = await site.start();
    await replaceFile(site.configFile, text);
    server.signal("SIGHUP");
    await waitFor("the warning", async () => (await readyz(site)).includes("not reloaded"));
    assert.equal(await reviewAlice(site), true);
    assert.match(server.stderr(), why);
    assert.match(await get(site, "/readyz"), /^200 ok, with warnings/);
    assert.match(await get(site, "/metrics"), /ram_auth_reload_failures_total [1-9]/);
    await site.writeConfig(ALICE);
    await waitFor("the warning to go", async () => !(await readyz(site)).includes("not reloaded"));
  });
}

Deno.test("ram-auth server waits for no FIFO in the place of a file that it reads again, and takes up what comes after it", async () => {
  await using site = await prepareSite(NOBODY);
  const files = [site.configFile, `${site.folder}/dynamic.json`, `${site.folder}/modes.json`];
  const options = `dynamicfilepath: ${files[1]}\ndynamicBackendModePath: ${files[2]}\n`;
  await site.writeConfig(`${options}${ALICE}`);
  await Deno.writeTextFile(files[1]!, "{}");
  await Deno.writeTextFile(files[2]!, '{"backendMode": "MountedFile DynamicFile"}');
  await using server = await site.start();
  const texts = await Promise.all(files.map((file) => Deno.readTextFile(file)));
  for (const file of files) {
    await Deno.remove(file);
    assert((await new Deno.Command("mkfifo", { args: [file] }).output()).success);
  }
  server.signal("SIGHUP");
  for (
    const what of [/mapping MountedFile: not reloaded/, /mapping DynamicFile: .*no regular/, /sources: not switched/]
  ) {
    await waitFor(`${what}`, async () => what.test(await readyz(site)));
  }
  assert.equal(await reviewAlice(site), true);
  for (const [place, file] of files.entries()) await replaceFile(file, texts[place]!);
  server.signal("SIGHUP");
  await waitFor("all to be in force", async () => !/not reloaded|no regular|not switched/.test(await readyz(site)));
  assert.equal((await server.stop("SIGTERM")).code, 0, server.stderr());
});

Deno.test("ram-auth server shows its metrics under a peer's prefix too where the config file asks for it", async () => {
  await using site = await prepareSite(ALICE);
  await using stack = new AsyncDisposableStack();
  await site.writeConfig(`metricsCompat: [aws_iam_authenticator]
backendMode: [DynamicFile]
dynamicfilepath: ${site.folder}/not-there.json`);
  stack.use(await site.start());
  await assert.rejects(reviewAlice(site));
  const metrics = (await get(site, "/metrics")).split("\n");
  for (
    const line of [
      'sts_responses_total{ResponseCode="200",StsRegion="custom"} 1',
      'authenticate_latency_seconds_count{result="internal_error"} 1',
      "dynamic_file_enabled 1",
      "dynamic_file_only 1",
      "configmap_watch_failures_total 0",
    ]
  ) {
    for (const prefix of ["ram_auth", "aws_iam_authenticator"]) {
      assert.ok(metrics.includes(`${prefix}_${line}`), `${prefix}_${line} is not in\n${metrics.join("\n")}`);
    }
  }
  const failures = (prefix: string) => metrics.find((line) => line.startsWith(`${prefix}_dynamicfile_failures_total `));
  assert.match(failures("ram_auth") ?? "", / [1-9]$/);
  assert.equal(failures("aws_iam_authenticator")?.split(" ")[1], failures("ram_auth")?.split(" ")[1]);
  assert.doesNotMatch(metrics.join("\n"), /ack_ram_authenticator/);
});

Deno.test("ram-auth server says which changed options wait for a restart", async () => {
  await using site = await prepareSite(ALICE);
  await using server = await site.start();
  await site.writeConfig(`${ALICE}\nhostname: elsewhere`);
  server.signal("SIGHUP");
  await waitFor("the line", () => server.stderr().includes('"options":["hostname"]'));
});

Deno.test("ram-auth server ends with 0 on SIGTERM and on Ctrl-C", async () => {
  await using site = await prepareSite(ALICE);
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    await using server = await site.start();
    assert.equal((await server.stop(signal)).code, 0, server.stderr());
  }
});

Deno.test("ram-auth server refuses a port that another server has, and says so in one line", async () => {
  await using site = await prepareSite(ALICE);
  await using _first = await site.start();
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...SERVER_PERMISSIONS, "main.ts", "server", "-c", site.configFile, "--health-port=0"],
  }).output();
  assert.equal(code, 1);
  assert.match(new TextDecoder().decode(stderr), /ram-auth: Cannot listen on "127.0.0.1:[0-9]+": another process/);
});

Deno.test("ram-auth server starts again on the state that it made, unchanged", async () => {
  await using site = await prepareSite(ALICE);
  const read = async () =>
    await Promise.all(
      ["ca.pem", "ca-key.pem", "cert.pem", "key.pem"].map((name) => Deno.readTextFile(`${site.folder}/state/${name}`)),
    );
  let before: string[];
  {
    await using _server = await site.start();
    before = await read();
  }
  await using _server = await site.start();
  assert.deepEqual(await read(), before);
});

Deno.test("ram-auth server tells which rules give more than the server before, whose state it uses", async () => {
  const mappings = `mapRoles:
  - {roleARN: "acs:ram::1234567890123456:role/*", username: everybody}
  - {roleARN: "acs:ram::1234567890123456:assumed-role/Admin", username: admin}
  - {roleARN: "acs:ram::1234567890123456:role/Plain", username: plain}`;
  await using site = await prepareSite(mappings);
  await Deno.mkdir(`${site.folder}/state`, { mode: 0o700 });
  await storePair(`${site.folder}/state`, await peerPair());
  await using server = await site.start();
  const told = server.stderr().split("\n").filter((line) => line.includes("more than before"));
  assert.equal(told.length, 2, server.stderr());
  assert.match(told[0]!, /"warn".*"line":10,.* ack-ram-authenticator treats the wildcard as a literal character/);
  assert.match(told[1]!, /"line":11,.* ack-ram-authenticator never matches a role that is written /);
  assert.match(await readyz(site), /\[!\] mapping MountedFile: 2 rules may give more than the server before/);
});

Deno.test("ram-auth server with a state of its own says nothing of a server before", async () => {
  await using site = await prepareSite(`mapRoles: [{roleARN: "acs:ram::1234567890123456:role/*", username: a}]`);
  await using server = await site.start();
  assert.doesNotMatch(server.stderr(), /than before/);
  assert.doesNotMatch(await readyz(site), /server before/);
});
