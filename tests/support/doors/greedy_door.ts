/**
 * A door in a process of its own that takes more connections than it has descriptors for; it prints where it is, and the
 * CA that vouches for it.
 *
 * @module
 */

import { createCapacity } from "../../../lib/server/door/capacity.ts";
import { processTimers } from "../../../lib/time.ts";
import { openTestDoor } from "./test_door.ts";

const capacity = createCapacity(10_000, { timers: processTimers, canOpen: () => true });
for (let times = 0; times < 200; times++) capacity.grow();
const door = await openTestDoor(async (request) => {
  const { pathname } = new URL(request.url);
  if (pathname === "/log") return new Response(door.log());
  if (pathname === "/failures") {
    return new Response(String(await door.metric('ram_auth_accept_failures_total{listener="tls"}')));
  }
  return new Response("answer");
}, { capacity });
Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify({ url: door.url, caPem: door.caPem })}\n`));
Deno.addSignalListener("SIGTERM", async () => {
  await door[Symbol.asyncDispose]();
  Deno.exit();
});
