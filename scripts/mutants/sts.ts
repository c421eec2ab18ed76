/**
 * Slips on the way to STS and back: whose answer an answer is, and what a token and an ARN may hold (ADR 24).
 *
 * @module
 */

import { type Mutant, mutantsOf } from "./mutant.ts";

const STRAY = ["tests/review/https/stray_answers_test.ts"];
const CLIENT = ["tests/review/https/client_test.ts"];
const PARSER = ["tests/review/https/answer_parser_test.ts"];
const POOL = ["tests/review/https/pool_test.ts"];

/** Those of `lib/review/`, and of Alibaba Cloud's and AWS's readers. */
export const STS_MUTANTS: readonly Mutant[] = [
  ...mutantsOf("lib/review/https/connection.ts", [...STRAY, ...CLIENT], [
    [
      "an answer that nobody asked for is kept for the next call",
      `if (!pending?.isSent) return lost(`,
      `if (!pending) return; if (false) return lost(`,
    ],
    ["a connection with bytes left over is kept", `if (!answer.keepsAlive) close();`, ``],
    [
      "an abort leaves the connection open",
      `const giveUp = () => fail(signal.reason);`,
      `const giveUp = () => pending?.reject(signal.reason);`,
    ],
    [
      "a call on a connection that was closed is not given the reason",
      `if (!isOpen) return Promise.reject(brokenBy);`,
      ``,
    ],
    [
      "a connection that broke in an answer passes for one that never answered",
      `pending?.parser.hasStarted !== true`,
      `true`,
    ],
    [
      "an answer that breaks the grammar leaves the connection open",
      `fail(new HttpsError(problem, host, why, { cause }));`,
      `pending?.reject(new HttpsError(problem, host, why, { cause }));`,
    ],
  ]),
  ...mutantsOf("lib/review/https/client.ts", CLIENT, [
    [
      "a call is sent again over a new connection, too",
      `if (kept === undefined || !(failure instanceof`,
      `if (isNew || !(failure instanceof`,
    ],
    [
      "a call is sent again whatever happened",
      `!(failure instanceof HttpsError && failure.beforeAnswer)`,
      `!(failure instanceof HttpsError)`,
    ],
    ["a call is not sent again", `if (kept === undefined || `, `if (true || `],
    [
      "a deadline is not reported as one",
      `if (!(cause instanceof DOMException && cause.name === "TimeoutError")) throw cause;`,
      `throw cause;`,
    ],
  ]),
  ...mutantsOf("lib/review/https/pool.ts", POOL, [
    ["a connection does not rest", `resting.push({ lease, sinceMs:`, `idle.push({ lease, sinceMs:`],
    [
      "a kept connection is given to who needs a new one",
      `if (index !== -1 && !isNew) return`,
      `if (index !== -1) return`,
    ],
    [
      "a kept connection serves another host",
      `idle.findLastIndex(({ lease }) => lease.host === host)`,
      `idle.length - 1`,
    ],
    ["a connection is given to two", `return idle.splice(index, 1)[0]!.lease;`, `return idle[index]!.lease;`],
    ["a host may have any number", `if (counts.all >= limits.maxPerHost) {`, `if (false) {`],
    ["any number may be opened at once", `if (counts.opening >= limits.maxOpeningPerHost) return undefined;`, ``],
    ["all hosts may have any number", `else if (all.size >= limits.maxInTotal && !drop(0))`, `else if (false)`],
    [
      "an idle connection is kept for ever",
      `((idle[0] ?? resting[0])?.sinceMs ?? Infinity) + limits.idleMs`,
      `Infinity`,
    ],
    [
      "whoever waits for one that rests is not served",
      `if (waiters.length > 0) serveRested();`,
      ``,
      "a timer serves them a moment later",
    ],
    ["whoever waits is not woken", `waiters.length === 0 ? Infinity : (resting`, `true ? Infinity : (resting`],
    [
      "a connection that was closed is still kept",
      `if (lease.connection?.isOpen && !isClosed) {`,
      `if (lease.connection !== undefined && !isClosed) {`,
    ],
    ["one that waits is not let go by his signal", `refuse(signal.reason);`, ``],
  ]),
  ...mutantsOf("lib/review/https/answer_parser.ts", PARSER, [
    ["two content lengths are one", `if (before !== undefined && ONCE.has(name))`, `if (false)`],
    [
      "both framings are taken",
      `if (length !== undefined) throw new AnswerError("it has both a content length and a transfer encoding");`,
      ``,
    ],
    ["any transfer encoding is chunked", `if (transferEncoding.toLowerCase() !== "chunked")`, `if (false)`],
    ["compression is passed over", `if (contentEncoding.toLowerCase() !== "identity")`, `if (false)`],
    ["another protocol is taken", `if (this.#status === 101)`, `if (false)`],
    ["interim answers do not end", `if (this.#interimAnswers > MAX_INTERIM_ANSWERS)`, `if (false)`],
    ["a line may end with LF alone", `if (pending[end - 1] !== CR)`, `if (false)`],
    ["a line has no cap", `> maxBytes) throw new AnswerError(tooLong);`, `> 1e9) throw new AnswerError(tooLong);`],
    ["headers have no cap", `if (this.#headerCount > MAX_HEADERS)`, `if (false)`],
    [
      "a content length is any number",
      `const CONTENT_LENGTH = /^[0-9]{1,15}$/;`,
      `const CONTENT_LENGTH = /[0-9]{1,15}/;`,
    ],
    ["a space may stand before a colon", `A-Za-z-]+):[\\t ]*`, `A-Za-z-]+)[\\t ]*:[\\t ]*`],
    [
      "a body has no cap",
      `if (this.#bodyBytes + length > this.#maxBodyBytes) throw tooLarge(this.#maxBodyBytes);\n    this.#expected = length;`,
      `this.#expected = length;`,
    ],
    [
      "a body without a length has no cap",
      `if (this.#bodyBytes + length > this.#maxBodyBytes) throw tooLarge(this.#maxBodyBytes);\n    if (length > 0)`,
      `if (length > 0)`,
    ],
    ["tiny chunks have no cap", `if (this.#framingBytes > MAX_CHUNK_FRAMING_BYTES)`, `if (false)`],
    [
      "a chunk may be longer than it says",
      `if (line !== "") throw new AnswerError("a chunk is longer than it says");`,
      ``,
      "a longer line breaks its cap of no bytes",
    ],
    ["a close that is announced is passed over", `!said.includes("close") && `, ``],
    ["bytes behind the answer are passed over", ` && this.strayBytes === 0`, ``],
    [
      "an answer that is cut off is whole",
      `if (this.#state === "close") this.#state = "done";`,
      `this.#state = "done";`,
    ],
  ]),
  ...mutantsOf("lib/review/https/request.ts", ["tests/review/https/request_test.ts"], [
    ["a target may end a line", `/^\\/[\\x21\\x24-\\x7e]*$/`, `/^\\/[^ ]*$/`],
    ["a header's value may end a line", `if (!HEADER_VALUE.test(value))`, `if (value.includes("\\0"))`],
    ["a header may frame the request", ` || FRAMING.has(name)`, ``],
    ["a host may be anything", `([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)`, `([^:]*)`],
  ]),
  ...mutantsOf("lib/review/https/proxy.ts", ["tests/review/https/proxy_test.ts"], [
    ["any status opens a tunnel", `if (status < 200 || status > 299) {`, `if (false) {`],
    ["bytes of a proxy are taken for the server's", `if (isMore && status.startsWith("2"))`, `if (false)`],
    ["an exempt end of a name exempts all that end so", "hostname.endsWith(`.${domain}`)", "hostname.endsWith(domain)"],
    ["a proxy that cannot be used is passed by", `if (url?.protocol !== "http:" || `, `if (url === undefined || `],
  ]),
  ...mutantsOf("lib/review/verifier.ts", ["tests/review/verifier_test.ts"], [
    ["a token is looked for anywhere", `token.startsWith(cloud.tokenPrefix)`, `token.includes(cloud.tokenPrefix)`],
    [
      "an outage is a refusal",
      `if (reason === undefined) return { kind: "undecided", credentialId, failure, identity };`,
      ``,
    ],
    [
      "whom no mapping names is somebody",
      `if (mapped === undefined) return { ...notMapped(who), credentialId };`,
      ``,
    ],
    [
      "the first cloud reads every token",
      `parts.clouds.find(({ cloud }) => token.startsWith(cloud.tokenPrefix))`,
      `parts.clouds[0]`,
    ],
    ["what a mapping refuses is an outage", `if (failure instanceof MappingRefused) return "mapping_refused";`, ``],
  ]),
  ...mutantsOf("lib/review/decisions.ts", ["tests/review/decisions_test.ts"], [
    ["a decision outlives its token", `Math.min(longestMs(), endsAtMs - now().getTime())`, `longestMs()`],
    [
      "a decision outlives its token by the wall clock",
      `now().getTime() < endOf(found.endsAtMs, maxTokenAgeMs()) ?`,
      `true ?`,
    ],
    ["an outage is kept as a refusal", `failure instanceof StsDenied && began`, `failure instanceof Error && began`],
    ["a refusal is kept as long as a user", `Math.min(ttlMs(), REFUSED_FOR_MS)`, `ttlMs()`],
    ["what is dropped comes back", `if (began === underWay) allowed.keep`, `allowed.keep`],
    ["calls under way outlive a reload", `      underWay = new Map();\n`, ``],
    ["refusals outlive a reload", `      refused.clear();\n`, ``],
    ["each review asks for itself", `underWay.set(key, asking);`, ``],
    ["a call that ended is shared for ever", `began.delete(key);`, ``],
    ["bad tokens push out good ones", `refused.keep(key, [`, `allowed.keep(key, [`],
  ]),
  ...mutantsOf("lib/review/token_age.ts", ["tests/review/verifier_test.ts", "tests/cli/serve/server_wiring_test.ts"], [
    [
      "a token that is too old is accepted",
      `if (now.getTime() <= endOf(endsAtMs, maxTokenAgeMs)) return;`,
      `if (true) return;`,
    ],
    ["tokens live as long as STS takes them", `endsAtMs - SIGNATURE_LIFETIME_MS + maxTokenAgeMs`, `endsAtMs`],
  ]),
  ...mutantsOf("lib/review/decisions.ts", ["tests/cli/serve/server_wiring_test.ts"], [
    ["a kept decision outlives maxTokenAge", `endOf(found.endsAtMs, maxTokenAgeMs())`, `found.endsAtMs`],
  ]),
  ...mutantsOf("lib/review/credential_id.ts", ["tests/review/credential_id_test.ts"], [
    ["all tokens are one", `.update(token)`, `.update("")`],
  ]),
  ...mutantsOf("lib/review/sts_client.ts", ["tests/review/sts_client_test.ts"], [
    ["any refusal pauses all", `throttled = refusal instanceof StsThrottled;`, `throttled = true;`],
    ["throttling pauses nobody", `if (throttled) throttle.pause(`, `if (false) throttle.pause(`],
    [
      "the pause is not looked at",
      `if (throttle.isPaused(call, isConfirmed)) {`,
      `if (false) {`,
    ],
    ["a host that does not answer is not noticed", `turn.end(cause instanceof`, `turn.end(true || cause instanceof`],
    [
      "the breaker is not asked",
      `const turn = await breaker.enter({ host, isConfirmed });`,
      `const turn = { end(_?: string) {} };`,
    ],
    [
      "an answer that cannot be used is none",
      `cause instanceof HttpsError && ANSWERED.has(cause.problem) ? undefined : why`,
      `why`,
    ],
    ["calls are not limited", `limiter.take(call.accessKeyId);`, ``],
    ["nobody is ever confirmed", `limiter.confirm(call.accessKeyId);`, ``],
  ]),
  ...mutantsOf("lib/review/throttle.ts", ["tests/review/throttle_test.ts"], [
    ["one throttled key pauses everybody", `paused.size >= MANY_KEYS`, `paused.size >= 1`],
    ["many throttled keys pause nobody else", `|| (!isConfirmed && paused.size >= MANY_KEYS)`, ``],
    ["many throttled keys pause those who are known", `(!isConfirmed && paused`, `(paused`],
    ["a pause never ends", `if (nowMs() < untilMs) return paused;`, `return paused;`],
    ["a host pauses a key for all", `hosts.get(host)`, `hosts.values().next().value`],
    [
      "a pause that is renewed keeps its place",
      `paused.delete(accessKeyId);
      paused.set`,
      `paused.set`,
    ],
  ]),
  ...mutantsOf("lib/review/breaker.ts", ["tests/review/breaker_test.ts"], [
    [
      "a host is asked although it does not answer",
      `if (underWay >= MAX_PROBES || nowMs() < nextAtMs) {`,
      `if (false) {`,
    ],
    ["tries go on without end", `underWay >= MAX_PROBES || `, ``],
    ["a host is tried at every call", `probe.nextAtMs = startedAtMs + PROBE_EVERY_MS;`, ``],
    ["a host that answers stays closed", `host.failures = 0;`, ``],
    ["old failures count", `startedAtMs >= host.answeredAtMs`, `true`],
    ["any number of calls go to a cold host", `!isWarm(host) && host.underWay >= MAX_COLD)`, `!isWarm(host) && false)`],
    ["an answer lets nobody in", `isWarm(host) ? Infinity : MAX_COLD - host.underWay`, `MAX_COLD - host.underWay`],
    ["whoever is known waits for strangers' tries", `isConfirmed ? "confirmed" : "others"`, `"others"`],
    ["strangers' hosts take all calls", `strangeUnderWay >= MAX_STRANGE`, `false`],
    ["calls to strangers' hosts are never over", `strangeUnderWay -= strange;`, ``],
    [
      "those who wait are left waiting",
      `for (const { refuse } of host.waiters)`,
      `for (const { refuse } of new Set<Waiter>())`,
    ],
  ]),
  ...mutantsOf("lib/review/https/resolve.ts", ["tests/review/https/resolve_test.ts"], [
    ["unknown names take all threads", `strange >= MAX_STRANGE_LOOKUPS`, `false`],
    ["all threads may be taken", `underWay.size >= MAX_LOOKUPS || `, ``],
    [
      "a look-up whose caller left counts no more",
      `if (before === undefined) return await orAbort(looking!, signal);`,
      `if (before === undefined) return await orAbort(looking!, signal).finally(() => strange--);`,
    ],
    ["an address is kept for ever", `forMs: REMEMBERED_MS`, `forMs: Infinity`],
    ["each caller looks up for himself", `underWay.set(hostname, looking);`, ``],
  ]),
  ...mutantsOf("lib/review/limiter.ts", ["tests/review/limiter_test.ts"], [
    ["a key has its calls again at once", `keys.get(accessKeyId) ??`, `undefined ??`],
    ["a key's calls are not counted", `ofKey.take();`, ``],
    ["the server's calls are not counted", `all.take();`, ``],
    [
      "invented keys take what is left for those who are known",
      `isConfirmed(accessKeyId) ? 0 : Math.floor(rates().server / 2)`,
      `0`,
    ],
    [
      "nobody is known",
      `isConfirmed(accessKeyId) ? 0 : Math.floor(rates().server / 2)`,
      `Math.floor(rates().server / 2)`,
    ],
  ]),
  ...mutantsOf("lib/clouds/aws/token.ts", ["tests/clouds/aws/token_parser_test.ts"], [
    ["two cluster ids are one to signing, by spaces between", `(?: [\\x21-\\x7e]+)*$/;`, `(?: +[\\x21-\\x7e]+)*$/;`],
    ["two cluster ids are one to signing, by a space at the end", `(?: [\\x21-\\x7e]+)*$/;`, `(?: [\\x21-\\x7e]*)*$/;`],
  ]),
  ...mutantsOf("lib/clouds/alibaba/token.ts", ["tests/clouds/alibaba/token_parser_test.ts"], [
    ["an access key id may be empty", `minLength: 1,`, `minLength: 0,`],
    ["an access key id has hardly an end", `maxLength: 128,`, `maxLength: 1_280,`],
  ]),
  ...mutantsOf("lib/clouds/usable_keys.ts", ["tests/clouds/usable_keys_test.ts"], [
    ["temporary keys sign without their token", `!keys.accessKeyId.startsWith(form.temporaryPrefix)`, `true`],
    ["an access key id may start anyhow", "`^${keyIdPattern", "`${keyIdPattern"],
    ["an access key id may end anyhow", "(form)}$`", "(form)}`"],
  ]),
  ...mutantsOf("lib/clouds/aws/credentials/way.ts", ["tests/clouds/aws/profile_chain_test.ts"], [
    ["a role that a profile asks for is passed over", `if (settings.has("role_arn") &&`, `if (false &&`],
  ]),
  ...mutantsOf("lib/clouds/aws/service.ts", ["tests/clouds/aws/service_test.ts"], [
    [
      "keys may come from any host in the clear",
      `(url?.protocol === "http:" && isLoopback)`,
      `url?.protocol === "http:"`,
    ],
    ["the profile's CA bundle counts before the variable's", `world.env("AWS_CA_BUNDLE") ||`, ``],
  ]),
  ...mutantsOf("lib/clouds/aws/credentials/container.ts", ["tests/clouds/aws/machine_test.ts"], [
    ["keys may come from any host in the clear", `PLAIN_HOST.test(url.hostname)`, `true`],
  ]),
  ...mutantsOf("lib/clouds/alibaba/token_parser.ts", ["tests/clouds/alibaba/token_parser_test.ts"], [
    ["a security token may be empty", `/^[\\x21-\\x7e]{1,12288}$/`, `/^[\\x21-\\x7e]{0,12288}$/`],
    ["a security token may hold anything", `/^[\\x21-\\x7e]{1,12288}$/`, `/^[^]{1,12288}$/`],
    ["a security token may end a line", `/^[\\x21-\\x7e]{1,12288}$/`, `/^[\\x21-\\x7e]{1,12288}/`],
    ["a security token may start anyhow", `/^[\\x21-\\x7e]{1,12288}$/`, `/[\\x21-\\x7e]{1,12288}$/`],
    ["an access key id may be empty", "(${KEY_ID})", `([A-Za-z0-9._-]{0,128})`],
    ["an access key id may hold anything", "(${KEY_ID})", `([^]{1,128})`],
    ["an access key id has no end", "(${KEY_ID})", `([A-Za-z0-9._-]+)`],
    ["something may stand before the algorithm", "`^ACS3-HMAC-SHA256", "`ACS3-HMAC-SHA256"],
    ["something may stand behind the signature", "([0-9a-f]{64})$`", "([0-9a-f]{64})`"],
    [
      "the signature may cover other headers",
      `if (names !== signedHeaderNames(signedHeaders(request))) {`,
      `if (false) {`,
    ],
    ["a user agent may hold anything", `/^[\\x20-\\x7e]{0,256}$/`, `/^[^]{0,256}$/`],
    ["a user agent has no end", `/^[\\x20-\\x7e]{0,256}$/`, `/^[\\x20-\\x7e]*$/`],
    ["a list is an object", `if (!(value instanceof Map)) throw malformed("it is not a JSON object");`, ``],
    ["bytes that are not UTF-8 are mended", `{ fatal: true, ignoreBOM: true }`, `{ ignoreBOM: true }`],
    ["a byte order mark is passed over", `{ fatal: true, ignoreBOM: true }`, `{ fatal: true }`],
    ["base64 may be loose", `{ lastChunkHandling: "strict" }`, `{}`],
    ["any member may stand there", `if (!known.includes(key)) throw malformed(`, `if (false) throw malformed(`],
  ]),
  ...mutantsOf("lib/clouds/alibaba/arn.ts", ["tests/clouds/alibaba/arn_test.ts"], [
    [
      "a principal's ARN may start anyhow",
      `"^acs:ram::(?<account>[0-9]{1,20}):"`,
      `"acs:ram::(?<account>[0-9]{1,20}):"`,
    ],
  ]),
  ...mutantsOf("lib/clouds/aws/arn.ts", ["tests/clouds/aws/arn_test.ts"], [
    ["a principal's ARN may start anyhow", `"^arn:(?<partition>[a-z-]{1,32}):"`, `"arn:(?<partition>[a-z-]{1,32}):"`],
  ]),
  ...mutantsOf("lib/clouds/sts_answer.ts", ["tests/clouds/sts_answer_test.ts"], [
    ["an answer may hand out keys", `result.has("Credentials")`, `false`],
    ["a member may be called anything", `!MEMBER_NAME.test(name)`, `false`],
  ]),
  ...mutantsOf("lib/clouds/aws/sts.ts", ["tests/clouds/aws/sts_test.ts"], [
    ["the result of another action is taken", `judgeMembers(result);`, ``],
    ["a further envelope is taken", `onlyMembers(root, ["GetCallerIdentityResponse"]);`, ``],
    ["a further result is taken", `onlyMembers(response, ["GetCallerIdentityResult", "ResponseMetadata"]);`, ``],
  ]),
  ...mutantsOf("lib/clouds/alibaba/sts.ts", ["tests/clouds/alibaba/sts_test.ts"], [
    ["the answer of another action is taken", `judgeMembers(members);`, ``],
  ]),
];
