/**
 * Texts of several documents: YAML's, parted by lines of `---`, and JSON's, one after another as `aws` prints them. Lines
 * and columns are those of the whole text. For the operator's tools: what a server reads is one document.
 *
 * @module
 */

import { countOf, movedBy, movedTo } from "./moved.ts";
import { MAX_NODES } from "./node.ts";
import { parseYaml, type Position, YamlError, type YamlNode, type YamlProblem } from "./read.ts";

/** Most documents of one text: enough for a manifest of its own for each of 1,000 custom resources. */
export const MAX_DOCUMENTS = 1_000;

/** Starts a document, also where a block of text would go on (YAML 1.2.2, section 9.1.2, `c-forbidden`). */
const MARKER = /^---(?=[ \t\r\n]|$)(?:[ \t]*(?:#.*)?\r?(?:\n|$))?/gm;

/** What may stand before the first marker without being a document: comments and directives. */
const PREAMBLE = /^\uFEFF?(?:[ \t]*(?:#.*)?\r?\n|%.*\n)*$/;

/** A document's text, and where that starts in the whole. */
interface Part extends Position {
  readonly text: string;
}

/**
 * Reads all documents. Those that are empty, or nothing but comments, are left out; where there is no other, the one
 * document is a scalar `null`.
 *
 * @throws {YamlError} with every problem of every document; if there are more than {@linkcode MAX_DOCUMENTS}, or all of
 *   them together hold more values than one may
 */
export function parseYamlDocuments(text: string): readonly YamlNode[] {
  const parts = jsonParts(text) ?? yamlParts(text);
  const extra = parts[MAX_DOCUMENTS];
  if (extra !== undefined) {
    throw problemAt(extra, `There are more than ${MAX_DOCUMENTS} documents; split the file, or write one List`);
  }
  if (parts.length === 1) return [parseYaml(text)];
  const documents: YamlNode[] = [];
  const problems: YamlProblem[] = [];
  let values = 0;
  for (const part of parts) {
    try {
      const document = movedTo(parseYaml(part.text), part);
      values += countOf(document);
      if (values > MAX_NODES) throw problemAt(part, `All documents together hold more than ${MAX_NODES} values`);
      if (document.kind !== "scalar" || document.value !== null) documents.push(document);
    } catch (error) {
      if (!(error instanceof YamlError)) throw error;
      if (values > MAX_NODES) throw error;
      problems.push(...error.problems.map((problem) => ({ ...problem, ...movedBy(problem, part) })));
    }
  }
  if (problems.length > 0) throw new YamlError(problems);
  return documents.length > 0 ? documents : [{ kind: "scalar", value: null, text: "", line: 1, column: 1 }];
}

function yamlParts(text: string): readonly Part[] {
  const markers = [...text.matchAll(MARKER)];
  const [first] = markers;
  const parts: Part[] = [];
  if (first === undefined || !PREAMBLE.test(text.slice(0, first.index))) {
    parts.push({ text: text.slice(0, first?.index), line: 1, column: 1 });
  }
  let line = 1;
  let counted = 0;
  for (const [i, marker] of markers.entries()) {
    // A marker that ends its line is left out: without it, most documents are read in a tenth of the time.
    const start = marker[0] === "---" ? marker.index : marker.index + marker[0].length;
    line += linesIn(text.slice(counted, start));
    counted = start;
    parts.push({ text: text.slice(start, markers[i + 1]?.index), line, column: 1 });
  }
  return parts;
}

/** The values of a text that is nothing but lists and maps of JSON, one after another; `undefined` of any other. */
function jsonParts(text: string): readonly Part[] | undefined {
  const parts: Part[] = [];
  let [line, lineStart, depth, start] = [1, 0, 0, 0];
  let isInText = false;
  let from: Position = { line, column: 1 };
  for (let at = text.startsWith("\uFEFF") ? 1 : 0; at < text.length; at += 1) {
    const char = text[at]!;
    if (char === "\n") [line, lineStart] = [line + 1, at + 1];
    if (isInText) {
      if (char === "\\") at += 1;
      else if (char === '"') isInText = false;
    } else if (char === "{" || char === "[") {
      if (depth === 0) [start, from] = [at, { line, column: at - lineStart + 1 }];
      depth += 1;
    } else if (depth === 0) {
      if (!" \t\r\n".includes(char)) return undefined;
    } else if (char === "}" || char === "]") {
      depth -= 1;
      if (depth === 0) parts.push({ text: text.slice(start, at + 1), ...from });
    } else if (char === '"') isInText = true;
  }
  return depth === 0 && parts.length > 0 ? parts : undefined;
}

function linesIn(text: string): number {
  return text.split("\n").length - 1;
}

function problemAt({ line, column }: Part, message: string): YamlError {
  return new YamlError([{ line, column, message }]);
}
