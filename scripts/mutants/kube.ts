/**
 * Slips in how a collection of an API server is followed: what a watch missed, what was deleted, what is no answer.
 *
 * @module
 */

import { type Mutant, mutantsOf } from "./mutant.ts";

const FOLLOWING = ["tests/kube/list_watch_test.ts"];
const PAIRS = ["tests/tls_pair_test.ts"];

/** Those of `lib/kube/`, and of the certificates that it is given. */
export const KUBE_MUTANTS: readonly Mutant[] = [
  ...mutantsOf("lib/tls_pair.ts", PAIRS, [
    ["a certificate of version 1 is taken for one of version 3", `if (leaf.isVersion3) return leaf;`, `return leaf;`],
    [
      "a key need not belong to its certificate",
      `if (key.publicKey.toHex() !== leaf.publicKey.toHex()) {`,
      `if (false) {`,
    ],
    ["a key of any kind is handed on", `if (useless !== undefined) throw`, `if (useless === "") throw`],
  ]),
  ...mutantsOf("lib/tls_pair.ts", ["tests/native_inputs_test.ts"], [
    ["the runtime is not asked before it aborts", `  demandTaken(pair, refuse.certificate);\n`, ``],
  ]),
  ...mutantsOf("lib/kube/kubeconfig.ts", ["tests/kube/connection_test.ts"], [
    ["a kubeconfig of any form reaches the package", `if (problem === undefined) return tree;`, `return tree;`],
  ]),
  ...mutantsOf("lib/kube/list.ts", FOLLOWING, [
    [
      "only the first page is listed",
      `if (continueToken === undefined) return`,
      `if (pages === 0 || continueToken === undefined) return`,
    ],
    ["the next page is asked for without its token", `{ continue: continueToken }`, `{}`],
    [
      "a refusal is read as a page",
      `if (!response.ok) throw await errorOf`,
      `if (response.status === 0) throw await errorOf`,
    ],
    ["a page of any size is read", `limits.maxPageBytes, signal`, `1e9, signal`],
    ["a page may take for ever", `startDeadline(stop, limits.answerMs)`, `startDeadline(stop, 1e8)`],
  ]),
  ...mutantsOf("lib/kube/watch.ts", FOLLOWING, [
    [
      "a moment that is too old is asked for again",
      `isPassing(error.status) ? "cut" : "lost"`,
      `isPassing(error.status) || true ? "cut" : "lost"`,
    ],
    [
      "what passes is lost",
      `isPassing(error.status) ? "cut" : "lost"`,
      `isPassing(error.status) && false ? "cut" : "lost"`,
    ],
    [
      "an error of a watch is passed over",
      `if (event instanceof KubeError) return { kind: "lost", error: event };`,
      `if (event instanceof KubeError) continue;`,
    ],
    ["half a line is the end of a watch as any other", `return lines.hasRest()\n`, `return false\n`],
    ["a watch may be silent for ever", `deadline.extend(seconds * 1_000 + limits.silenceMs);`, `deadline.extend(1e8);`],
    ["a line of any length is read", `createLineSplitter(limits.maxLineBytes)`, `createLineSplitter(1e9)`],
    ["the answer to a watch may take for ever", `startDeadline(stop, limits.answerMs)`, `startDeadline(stop, 1e8)`],
    ["bookmarks are not asked for", `allowWatchBookmarks: "true", `, ``],
  ]),
  ...mutantsOf("lib/kube/list_watch.ts", FOLLOWING, [
    ["after a moment that is too old the watch goes on from it", `if (end.kind === "lost" || backoff`, `if (backoff`],
    ["watches that bring nothing go on for ever", `|| backoff.failures() + 1 >= BARREN_WATCHES) version`, `) version`],
    ["a watch goes on from the moment of the list", `version = now;`, ``],
    [
      "a bookmark moves nothing",
      `event.type === "BOOKMARK" ? event.resourceVersion : event.object.metadata.resourceVersion`,
      `event.type === "BOOKMARK" ? version : event.object.metadata.resourceVersion`,
    ],
    [
      "a bookmark is a change",
      `if (event.type !== "BOOKMARK") handlers`,
      `if (event.type === "BOOKMARK") handlers.onChange("MODIFIED", { metadata: { name: "bookmark", resourceVersion: "" } }); else handlers`,
    ],
    ["trouble is reported with each try", `if (why === told) return;`, ``],
    ["the end of trouble is not reported", `wasOpen = true;\n        tellTrouble(undefined);`, `wasOpen = true;`],
    ["failures are not counted", `handlers.onFailure?.(failure.error);`, ``],
    ["a right that comes with the cluster is waited for at a slow pace", `isEarly && isRefused ?`, `false ?`],
    ["a right that was taken away is asked for at a quick pace", `!wasSynced && world`, `world`],
    [
      "a first interruption is reported",
      `if (!failure.isInterruption || backoff.failures() > 0) {`,
      `if (backoff.failures() >= 0) {`,
    ],
    [
      "no interruption is ever reported",
      `if (!failure.isInterruption || backoff.failures() > 0) {`,
      `if (!failure.isInterruption) {`,
    ],
    ["an abort rejects", `if (!(signal.aborted && thrown === signal.reason)) throw thrown;`, `throw thrown;`],
  ]),
  ...mutantsOf("lib/kube/object.ts", [...FOLLOWING, "tests/kube/object_test.ts"], [
    [
      "an empty token asks for one more page",
      `typeof token === "string" && token !== "" ? token : undefined`,
      `typeof token === "string" ? token : undefined`,
    ],
    [
      "an object without a version is read",
      `typeof name !== "string" || typeof resourceVersion !== "string") throw`,
      `typeof name !== "string") throw`,
    ],
    [
      "an object without a name is read",
      `typeof name !== "string" || typeof resourceVersion !== "string") throw`,
      `typeof resourceVersion !== "string") throw`,
    ],
    [
      "an unknown event is a bookmark",
      `throw unreadable("it is not a watch event");`,
      `return { type: "BOOKMARK", resourceVersion: "1" };`,
    ],
    [
      "a bookmark without a moment is read",
      `if (typeof resourceVersion !== "string") throw unreadable("a bookmark has no version");`,
      ``,
    ],
    [
      "a list is an object",
      `typeof value !== "object" || Array.isArray(value)) throw`,
      `typeof value !== "object") throw`,
    ],
  ]),
  ...mutantsOf("lib/kube/backoff.ts", FOLLOWING, [
    [
      "a missing right is asked for again at once",
      `status === 403 ? jittered(refusedWaitMs, random) : retryAfterMs`,
      `retryAfterMs`,
    ],
    ["a server that asks to be left alone is not", `: retryAfterMs)`, `: 0)`],
  ]),
  ...mutantsOf("lib/kube/connection.ts", ["tests/kube/connection_test.ts"], [
    ["credentials go out in clear text", `(!token && !clientCertificate);`, `true;`],
    [
      "a token that was rotated is not read again",
      `if (!await bearer.renew()) throw`,
      `if (await bearer.renew()) throw`,
    ],
    ["a redirect is followed", `redirect: "manual", signal`, `redirect: "follow", signal`],
  ]),
];
