/**
 * Passes connections on, between a network namespace and this one: a Unix socket is reached from both. Run as a program, it
 * is the half that is inside; its arguments are pairs of where to listen and where to connect to.
 *
 * @module
 */

/** A port of 127.0.0.1, or the path of a Unix socket. */
export type End = number | string;

/** Listens, and connects each connection through, until it is closed. */
export function startRelay(from: End, to: End): Disposable {
  const listener = typeof from === "number"
    ? Deno.listen({ hostname: "127.0.0.1", port: from })
    : Deno.listen({ transport: "unix", path: from });
  const open = new Set<Deno.Conn>();
  (async () => {
    for await (const conn of listener) void connectThrough(conn, to, open);
  })();
  return {
    [Symbol.dispose]() {
      listener.close();
      for (const conn of open) close(conn, open);
    },
  };
}

async function connectThrough(caller: Deno.Conn, to: End, open: Set<Deno.Conn>): Promise<void> {
  const ends = [caller];
  open.add(caller);
  try {
    const called = typeof to === "number"
      ? await Deno.connect({ hostname: "127.0.0.1", port: to })
      : await Deno.connect({ transport: "unix", path: to });
    ends.push(called);
    open.add(called);
    await Promise.all([copy(caller, called), copy(called, caller)]);
  } catch {
    // Nobody listens, or one of both is gone: the other notices by its end.
  } finally {
    for (const end of ends) close(end, open);
  }
}

function close(conn: Deno.Conn, open: Set<Deno.Conn>): void {
  if (open.delete(conn)) conn.close();
}

async function copy(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(65_536);
  for (let count; (count = await from.read(buffer)) !== null;) {
    for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
  }
  await to.closeWrite();
}

if (import.meta.main) {
  for (let at = 0; at < Deno.args.length; at += 2) {
    const [from, to] = Deno.args.slice(at, at + 2).map((end) => /^\d+$/.test(end) ? Number(end) : end);
    startRelay(from!, to!);
  }
  await Deno.stdout.write(new TextEncoder().encode("ready\n"));
}
