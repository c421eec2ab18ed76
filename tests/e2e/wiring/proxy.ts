/**
 * An HTTP proxy that tells which hosts were wanted, and connects only those that stand in for real ones.
 *
 * @module
 */

/** A proxy on loopback. */
export interface Tunnel extends AsyncDisposable {
  readonly url: string;
  /** Whether somebody asked to be connected to `host:port`. */
  wanted(host: string): boolean;
}

/** Starts one. @param ports ports of loopback by the `host:port` that they stand in for */
export function startTunnel(ports: Readonly<Record<string, number>> = {}): Tunnel {
  const wanted = new Set<string>();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serve = async (client: Deno.TcpConn) => {
    using _client = client;
    const buffer = new Uint8Array(4_096);
    const length = await client.read(buffer);
    const [, host] = /^CONNECT (\S+)/.exec(new TextDecoder().decode(buffer.subarray(0, length ?? 0))) ?? [];
    if (host === undefined) return;
    wanted.add(host);
    const port = ports[host];
    const say = (line: string) => client.write(new TextEncoder().encode(`HTTP/1.1 ${line}\r\n\r\n`));
    if (port === undefined) return void await say("502 Bad Gateway\r\ncontent-length: 0");
    using target = await Deno.connect({ hostname: "127.0.0.1", port });
    await say("200 OK");
    await Promise.race([
      client.readable.pipeTo(target.writable).catch(() => {}),
      target.readable.pipeTo(client.writable).catch(() => {}),
    ]);
  };
  const serving = new Set<Promise<void>>();
  const accepting = (async () => {
    for await (const client of listener) {
      const one: Promise<void> = serve(client).catch(() => {}).finally(() => serving.delete(one));
      serving.add(one);
    }
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    wanted: (host) => wanted.has(host),
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      await Promise.all(serving);
    },
  };
}
