/**
 * Runs where the machine's resolver takes every question and answers none: whoever sends tokens may name hosts that
 * nobody can resolve.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createHttpsClient, type HttpsClient } from "../../../lib/review/https/client.ts";
import { makeLoopbackCertificate } from "../../emulator/loopback_certificate.ts";
import { waitFor } from "../../support/wait_for.ts";

/** Stands in `/etc/hosts`, as the test outside says. */
const KNOWN = "sts.us-east-1.amazonaws.com";

/** How long a call may take; the resolver takes 10 s for a name, and the runtime has 32 threads for them. */
const CALL_MS = 8_000;

async function ask(client: HttpsClient, host: string): Promise<string> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(new DOMException("The time is up", "TimeoutError")), CALL_MS);
  try {
    const request = { host, method: "GET", target: "/", headers: {} } as const;
    return String((await client.exchange(request, { maxBodyBytes: 100, signal: stop.signal })).status);
  } catch (failure) {
    return (failure as Error & { code: string }).code;
  } finally {
    clearTimeout(timer);
  }
}

Deno.test({
  name: "names that nobody resolves hold up neither other hosts nor files",
  // What the resolver has begun ends when it likes.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    const resolvConf = await Deno.makeTempFile();
    await Deno.writeTextFile(resolvConf, "nameserver 127.0.0.1\n");
    const mount = await new Deno.Command("mount", { args: ["--bind", resolvConf, "/etc/resolv.conf"] }).output();
    assert.ok(mount.success, new TextDecoder().decode(mount.stderr));
    Deno.listenDatagram({ hostname: "127.0.0.1", port: 53, transport: "udp" });
    const pair = await makeLoopbackCertificate([KNOWN]);
    await using sts = Deno.serve(
      { hostname: "127.0.0.1", port: 0, cert: pair.certPem, key: pair.keyPem, onListen: () => {} },
      () => new Response("ok"),
    );
    // Nothing is kept, so that each call has to look the name up.
    using client = createHttpsClient({ env: () => undefined }, {
      caCerts: [pair.caPem],
      limits: { restMs: 0, idleMs: 0 },
    });
    const askKnown = async (others: number) => {
      await waitFor("no connection to be left but those in the making", () => client.connections === others);
      return await ask(client, `${KNOWN}:${sts.addr.port}`);
    };
    assert.equal(await askKnown(0), "200");
    const outcomes = new Map<string, number>();
    const hanging = Array.from({ length: 100 }, async (_, number) => {
      const outcome = await ask(client, `sts-${number}.ram-auth.example`);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    });
    await waitFor("all but four to be refused", () => outcomes.get("ERR_HTTPS_DNS") === 96);

    await t.step("a host that was resolved before is reached over new connections", async () => {
      for (let times = 0; times < 5; times++) assert.equal(await askKnown(4), "200");
    });

    await t.step("files are read meanwhile", async () => {
      const read = Deno.readTextFile("/etc/hosts").then(() => "read");
      const late = Promise.all(hanging).then(() => "the resolver was done before");
      assert.equal(await Promise.race([read, late]), "read");
      assert.equal(outcomes.get("ERR_HTTPS_TIMEOUT"), undefined);
    });
    await Promise.all(hanging);
  },
});
