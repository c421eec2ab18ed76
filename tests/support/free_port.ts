/**
 * Ports for servers that cannot bind port 0 and say which they got. Everything of ours binds port 0 instead.
 *
 * @module
 */

/**
 * The range from which ports are drawn lies below the one from which the kernel serves port 0 and outgoing connections
 * (Linux: 32768 and up), so that no other test takes the port before its server does.
 */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;

/** A TCP port of 127.0.0.1 on which nothing listens, drawn at random. */
export function freePort(): number {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}
