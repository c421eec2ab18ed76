import assert from "node:assert/strict";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { testNeeding } from "../../support/needs.ts";
import { freePort } from "../../support/free_port.ts";
import { waitFor } from "../../support/wait_for.ts";
import { ask, PAIR, trustingClient } from "./scripted_server.ts";

for (const framing of ["a content length", "chunks"]) {
  Deno.test(`node:https answers with ${framing}, over one connection`, async () => {
    const connections = new Set<number | undefined>();
    const server = createServer({ cert: PAIR.certPem, key: PAIR.keyPem }, (request, response) => {
      connections.add(request.socket.remotePort);
      const text = `${request.method} ${request.url}`;
      if (framing === "chunks") response.write(text.slice(0, 3));
      response.end(framing === "chunks" ? text.slice(3) : text);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    {
      using client = trustingClient({ limits: { maxPerHost: 1, restMs: 1 } });
      const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      for (const target of ["/1", "/2", "/3"]) assert.equal(await ask(client, host, { target }), `GET ${target}`);
    }
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
    assert.equal(connections.size, 1);
  });
}

testNeeding(["openssl"], "openssl s_server answers in HTTP/1.0, and ends with its connection", async () => {
  const folder = await Deno.makeTempDir({ prefix: "https-client-" });
  await Deno.writeTextFile(`${folder}/cert.pem`, PAIR.certPem);
  await Deno.writeTextFile(`${folder}/key.pem`, PAIR.keyPem);
  const port = freePort();
  const server = new Deno.Command("openssl", {
    args: ["s_server", "-www", "-quiet", "-accept", `127.0.0.1:${port}`, "-cert", "cert.pem", "-key", "key.pem"],
    cwd: folder,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    using client = trustingClient();
    const body = await waitFor("openssl to answer", () => {
      const signal = AbortSignal.timeout(10_000);
      return ask(client, `127.0.0.1:${port}`, { signal }).catch(() => undefined);
    });
    assert.match(body, /TLSv1\.[23]/);
    assert.equal(client.connections, 0);
  } finally {
    server.kill("SIGKILL");
    await server.status;
    await Deno.remove(folder, { recursive: true });
  }
});
