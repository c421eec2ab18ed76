/**
 * A server on loopback that answers by a script, over HTTP or HTTPS, and one that takes connections and stays silent.
 *
 * @module
 */

/** What a server was asked. */
export interface AskedOfServer {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

/** A server that runs. */
export interface ScriptedServer extends AsyncDisposable {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  readonly asked: readonly AskedOfServer[];
}

/** Starts a server; `pair` makes it speak HTTPS. */
export function startScripted(
  answer: (asked: AskedOfServer) => Response | Promise<Response>,
  pair?: { readonly certPem: string; readonly keyPem: string },
): ScriptedServer {
  const asked: AskedOfServer[] = [];
  const tls = pair && { cert: pair.certPem, key: pair.keyPem };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {}, ...tls }, async (request) => {
    const { pathname: path } = new URL(request.url);
    const one = { method: request.method, path, headers: request.headers, body: await request.text() };
    asked.push(one);
    return await answer(one);
  });
  return { host: `127.0.0.1:${server.addr.port}`, asked, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** A server that takes every connection and says nothing. */
export function startSilent(): ScriptedServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections: Deno.Conn[] = [];
  const taken = (async () => {
    for await (const connection of listener) connections.push(connection);
  })();
  return {
    host: `127.0.0.1:${listener.addr.port}`,
    asked: [],
    async [Symbol.asyncDispose]() {
      listener.close();
      await taken;
      for (const connection of connections) connection.close();
    },
  };
}
