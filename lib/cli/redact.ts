/**
 * What of a kubeconfig must not reach a terminal or a log when an edit is shown: the credentials of its users.
 *
 * @module
 */

import { type Document, isMap, isScalar, isSeq, type Node, parseDocument, visit } from "yaml";

/** Instead of a credential, as `kubectl config view` writes. */
const REDACTED = "REDACTED";

/** Keys of `exec` that are no credentials: they say which program runs and how. */
const PLAIN_EXEC_KEYS = new Set([
  "apiVersion",
  "args",
  "command",
  "installHint",
  "interactiveMode",
  "provideClusterInfo",
]);

/**
 * The text of a kubeconfig with every value of its users but those by which they call a program written over. It has
 * the lines that it had before, so that a diff says the same.
 */
export function withoutSecrets(text: string): string {
  const body = text.replace(/^\uFEFF/, "");
  const document = parseDocument(body, { prettyErrors: false, version: "1.2" });
  const ranges = new Map<number, number>();
  for (const user of usersOf(document)) collect(user, { document, ranges });
  return [...ranges].toSorted(([a], [b]) => b - a).reduce((shown, [start, end]) => {
    const lines = shown.slice(start, end).match(/\r?\n/g) ?? [];
    return shown.slice(0, start) + REDACTED + lines.join("") + shown.slice(end);
  }, body);
}

/** Where values begin, and where each ends. */
interface Found {
  readonly document: Document;
  readonly ranges: Map<number, number>;
}

function usersOf({ contents }: Document): readonly unknown[] {
  const users = isMap(contents) ? contents.get("users") : undefined;
  return isSeq(users) ? users.items.map((item) => isMap(item) ? item.get("user", true) : undefined) : [];
}

function collect(user: unknown, found: Found): void {
  if (!isMap<Node, Node | null>(user)) return collectAll(user, found);
  for (const { key, value } of user.items) {
    if (!isScalar(key) || key.value !== "exec" || !isMap<Node, Node | null>(value)) collectAll(value, found);
    else {
      for (const { key, value: ofExec } of value.items) {
        if (!isScalar(key) || !PLAIN_EXEC_KEYS.has(String(key.value))) collectAll(ofExec, found);
      }
    }
  }
}

function collectAll(node: unknown, found: Found): void {
  visit(node as Node | null, {
    Scalar(at, { range }) {
      if (at !== "key" && range && range[1] > range[0]) found.ranges.set(range[0], range[1]);
    },
    Alias: (_, alias) => collectAll(alias.resolve(found.document), found),
  });
}
