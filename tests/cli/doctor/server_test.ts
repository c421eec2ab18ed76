/** Faults of a running server, of STS and of what is between, each made, found, and mended as `doctor` says. */

import assert from "node:assert/strict";
import { startProcess } from "../../support/process.ts";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { issueServingCertificate, readCertificate } from "../../../lib/state/certificate.ts";
import { parseHost } from "../../../lib/state/host.ts";
import { initialize } from "../../../lib/state/init.ts";
import { Secret } from "../../../lib/secret.ts";
import { realWorld } from "../../../lib/world.ts";
import { SERVER_PERMISSIONS } from "../../../scripts/permissions.ts";
import { makeLoopbackCertificate } from "../../emulator/loopback_certificate.ts";
import { freePort } from "../../support/free_port.ts";
import { waitFor } from "../../support/wait_for.ts";
import { admit, ALICE } from "./patient.ts";

Deno.test("doctor finds what is wrong with a running server", async (t) => {
  await using patient = await admit();
  const { site, stateDir, port, expect, examine } = patient;
  await t.step("it does not run", async () => {
    const { todo } = await expect("server", "failed", /nothing listens there/);
    assert.match(todo!, /systemctl start ram-auth/);
    await expect("certificate", "failed", /nothing listens there/);
    for (const id of ["server-warnings", "mapping-sources", "apiserver-calls", "open-files"]) {
      await expect(id, "skipped");
    }
  });
  await t.step("it runs, but can open few files", async () => {
    const args = ["run", "--quiet", ...SERVER_PERMISSIONS, "main.ts", "server", "-c", site.configFile];
    await using low = startProcess("sh", { args: ["-c", 'ulimit -n 900; exec "$0" "$@"', Deno.execPath(), ...args] });
    await waitFor("the server", async () => {
      if (low.hasEnded()) throw new Error(low.stderr());
      return (await examine()).findings.get("server")!.outcome === "ok";
    });
    const { todo } = await expect("open-files", "warning", /^open files: at most [1-8]\d\d$/);
    assert.match(todo!, /LimitNOFILE/);
    await low.stop("SIGTERM");
  });
  const server = await site.start();
  await using _server = server;
  await t.step("all is well, but that nobody has called it", async () => {
    const { todo } = await expect("apiserver-calls", "warning", /has not called it since it started at 2/);
    assert.match(todo!, /log in once/);
    for (
      const id of [
        "server",
        "server-warnings",
        "mapping-sources",
        "open-files",
        "memory",
        "certificate",
        "sts",
        "clock",
      ]
    ) {
      await expect(id, "ok");
    }
    // Doctor itself does not count as a caller.
    await expect("apiserver-calls", "warning");
  });
  await t.step("somebody logs in", async () => {
    assert.equal((await site.review(DEMO_PRINCIPALS.alice)).authenticated, true);
    await expect("apiserver-calls", "ok", /^1 reviews since it started/);
  });
  await t.step("a client does not trust it, and nobody else calls", async () => {
    await using other = await admit();
    await using _other = await other.site.start();
    const client = Deno.createHttpClient({});
    await assert.rejects(fetch(other.site.url, { client }));
    client.close();
    await waitFor(
      "the handshake to count",
      async () => (await other.examine()).findings.get("apiserver-calls")!.outcome === "failed",
    );
    const { todo } = await other.expect("apiserver-calls", "failed", /TLS handshakes failed/);
    assert.match(todo!, /restart kube-apiserver/);
  });
  await t.step("the config file breaks while it runs", async () => {
    const good = await Deno.readTextFile(site.configFile);
    await Deno.writeTextFile(site.configFile, `${good}  mapUser: []\n`);
    await waitFor(
      "the server to notice",
      async () => (await examine()).findings.get("mapping-sources")!.outcome !== "ok",
    );
    await expect("mapping-sources", "warning", /what was read before stays in force|not reloaded/);
    await expect("config", "failed", /unknown key/);
    await Deno.writeTextFile(site.configFile, good);
    await waitFor(
      "the server to take it",
      async () => (await examine()).findings.get("mapping-sources")!.outcome === "ok",
    );
  });
  await t.step("no rule is left", async () => {
    await site.writeConfig("mapRoles: []");
    await waitFor(
      "the server to take it",
      async () => (await examine()).findings.get("mapping-sources")!.outcome === "failed",
    );
    await expect("mapping-sources", "failed", /No mapping source holds a rule/);
    await site.writeConfig(ALICE);
    await waitFor(
      "the server to take it",
      async () => (await examine()).findings.get("mapping-sources")!.outcome === "ok",
    );
  });
  await t.step("an option changed that waits for a restart", async () => {
    await expect("config-in-force", "ok", /^sha256:/);
    const good = await Deno.readTextFile(site.configFile);
    await Deno.writeTextFile(site.configFile, `${good}  region: cn-beijing\n`);
    const { todo } = await expect("config-in-force", "warning", /^it has sha256:\w+, and they come to sha256:/);
    assert.match(todo!, /systemctl restart ram-auth/);
    await Deno.writeTextFile(site.configFile, good);
    await expect("config-in-force", "ok");
  });
  await t.step("another server than the one of the webhook kubeconfig answers at its port", async () => {
    const kubeconfig = await Deno.readTextFile(site.webhookKubeconfig);
    const other = { stateDir: `${site.folder}/other`, hostname: "localhost", address: "127.0.0.1", port };
    await initialize(realWorld(), { ...other, kubeconfigPath: site.webhookKubeconfig });
    await expect("certificate", "failed", /the CA of the webhook kubeconfig did not issue it/);
    await Deno.writeTextFile(site.webhookKubeconfig, kubeconfig);
    await expect("certificate", "ok");
  });
  await t.step("the kubeconfig calls it by a name that the certificate lacks", async () => {
    const kubeconfig = await Deno.readTextFile(site.webhookKubeconfig);
    await Deno.writeTextFile(site.webhookKubeconfig, kubeconfig.replace("localhost", "127.0.0.2"));
    const read = (name: string) => Deno.readTextFile(`${stateDir}/${name}`);
    const options = {
      hostname: "127.0.0.2",
      port,
      cert: await read("cert.pem"),
      key: await read("key.pem"),
      onListen() {},
    };
    const there = Deno.serve(options, () => new Response());
    try {
      await expect("certificate", "failed", /not for "127\.0\.0\.2"/);
    } finally {
      await there.shutdown();
    }
    await Deno.writeTextFile(site.webhookKubeconfig, kubeconfig);
  });
  await t.step("a unit that gives it too little memory, and a drop-in that gives it more", async () => {
    const serverUnit = `${site.folder}/ram-auth.service`;
    await Deno.writeTextFile(serverUnit, "[Service]\nMemoryMax=40M\n");
    const places = { serverUnits: [`${site.folder}/none.service`, serverUnit] };
    await expect("memory", "failed", /MiB in use; MemoryMax 40 MiB/, { places });
    await Deno.mkdir(`${serverUnit}.d`);
    await Deno.writeTextFile(`${serverUnit}.d/override.conf`, "[Service]\nMemoryMax=400M\n");
    await expect("memory", "warning", /MemoryMax 400 MiB/, { places });
    await Deno.writeTextFile(`${serverUnit}.d/override.conf`, "[Service]\nMemoryMax=1G\n");
    await expect("memory", "ok", /MemoryMax 1024 MiB/, { places });
  });
  await t.step("it stops, and what is at its port is another certificate, which has expired", async () => {
    await server.stop("SIGTERM");
    const read = (name: string) => Deno.readTextFile(`${stateDir}/${name}`);
    const keyOf = async (name: string) => ({ pem: new Secret(await read(name)), path: name });
    // Issued by the same CA, long ago.
    const expired = await issueServingCertificate(
      { certificate: readCertificate(await read("ca.pem"), "ca.pem"), key: await keyOf("ca-key.pem") },
      { key: await keyOf("key.pem"), names: [parseHost("localhost")], now: new Date(Date.now() - 500 * 86_400_000) },
    );
    const listener = Deno.serve({
      hostname: "127.0.0.1",
      port,
      cert: expired.pem,
      key: await read("key.pem"),
      onListen() {},
    }, () => new Response());
    try {
      const { todo } = await expect("certificate", "failed", /it expired on/);
      assert.match(todo!, /restart the server/);
    } finally {
      await listener.shutdown();
    }
  });
});

