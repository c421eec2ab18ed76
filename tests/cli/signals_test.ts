import assert from "node:assert/strict";
import { SERVER_PERMISSIONS } from "../../scripts/permissions.ts";
import { startProcess } from "../support/process.ts";
import { waitFor } from "../support/wait_for.ts";

Deno.test("a Ctrl-C that arrives twice at once, as through a task runner, still stops cleanly", async () => {
  await using dev = startProcess(Deno.execPath(), {
    args: ["run", "--quiet", ...SERVER_PERMISSIONS, "main.ts", "dev"],
  });
  await waitFor("the last line", () => dev.stdout().includes("Ctrl-C stops everything"));
  const folder = /^ {2}files +(\S+)$/m.exec(dev.stdout())?.[1] ?? "";
  const port = Number(/^ {2}server +https:\/\/127\.0\.0\.1:(\d+)/m.exec(dev.stdout())?.[1]);

  // A request in flight keeps the server draining while the second Ctrl-C comes.
  using request = await requestInFlight(port, await Deno.readTextFile(`${folder}/ca.pem`));
  dev.signal("SIGINT");
  await waitFor("the server to stop", () => dev.stderr().includes("stopping"));
  const end = dev.stop("SIGINT");
  await request.finish();
  const { code } = await end;
  assert.equal(code, 0, dev.stderr());
  await assert.rejects(Deno.stat(folder), Deno.errors.NotFound);
});

/** A request whose body the server has begun to wait for. */
async function requestInFlight(port: number, ca: string): Promise<Disposable & { finish(): Promise<void> }> {
  const connection = await Deno.connectTls({ hostname: "127.0.0.1", port, caCerts: [ca] });
  const send = (text: string) => connection.write(new TextEncoder().encode(text));
  const head = ["POST /authenticate HTTP/1.1", "host: localhost", "content-length: 2", "expect: 100-continue"];
  await send(`${head.join("\r\n")}\r\n\r\n`);
  const answer = new Uint8Array(64);
  const length = await connection.read(answer);
  assert.match(new TextDecoder().decode(answer.subarray(0, length ?? 0)), /^HTTP\/1\.1 100 /);
  return { finish: async () => void await send("{}"), [Symbol.dispose]: () => connection.close() };
}
