/**
 * An HTTP proxy on loopback that keeps where it was asked to lead, and leads where the test says.
 *
 * @module
 */

/** What the proxy does with a CONNECT. */
export interface ProxyOptions {
  /** The port on loopback that every tunnel leads to; without it, tunnels are refused. */
  readonly port?: number;
  /** The answer to CONNECT where there is no tunnel. Default: 502. */
  readonly status?: number;
}

/** The proxy, running. */
export interface HttpProxy extends AsyncDisposable {
  readonly url: string;
  /** First lines of the requests, in order. */
  readonly asked: readonly string[];
}

/** Starts it. */
export function startHttpProxy({ port, status = 502 }: ProxyOptions = {}): HttpProxy {
  const asked: string[] = [];
  const open = new Set<Deno.Conn>();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const lead = async (client: Deno.Conn) => {
    open.add(client);
    const head = await readHead(client);
    asked.push(head.split("\r\n", 1)[0]!);
    if (port === undefined) {
      await client.write(
        new TextEncoder().encode(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`),
      );
      return client.close();
    }
    const server = await Deno.connect({ hostname: "127.0.0.1", port });
    open.add(server);
    await client.write(new TextEncoder().encode("HTTP/1.1 200 Go\r\n\r\n"));
    await Promise.all([
      client.readable.pipeTo(server.writable).catch(() => {}),
      server.readable.pipeTo(client.writable).catch(() => {}),
    ]);
  };
  const serving = (async () => {
    const led: Promise<void>[] = [];
    for await (const client of listener) led.push(lead(client).catch(() => {}));
    await Promise.all(led);
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    asked,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) {
        try {
          connection.close();
        } catch {
          // Closed by its stream.
        }
      }
      await serving;
    },
  };
}

async function readHead(connection: Deno.Conn): Promise<string> {
  let head = "";
  const buffer = new Uint8Array(4_096);
  while (!head.includes("\r\n\r\n")) {
    const length = await connection.read(buffer);
    if (length === null) return head;
    head += new TextDecoder().decode(buffer.subarray(0, length));
  }
  return head;
}
