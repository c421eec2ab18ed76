/**
 * Slips in the server's life and end: its certificate, the proof that it lives, the signals.
 *
 * @module
 */

import { type Mutant, mutantsOf } from "./mutant.ts";

/** Those of all of this. */
export const LIFE_MUTANTS: readonly Mutant[] = [
  ...mutantsOf("lib/server/liveness.ts", ["tests/server/liveness_test.ts"], [
    ["a review of others is no sign of life", `failures = 0;\n        errors`, `errors`],
    ["an internal error is a sign of life", `if (status !== 500) {`, `if (status !== 0) {`],
    ["one failure is enough", `const MAX_FAILURES = 3;`, `const MAX_FAILURES = 1;`],
    ["errors need not last", `return errors.count >= MAX_ERRORS && isLong`, `return errors.count >= MAX_ERRORS`],
    [
      "a held thread counts as silence",
      `const TURNS = 10;\nconst TURN_MS = 500;`,
      `const TURNS = 1;\nconst TURN_MS = 5_000;`,
    ],
    ["held time is not reported", `heldMs < HELD_MS`, `heldMs < Infinity`],
  ]),
  ...mutantsOf("lib/server/self_review.ts", ["tests/server/self_review_test.ts"], [
    [
      "anybody's review passes for its own",
      `shown !== null && timingSafeEqual(digestOf(shown), markDigest)`,
      `shown !== null`,
    ],
    ["any answer will do", `status === 200 && text.includes`, `text.includes`],
  ]),
  ...mutantsOf("lib/server/health.ts", ["tests/server/health_test.ts"], [
    ["a broken server is ready", `fault() !== undefined\n`, `false\n`],
  ]),
  ...mutantsOf("lib/server/watchdog.ts", ["tests/server/systemd_test.ts"], [
    ["a broken server is said to live", `if (liveness.fault() === undefined) await`, `await`],
  ]),
  ...mutantsOf("lib/server/systemd.ts", ["tests/server/systemd_test.ts"], [
    ["states are sent at the same time", `const send = inTurn(async`, `const send = (async`],
    [
      "a state that is late is given up",
      `await socket.send(datagram, { transport: "unixpacket", path });`,
      `await within(processTimers, TELL_MS, socket.send(datagram, { transport: "unixpacket", path }), "");`,
    ],
  ]),
  ...mutantsOf("lib/server/certificates.ts", ["tests/server/certificates_test.ts"], [
    ["a failure is reported each time", `if (failure === before) return;`, ``],
    ["nobody is told who does not trust it", `({ isTrusted } = renewal);`, ``],
  ]),
  ...mutantsOf("lib/state/state_dir.ts", ["tests/server/certificates_test.ts", "tests/state/state_dir_test.ts"], [
    ["another CA is taken up", `stored.ca?.pem !== current.caPem`, `false`],
    ["a new key with an old certificate is none", `serving.certPem === current.serving.certPem && `, ``],
  ]),
];
