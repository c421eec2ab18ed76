/**
 * What kubectl reads of a YAML text. It goes by YAML 1.1, where `yes` is a switch, `0x1f` a number, and `<<` takes over
 * the keys of another map; whatever else reads the text goes by 1.2.
 *
 * Source: sigs.k8s.io/yaml, `goyaml.v2/resolve.go` and `decode.go`; observed with kubectl 1.27 to 1.33.
 *
 * @module
 */

import { isAlias, isMap, isScalar, isSeq, type Node, parseDocument, type Scalar, type YAMLMap } from "yaml";
import { readContent } from "./content.ts";
import type { Plain } from "./merge.ts";

const SWITCHES: ReadonlyMap<string, boolean> = new Map([
  ...["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"].map((word) => [word, true] as const),
  ...["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"].map((word) => [word, false] as const),
]);

const NOTHING = new Set(["", "~", "null", "Null", "NULL"]);

/** Underscores between digits count for nothing. */
const NUMBER =
  /^[-+]?(?:0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|(?:\.\d+|\d+\.?\d*)(?:[eE][-+]?\d+)?|\.(?:inf|Inf|INF))$/;

const NOT_A_NUMBER = new Set([".nan", ".NaN", ".NAN"]);

/**
 * What it holds, as JSON would have it; of numbers only that they are some. Trust: whoever may write the file chose it.
 *
 * @throws {YamlEditError} if it does not parse, or holds too much
 */
export function readAsKubectl(text: string): Plain {
  const body = text.replace(/^\uFEFF/, "");
  readContent(body);
  const { contents } = parseDocument(body, { prettyErrors: false, uniqueKeys: false, version: "1.2" });
  return valueOf(contents, new Map());
}

/** The values of the anchors so far. */
type Anchors = Map<string, Plain>;

function valueOf(node: Node | null, anchors: Anchors): Plain {
  if (node === null) return null;
  if (isAlias(node)) return anchors.get(node.source);
  const value = isMap<Node, Node | null>(node)
    ? mapOf(node, anchors)
    : isSeq<Node | null>(node)
    ? node.items.map((item) => valueOf(item, anchors))
    : scalarOf(node as Scalar);
  if (isScalar(node) || isMap(node) || isSeq(node)) { if (node.anchor) anchors.set(node.anchor, value); }
  return value;
}

/** What is merged in takes the place of what stands before it, and gives way to what follows. */
function mapOf({ items }: YAMLMap<Node, Node | null>, anchors: Anchors): Plain {
  const entries = new Map<string, Plain>();
  for (const { key, value } of items) {
    const name = isScalar(key) ? key.source ?? String(key.value) : "";
    const of = valueOf(value, anchors);
    if (name !== "<<") entries.set(name, of);
    else {
      for (const merged of [of].flat().toReversed()) {
        for (const [key, value] of Object.entries(merged ?? {})) entries.set(key, value);
      }
    }
  }
  return Object.fromEntries(entries);
}

function scalarOf({ source = "", value, type, tag }: Scalar): Plain {
  if (type !== "PLAIN" || tag) return value;
  if (NOTHING.has(source)) return null;
  const isOn = SWITCHES.get(source);
  if (isOn !== undefined) return isOn;
  return isNumber(source) ? Number(source) : source;
}

function isNumber(source: string): boolean {
  return NOT_A_NUMBER.has(source) || (/^[-+.\d]/.test(source) && NUMBER.test(source.replaceAll("_", "")));
}
