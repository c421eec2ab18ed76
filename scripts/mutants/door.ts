/**
 * Slips in who may connect, how long each may take, and who goes to make room.
 *
 * @module
 */

import { type Mutant, mutantsOf } from "./mutant.ts";

/** Those of `lib/server/door/`. */
export const DOOR_MUTANTS: readonly Mutant[] = [
  ...mutantsOf("lib/server/door/crowd.ts", ["tests/server/door/crowd_test.ts"], [
    [
      "one address may have all",
      `const isShareFull = share !== undefined && share.size >= maxPerShare();`,
      `const isShareFull = false;`,
    ],
    ["who has a request in flight goes", `const goes = firstToGo(isShareFull ? share : order);`, `const [goes] = all;`],
    ["others go for an address that has its share", `firstToGo(isShareFull ? share : order)`, `firstToGo(order)`],
    [
      "who was active last goes first",
      `return first(fresh.size > idle.size ? fresh : idle);`,
      `return [...(fresh.size > idle.size ? fresh : idle)].at(-1);`,
    ],
    ["who never asked stays", `fresh.size > idle.size ? fresh : idle`, `idle.size > 0 ? idle : fresh`],
    ["who asked stays", `fresh.size > idle.size ? fresh : idle`, `fresh.size > 0 ? fresh : idle`],
    ["silence is never too long", `quiet !== undefined && isLate(quiet)`, `false`],
    ["silence is too long at once", `quiet !== undefined && isLate(quiet)`, `quiet !== undefined`],
    ["who left is counted", `all.delete(member);`, ``],
    ["each address of a network has a share of its own", `.slice(0, 4)`, `.slice(0, 8)`],
    ["an address of IPv4 in IPv6 shares with all of its kind", `if (mapped !== null) return mapped[1]!;`, ``],
  ]),
  ...mutantsOf("lib/server/door/capacity.ts", ["tests/server/door/capacity_test.ts"], [
    ["nothing is kept free", ` + Math.min(next * PER_CONNECTION, KEPT_FREE)`, ``],
    [
      "it grows without descriptors",
      `if (canOpen(needed)) current = next;`,
      `if (canOpen(needed) || true) current = next;`,
    ],
    [
      "it is tried again at once",
      `notBeforeMs = timers.nowMs() + RETRY_MS;\n    },\n    shrink`,
      `notBeforeMs = 0;\n    },\n    shrink`,
    ],
    ["it never shrinks", `current = Math.max(Math.min(current, connections) - FIRST, FIRST);`, ``],
    ["what was opened to try stays open", `for (const file of open) file.close();`, ``],
  ]),
  ...mutantsOf("lib/server/door/pipe.ts", ["tests/server/door/pipe_test.ts"], [
    ["half a record is a record", `|| length >= whole)`, `|| length >= RECORD_HEADER)`],
    ["the end of a target is that of the source", `end = "target";`, ``],
    ["a write in part is a write", `while (rest.length > 0) rest =`, `rest =`],
    ["what a target did not take is left out", `at < length;) at += await`, `at < 1;) at += await`],
    ["a target that takes nothing holds nobody up", `state.isHeldUp = true;`, ``],
  ]),
  ...mutantsOf("lib/server/door/socket_folder.ts", ["tests/server/door/socket_folder_test.ts"], [
    ["others may enter the folder", `{ mode: 0o700 }`, `{ mode: 0o755 }`],
    [
      "a folder that somebody else made is used",
      `Deno.lstatSync(path).ino === inode`,
      `Deno.lstatSync(path).isDirectory`,
    ],
    ["what another server uses is removed", `Date.now() - mtime.getTime() > LEFT_BEHIND_MS`, `true`],
    ["paths may be too long", `if (bytes > MAX_PATH_BYTES)`, `if (bytes > 1000)`],
  ]),
  ...mutantsOf("lib/server/door/door.ts", ["tests/server/door/limits_test.ts", "tests/server/door/door_test.ts"], [
    ["a handshake may take for ever", `hello: { limit: "handshakeMs"`, `hello: { limit: "idleMs"`],
    ["the first head may take for ever", `opening: { limit: "openingMs"`, `opening: { limit: "idleMs"`],
    ["who was answered may stay for ever", `idleMs: 300_000,`, `idleMs: 3_000_000,`],
    [
      "an answer may wait for its client for ever",
      `connection.hasWork ? "busy" : connection.phase`,
      `connection.phase`,
    ],
    ["whoever comes is served, however many are there", `if (!room.isFree) {`, `if (false) {`],
    ["who has a request in flight counts as idle", `return crowd.busy(connection);`, `return crowd.idle(connection);`],
    ["a pair that cannot be used is presented", `assertUsable(next);`, ``],
    ["another certificate is not presented", `pair = next;`, ``],
    ["a stop waits for nobody", `await Promise.race([drained, delay(drainMs, waiting.signal)]);`, ``],
    ["a stop waits for ever", `await Promise.race([drained, delay(drainMs, waiting.signal)]);`, `await drained;`],
  ]),
  ...mutantsOf("lib/server/door/tls_entrance.ts", ["tests/server/door/tls_entrance_test.ts"], [
    ["a byte goes in in the middle of a record", `if (!framing.isBetween || isWriting) return;`, ``],
    ["a byte goes in twice", `await inside.write(bytes.subarray(known));`, `await inside.write(bytes);`],
    ["another record goes in than was begun", `(byte, at) => byte !== RECORD_START[header + at]`, `() => false`],
    ["a byte goes in where nothing waits", `waits ||= isOnItsWay || bytes > MAX_IN_RECORD;`, `waits = true;`],
    ["nothing goes in for a long answer", ` || bytes > MAX_IN_RECORD`, ``],
    ["what waits is forgotten", `isOnItsWay = waits;`, `isOnItsWay = false;`],
    ["bytes are not saved up", `const SAVED_MS = [0, 1, 6];`, `const SAVED_MS = [0, 0, 0];`],
    ["one that is closed acts on", `cancel?.();\n      // Nothing`, `// Nothing`],
  ]),
  ...mutantsOf("lib/server/door/farewell.ts", ["tests/server/door/farewell_test.ts"], [
    ["a GOAWAY is sent in the middle of a frame", ` || !framing.isBetween`, ``],
    ["a GOAWAY comes first", ` || !hasBegun`, ``],
    ["frames come into a GOAWAY", `if (isSaid) await goaway;`, ``],
    ["requests are lost with a GOAWAY", `0x7f, 0xff, 0xff, 0xff`, `0, 0, 0, 0`],
    ["HTTP/1.1 is told nothing", `answer.headers.set("connection", "close");`, ``],
  ]),
  ...mutantsOf("lib/server/door/framing.ts", ["tests/server/door/framing_test.ts"], [
    ["lengths add up", `[header, length] = [0, 0];`, `header = 0;`],
  ]),
  ...mutantsOf("lib/server/door/connection.ts", [
    "tests/server/door/farewell_test.ts",
    "tests/server/door/connection_test.ts",
    "tests/server/door/limits_test.ts",
    "tests/server/door/descriptors_test.ts",
  ], [
    ["who hangs up leaves its sockets open", `for (const end of ends.splice(0)) close(end);`, ``],
    [
      "an alert of the client is not seen",
      `if (why === "source") return await outer.closeWrite().catch(hangUp);`,
      `if (why === "source") return hangUp();`,
    ],
    ["a request in flight is not seen", `inFlight += 1;`, ``],
    [
      "the HTTP server ends at once",
      `if (inFlight > 0) return;\n`,
      `if (inFlight > 0) return;\n    server?.shutdown();\n`,
    ],
  ]),
];
