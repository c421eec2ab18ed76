/**
 * Slips in what the server answers: which outage is no denial, what a refusal tells, what is written down of whom.
 *
 * @module
 */

import { type Mutant, mutantsOf } from "./mutant.ts";

/** Those of `lib/server/`, but for its sources, and of `lib/mapping/scrub.ts` and `lib/state/host.ts`. */
export const SERVER_MUTANTS: readonly Mutant[] = [
  ...mutantsOf("lib/server/authenticate.ts", ["tests/server/no_decision_test.ts"], [
    [
      "a mistake of ours tells its reason",
      `failure(500, requestId, "internal error")`,
      `failure(500, requestId, messageOf(thrown))`,
    ],
    [
      "mappings that are not read are a mistake of ours",
      `{ error: MappingsNotReady, status: 503, result: "internal_error" },`,
      ``,
    ],
    [
      "mappings that are not read are an outage of STS",
      `{ error: MappingsNotReady, status: 503,`,
      `{ error: MappingsNotReady, status: 504,`,
    ],
    [
      "an EC2 that cannot be asked is a mistake of ours",
      `{ error: PrivateDnsNamesUnavailable, status: 504, result: "internal_error" },`,
      ``,
    ],
    [
      "an STS that throttles is a mistake of ours",
      `{ error: StsThrottled, status: 429, result: "sts_throttling" },`,
      ``,
    ],
    ["an STS that cannot be asked is a mistake of ours", `{ error: StsFault, status: 504, result: "sts_error" },`, ``],
    [
      "an outage tells what the log tells",
      `failure(row.status, requestId, publicMessage, row.headers)`,
      `failure(row.status, requestId, message, row.headers)`,
    ],
    [
      "an outage is a denial",
      `return { ...failure(row.status, requestId, publicMessage, row.headers), result: row.result };`,
      `return { ...failure(200, requestId, publicMessage, row.headers), result: row.result };`,
    ],
    [
      "a late body is a mistake of ours",
      `{ error: BodyLateError, status: 408, result: "malformed_request" },`,
      ``,
    ],
  ]),
  ...mutantsOf("lib/server/authenticate.ts", ["tests/server/authenticate_test.ts", "tests/server/health_test.ts"], [
    ["any method reviews", `if (method !== "POST") return`, `if (method === "") return`],
    ["any media type reviews", `/^application\\/json(?:\\s*;|$)/i`, `/^/i`],
    ["a media type that only starts so reviews", `(?:\\s*;|$)/i`, `/i`],
    [
      "a body that is too large is a mistake of ours",
      `{ error: BodyTooLargeError, status: 413, result: "malformed_request" },`,
      ``,
    ],
    [
      "a body that is no review is a mistake of ours",
      `{ error: TokenReviewError, status: 400, result: "malformed_request" },`,
      ``,
    ],
    [
      "the user of a scrubbed account is written down",
      `const shown = scrubber.loggableUser(identity, verdict.user);`,
      `const shown = verdict.user;`,
    ],
    [
      "the extras of a scrubbed account are answered",
      `if (!scrubber.hides(identity)) return user;`,
      `return user;`,
    ],
    [
      "the reason of a refusal is written down unscrubbed",
      `const why = scrubber.scrub(message, identity);`,
      `const why = message;`,
    ],
    ["a refusal is not audited", `note(parts, requestId, verdict, { reason, who, why });`, ``],
    [
      "the ARN of a scrubbed account is written down with a refusal",
      `const who = identity && scrubber.loggable(identity);`,
      `const who = identity;`,
    ],
    [
      "a refusal tells what the log tells",
      "`${publicMessage} (request ${requestId})`",
      "`${message} (request ${requestId})`",
    ],
    [
      "a token of somebody else's is refused with an error, and asked for again and again",
      `formatUnauthenticated(apiVersion)) };`,
      `formatUnauthenticated(apiVersion, "no")) };`,
    ],
    ["whom nobody maps counts as denied", `not_mapped: "unknown_user"`, `not_mapped: "denied"`],
    ["a refusal of STS counts as a bad token", `sts_denied: "denied"`, `sts_denied: "invalid_token"`],
  ]),
  ...mutantsOf("lib/telemetry/appended_file.ts", ["tests/server/audit_test.ts"], [
    ["a rotated file is written on", `reopen: () => void (isStale = true),`, `reopen: () => {},`],
    ["a FIFO is an audit log", `if ((await opened.stat()).isFile) return opened;`, `return opened;`],
  ]),
  ...mutantsOf("lib/server/bodies.ts", ["tests/server/bodies_test.ts"], [
    ["a body that says it is too large is read", `declared > MAX_BODY_BYTES) {`, `declared > 2 * MAX_BODY_BYTES) {`],
    ["a body of any size is read", `throw tooLarge(whole.length);`, `return whole;`],
    [
      "a body may take for ever",
      `const cancelDeadline = timers.after(BODY_DEADLINE_MS, () => {`,
      `const cancelDeadline = timers.after(1e9, () => {`,
    ],
    [
      "a body that nobody needs may take for ever",
      `timers.after(BODY_DEADLINE_MS, giveUp)`,
      `timers.after(1e9, giveUp)`,
    ],
    ["bodies in flight may have any size together", `makeRoom(body.reserved);`, ``],
    [
      "whoever comes last goes first",
      `for (const body of unfinished) {`,
      `for (const body of [...unfinished].reverse()) {`,
    ],
    ["a client that leaves is a mistake of ours", `throw new BodyBrokenError(`, `throw new Error(`],
    [
      "what was read keeps its room",
      `cancelDeadline();
      leave(body);`,
      `cancelDeadline();`,
    ],
  ]),
  ...mutantsOf("lib/telemetry/spans.ts", ["tests/telemetry/spans_test.ts"], [
    ["the runtime's own spans are exported", `this === tracer ?`, `true ?`],
  ]),
  ...mutantsOf("lib/server/routes.ts", ["tests/server/health_test.ts", "tests/server/authenticate_test.ts"], [
    ["any path that ends so reviews", `url.pathname !== "/authenticate"`, `!url.pathname.endsWith("/authenticate")`],
    ["any path reviews", `url.pathname !== "/authenticate"`, `request.method !== "POST"`],
    [
      "health is answered to any method",
      `request.method === "GET" || request.method === "HEAD"`,
      `request.method !== ""`,
    ],
  ]),
  ...mutantsOf("lib/server/routes.ts", ["tests/server/callers_test.ts"], [
    ["who may not ask is answered", `refusal !== undefined`, `refusal === null`],
    ["the body of who may not ask breaks the connection", `void drain(request);`, ``],
  ]),
  ...mutantsOf("lib/server/callers.ts", ["tests/server/callers_test.ts"], [
    [
      "any token will do",
      `digest && caller.digest && timingSafeEqual(digest, caller.digest)`,
      `digest && caller.digest`,
    ],
    ["several tokens in one will do", `=*)$/i`, `=*)/i`],
    [
      "a list that is gone lets everybody ask",
      `if (accepted === undefined) {`,
      `if (accepted === undefined) {
      callers = undefined;
      return;`,
    ],
    ["a list that lets nobody ask is in force", `accepted?.length !== 0`, `accepted?.length !== -1`],
    [
      "a token that was retired stays",
      `callers = accepted.map(`,
      `callers = before.length > 1 ? before : accepted.map(`,
    ],
  ]),
  ...mutantsOf("lib/state/init.ts", ["tests/state/webhook_token_test.ts"], [
    [
      "an old state comes to demand a token",
      `accepted !== undefined && !accepts(accepted, token)`,
      `!accepts(accepted ?? [], token)`,
    ],
    ["a third token is accepted", `accepted.length < MAX_KEPT_TOKENS`, `accepted.length < 9`],
  ]),
  ...mutantsOf("lib/state/token_rotation.ts", ["tests/state/webhook_token_test.ts"], [
    [
      "a rotation ends what kube-apiserver shows",
      `if (before.length < MAX_KEPT_TOKENS) return before;`,
      `if (before.length < 0) return before;`,
    ],
    ["an old state demands a token at once", `?? [ANYONE];`, `?? [];`],
    [
      "retiring leaves nobody who may ask",
      `token === undefined || !accepts(before ?? [], token)`,
      `token === undefined`,
    ],
  ]),
  ...mutantsOf("lib/server/health.ts", ["tests/server/health_test.ts"], [
    ["a server that stops is ready", `isStopping()\n`, `false\n`],
    [
      "warnings are not reported",
      `const warnings = parts.flatMap((part) => part.warnings());`,
      `const warnings: readonly string[] = [];`,
    ],
    [
      "warnings make it not ready",
      `: [200, warnings.length > 0`,
      `: [warnings.length > 0 ? 503 : 200, warnings.length > 0`,
    ],
  ]),
  ...mutantsOf("lib/mapping/scrub.ts", ["tests/mapping/scrub_test.ts"], [
    [
      "an ARN of a scrubbed account is reported",
      `const shown = (text: string) => hides(identity) ? SCRUBBED : text;`,
      `const shown = (text: string) => text;`,
    ],
    ["another account is hidden", `accountIds().includes(accountId)`, `!accountIds().includes(accountId)`],
    [
      "words that hold the account are reported",
      `ids.some((id) => word.includes(id))`,
      `ids.some((id) => word === id)`,
    ],
    [
      "names made of what is hidden are reported",
      `hides(identity) ? { username: SCRUBBED`,
      `false ? { username: SCRUBBED`,
    ],
    ["a message tells the key of whom it hides", `hides(about) ? partsOf(about) : []`, `false ? partsOf(about) : []`],
    ["a session is told as it stands in names", `texts.sessionName.replaceAll("@", "-")`, `""`],
    ["a short session is told", `includes(part) : word`, `includes(part) && false : word`],
  ]),
  ...mutantsOf("lib/state/host.ts", ["tests/state/host_test.ts"], [
    ["an address of IPv6 is written without brackets", "`[${host}]:${port}`", "`${host}:${port}`"],
  ]),
  ...mutantsOf("lib/server/routes.ts", ["tests/server/listening_test.ts"], [
    ["a body is left to the runtime to drop", ".then(withoutBody)", ""],
  ]),
];