for (
  const [what, metrics, outcome, saw] of [
    [
      "another version of ram-auth",
      'ram_auth_build_info{version="0.0.9",commit="0123abc"} 1\n',
      "warning",
      /runs version 0\.0\.9 \(0123abc\)/,
    ],
    [
      "another commit, named by whom nobody knows",
      'ram_auth_build_info{version="0.1.0",commit="a\u001b[31mb"} 1\n',
      "warning",
      /\(a \[31mb\)/,
    ],
    ["another program", "up 1\n", "failed", /is no server of ram-auth/],
  ] as const
) {
  Deno.test(`doctor finds that what answers at the health port is ${what}`, async () => {
    await using patient = await admit();
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      ({ url }) => new Response(url.endsWith("/metrics") ? metrics : "ok\n"),
    );
    try {
      await patient.expect("server", outcome, saw, { flags: ["--health-port", String(server.addr.port)] });
    } finally {
      await server.shutdown();
    }
  });
}

Deno.test("doctor finds why STS cannot be reached, and a clock that is off", async (t) => {
  await using patient = await admit();
  const { site, expect } = patient;
  const pair = await makeLoopbackCertificate();
  await Deno.writeTextFile(`${site.folder}/other-ca.pem`, pair.caPem);
  await t.step("nothing is wrong at first", async () => {
    await expect("sts", "ok", new RegExp(site.stsHost));
    await expect("clock", "ok", /^[01] s /);
  });
  for (
    const [aheadSeconds, outcome, saw] of [
      [-600, "failed", /^(599|600|601) s ahead of/],
      [600, "failed", /^(599|600|601) s behind/],
      [90, "warning", /^(89|90|91) s behind/],
      [5, "ok", /^[456] s behind/],
    ] as const
  ) {
    await t.step(`STS's clock is ${aheadSeconds} s ahead of ours`, async () => {
      const date = () => new Date(Date.now() + aheadSeconds * 1_000).toUTCString();
      const sts = Deno.serve(
        { hostname: "127.0.0.1", port: 0, cert: pair.certPem, key: pair.keyPem, onListen() {} },
        () => new Response("no", { status: 400, headers: { date: date() } }),
      );
      const flags = ["--sts-endpoint", `127.0.0.1:${sts.addr.port}`, "--sts-ca-file", `${site.folder}/other-ca.pem`];
      try {
        await expect("sts", "ok", /answers/, { flags });
        await expect("clock", outcome, saw, { flags });
      } finally {
        await sts.shutdown();
      }
    });
  }
  const closed = `127.0.0.1:${freePort()}`;
  for (
    const [what, examined, saw, todo] of [
      ["nothing listens", { flags: ["--sts-endpoint", closed] }, /refuses connections/, /firewalls/],
      [
        "a private CA is not named",
        { flags: ["--sts-ca-file", `${site.folder}/other-ca.pem`] },
        /no TLS connection/,
        /--sts-ca-file/,
      ],
      [
        "the CA file is missing",
        { flags: ["--sts-ca-file", `${site.folder}/none.pem`] },
        /none\.pem/,
        /check the path/,
      ],
      [
        "the proxy is away",
        { env: { NO_PROXY: "", HTTPS_PROXY: `http://${closed}` } },
        /no connection to the proxy/,
        /HTTPS_PROXY/,
      ],
      ["the proxy is none", { env: { HTTPS_PROXY: "socks5://a" } }, /Cannot use the proxy/, /NO_PROXY/],
      ["its name is none", { flags: ["--sts-endpoint", "sts.invalid"] }, /cannot be resolved/, /DNS/],
    ] as const
  ) {
    await t.step(what, async () => {
      const finding = await expect("sts", "failed", saw, examined);
      assert.match(finding.todo!, todo);
      await expect("clock", "skipped", /no STS told its time/, examined);
    });
  }
  await t.step("its region has no endpoint", async () => {
    const config = await Deno.readTextFile(site.configFile);
    await Deno.writeTextFile(site.configFile, config.replace(/ {2}sts: .*\n/, "  region: mars-1\n"));
    const { todo } = await expect("sts", "failed", /unknown region/);
    assert.match(todo!, /check its spelling/);
  });
});
