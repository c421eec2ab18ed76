import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { mintedToken } from "../support/minted_token.ts";
import { testNeeding } from "../support/needs.ts";
import { postReview, prepareSite, type ServerSite, startServerProcess } from "../support/server_process.ts";
import { installTestBinary } from "../support/test_binary.ts";

const ALICE = `mapUsers:
  - {userARN: "acs:ram::1234567890123456:user/alice", username: alice}`;

/** What was compiled, where a test run has that. */
async function start(site: ServerSite, flags: readonly string[]) {
  const binary = await installTestBinary(site.folder);
  const { healthUrl, configFile } = site;
  return await startServerProcess(["-c", configFile, "-l", "json", ...flags], { healthUrl, ...(binary && { binary }) });
}

/** Names and values of an answer's headers, by curl, which exits with 0 only where the stream was ended properly. */
async function headers(site: ServerSite, url: string, ...flags: readonly string[]) {
  const args = ["-sS", "--max-time", "20", "--noproxy", "*", "--cacert", `${site.folder}/state/ca.pem`];
  const { code, stdout, stderr } = await new Deno.Command("curl", {
    args: [...args, "-D", "-", "-o", `${site.folder}/body`, ...flags, url],
    stdin: "null",
  }).output();
  assert.equal(code, 0, `${flags.join(" ")} ${url}: ${new TextDecoder().decode(stderr)}`);
  const [status, ...lines] = new TextDecoder().decode(stdout).trim().split("\r\n");
  const fields = lines.map((line) => line.toLowerCase().split(": ") as [string, string]);
  return {
    status: status?.split(" ")[1],
    body: await Deno.readTextFile(`${site.folder}/body`),
    fields: new Map(fields),
  };
}

testNeeding(["curl"], "HEAD is answered as GET is, without a body, by both listeners over each protocol", async () => {
  await using site = await prepareSite(ALICE);
  await using _server = await start(site, []);
  for (
    const [base, protocol] of [
      [site.url, "--http1.1"],
      [site.url, "--http2"],
      [site.healthUrl, "--http1.1"],
      [site.healthUrl, "--http2-prior-knowledge"],
    ] as const
  ) {
    for (const path of ["/healthz", "/livez", "/readyz?verbose", "/metrics", "/authenticate", "/no-such-path"]) {
      const what = `${protocol} ${base}${path}`;
      const head = await headers(site, `${base}${path}`, protocol, "-I");
      const get = await headers(site, `${base}${path}`, protocol);
      const isFound = path !== "/no-such-path" && (path !== "/authenticate" || base === site.url);
      assert.equal(head.status, path === "/authenticate" && isFound ? "401" : isFound ? "200" : "404", what);
      assert.equal(head.status, get.status, what);
      assert.equal(head.fields.get("content-type"), get.fields.get("content-type"), what);
      assert.equal(head.fields.get("allow"), get.fields.get("allow"), what);
      // Metrics are other ones a moment later.
      if (path === "/metrics") assert.ok(Number(head.fields.get("content-length")) > 1_000, what);
      else assert.equal(head.fields.get("content-length"), `${get.body.length}`, what);
    }
  }
});

for (const [option, address] of [["--address", "::1"], ["--address", "[::1]"], ["--bind", "[::1]"]] as const) {
  testNeeding(["ipv6"], `a server listens with ${option} ${address}, and every URL has the brackets`, async () => {
    await using site = await prepareSite(ALICE);
    await using server = await start(site, [option, address, "--hostname", "[::1]"]);
    const url = site.url.replace("127.0.0.1", "[::1]");
    const token = await mintedToken(DEMO_PRINCIPALS.alice, { clusterId: site.clusterId, now: new Date() });
    const { user } = await postReview(token, {
      url,
      caFile: `${site.folder}/state/ca.pem`,
      kubeconfig: site.webhookKubeconfig,
    });
    assert.equal(user?.username, "alice");
    const lines = server.stderr().trim().split("\n").map((line) => JSON.parse(line));
    assert.equal(lines.find(({ message }) => message === "listening")?.url, `${url}/authenticate`);
    assert.match(lines.find(({ message }) => message === "login allowed")?.client, /^\[::1\]:\d+$/);
    assert.match(await Deno.readTextFile(site.webhookKubeconfig), new RegExp(`server: "?https://\\[::1\\]:\\d+/auth`));
  });
}

testNeeding(["ipv6"], "a port of IPv6 that is taken is named with brackets", async () => {
  await using site = await prepareSite(ALICE);
  using taken = Deno.listen({ hostname: "::1", port: 0 });
  await assert.rejects(
    start(site, ["--address", "::1", "--port", String(taken.addr.port)]),
    new RegExp(`Cannot listen on \\\\?"\\[::1\\]:${taken.addr.port}\\\\?"`),
  );
});
