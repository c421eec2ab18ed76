/**
 * Ports for servers that cannot bind port 0 and say which they got. Everything of ours binds port 0 instead.
 *
 * @module
 */

/**
 * Ports lie below those from which the kernel serves port 0 and outgoing connections (Linux: 32768 and up), so that no
 * connection takes one before its server does.
 */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;

/** File that holds how many ports this run of the tests has handed out; `scripts/test.ts` makes it. */
const TICKETS_VARIABLE = "RAM_AUTH_TEST_PORT_TICKETS";

/** A TCP port of 127.0.0.1 on which nothing listens, and which no other test of this run gets. */
export function freePort(): number {
  for (;;) {
    const port = FIRST_PORT + nextTicket() % (LAST_PORT - FIRST_PORT);
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

/** Counts on under a lock, because test files run side by side; by chance where `deno test` was run by hand. */
function nextTicket(): number {
  const path = Deno.env.get(TICKETS_VARIABLE);
  if (!path) return Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
  using file = Deno.openSync(path, { read: true, write: true });
  file.lockSync(true);
  const buffer = new Uint8Array(16);
  const length = file.readSync(buffer) ?? 0;
  const ticket = Number(new TextDecoder().decode(buffer.subarray(0, length)));
  file.seekSync(0, Deno.SeekMode.Start);
  file.writeSync(new TextEncoder().encode(String(ticket + 1)));
  return ticket;
}
