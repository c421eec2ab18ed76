/**
 * Whether kubectl loads a kubeconfig: one value of another kind, in whatever entry, and it reads none of the file.
 *
 * Source: k8s.io/client-go, `tools/clientcmd/api/v1/types.go` and `conversion.go`; observed with kubectl 1.27 to 1.33.
 *
 * @module
 */

import { quoted } from "../../quote.ts";
import type { Plain } from "../../yaml/merge.ts";

/** What kubectl takes in a place. `null` it takes in all. */
type Shape =
  | { readonly kind: "string" | "switch" | "base64" | "any" }
  | { readonly kind: "list" | "map"; readonly of: Shape }
  | { readonly kind: "keys"; readonly keys: Readonly<Record<string, Shape>> }
  | { readonly kind: "entries"; readonly of: Shape };

const TEXT: Shape = { kind: "string" };
const SWITCH: Shape = { kind: "switch" };
const BASE64: Shape = { kind: "base64" };

function keys(keys: Readonly<Record<string, Shape>>): Shape {
  return { kind: "keys", keys };
}

/** A list whose items have names of their own. */
function entries(key: string, shape: Readonly<Record<string, Shape>>): Shape {
  return { kind: "entries", of: keys({ name: TEXT, [key]: keys(shape) }) };
}

const EXTENSIONS: Shape = { kind: "entries", of: keys({ name: TEXT, extension: { kind: "any" } }) };

const KUBECONFIG = keys({
  "apiVersion": TEXT,
  "kind": TEXT,
  "current-context": TEXT,
  "preferences": keys({ colors: SWITCH, extensions: EXTENSIONS }),
  "extensions": EXTENSIONS,
  "clusters": entries("cluster", {
    "server": TEXT,
    "tls-server-name": TEXT,
    "insecure-skip-tls-verify": SWITCH,
    "certificate-authority": TEXT,
    "certificate-authority-data": BASE64,
    "proxy-url": TEXT,
    "disable-compression": SWITCH,
    "extensions": EXTENSIONS,
  }),
  "users": entries("user", {
    "client-certificate": TEXT,
    "client-certificate-data": BASE64,
    "client-key": TEXT,
    "client-key-data": BASE64,
    "token": TEXT,
    "tokenFile": TEXT,
    "as": TEXT,
    "as-uid": TEXT,
    "as-groups": { kind: "list", of: TEXT },
    "as-user-extra": { kind: "map", of: { kind: "list", of: TEXT } },
    "username": TEXT,
    "password": TEXT,
    "auth-provider": keys({ name: TEXT, config: { kind: "map", of: TEXT } }),
    "exec": keys({
      apiVersion: TEXT,
      command: TEXT,
      args: { kind: "list", of: TEXT },
      env: { kind: "list", of: keys({ name: TEXT, value: TEXT }) },
      installHint: TEXT,
      interactiveMode: TEXT,
      provideClusterInfo: SWITCH,
    }),
    "extensions": EXTENSIONS,
  }),
  "contexts": entries("context", {
    cluster: TEXT,
    user: TEXT,
    namespace: TEXT,
    extensions: EXTENSIONS,
  }),
});

/**
 * Why kubectl loads none of it; `undefined` where it loads it.
 *
 * @param kubeconfig as kubectl reads its YAML. Trust: whoever may write the file chose it; no value of it is repeated
 */
export function whyNotLoaded(kubeconfig: Plain): string | undefined {
  const version = (kubeconfig as { readonly apiVersion?: unknown } | null)?.apiVersion;
  if (typeof version === "string" && version !== "" && version !== "v1") {
    return `its apiVersion is ${quoted(version)}, not "v1"`;
  }
  return problemOf(kubeconfig, KUBECONFIG, "it");
}

function problemOf(value: Plain, shape: Shape, path: string): string | undefined {
  if (value === null || value === undefined || shape.kind === "any") return undefined;
  const inside = (key: string) => path === "it" ? key : `${path}.${key}`;
  switch (shape.kind) {
    case "string":
      return typeof value === "string" ? undefined : wrong(path, value, "a string; put it in quotes");
    case "switch":
      return typeof value === "boolean" ? undefined : wrong(path, value, "true or false");
    case "base64":
      if (typeof value !== "string") return wrong(path, value, "Base64");
      return isBase64(value) ? undefined : `${path} is not Base64`;
    case "list":
      if (!Array.isArray(value)) return wrong(path, value, "a list");
      return first(value, (item, index) => problemOf(item, shape.of, `${path}[${index}]`));
    case "entries":
      if (!Array.isArray(value)) return wrong(path, value, "a list");
      return first(value, (item, index) => problemOf(item, shape.of, entryPath(path, item, index))) ??
        sameNames(value, path);
    case "map":
      if (!isMap(value)) return wrong(path, value, "a map");
      return first(Object.entries(value), ([key, item]) => problemOf(item, shape.of, inside(quoted(key))));
    case "keys":
      if (!isMap(value)) return wrong(path, value, "a map");
      return first(Object.entries(shape.keys), ([key, of]) => problemOf(value[key], of, inside(key)));
  }
}

function wrong(path: string, value: Plain, want: string): string {
  const is = typeof value === "boolean" ? "true or false" : Array.isArray(value) ? "a list" : `a ${typeName(value)}`;
  return `${path} is ${is} to kubectl, not ${want}`;
}

function typeName(value: Plain): string {
  return isMap(value) ? "map" : typeof value;
}

function entryPath(path: string, item: Plain, index: number): string {
  const name = isMap(item) ? item.name : undefined;
  return typeof name === "string" ? `${path}[${quoted(name)}]` : `${path}[${index}]`;
}

function sameNames(items: readonly Plain[], path: string): string | undefined {
  const names = new Set<unknown>();
  return first(items, (item) => {
    const name = (isMap(item) ? item.name : undefined) ?? "";
    if (names.has(name)) return `${path} has two entries with the name ${quoted(String(name))}`;
    names.add(name);
    return undefined;
  });
}

/** As Go decodes it: line ends count for nothing, the padding is there. */
function isBase64(text: string): boolean {
  const body = text.replace(/[\r\n]/g, "");
  return body.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(body);
}

function isMap(value: unknown): value is Readonly<Record<string, Plain>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function first<Item>(
  items: readonly Item[],
  problem: (item: Item, index: number) => string | undefined,
): string | undefined {
  for (const [index, item] of items.entries()) {
    const found = problem(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}
