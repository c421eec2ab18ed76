/**
 * Whether an entry of which not even the ARN could be read was probably written for an identity: for `explain`. A guess,
 * and used as one.
 *
 * @module
 */

import { foldAsciiCase } from "../../identity/ascii_case.ts";
import { compileGlob } from "../../identity/glob.ts";
import type { Identity } from "../../identity/identity.ts";
import type { YamlNode } from "../../yaml/read.ts";

/** Whether some text of the entry, taken apart, holds both the principal's name and its account. */
export function namesOf(entry: YamlNode, { canonicalArn, accountId, permissionSetArn }: Identity): boolean {
  const words = textsOf(entry).flatMap(wordsOf);
  const own = [canonicalArn, ...(permissionSetArn === undefined ? [] : [permissionSetArn])].map((arn) =>
    foldAsciiCase(arn.slice(Math.max(arn.lastIndexOf("/"), arn.lastIndexOf(":")) + 1))
  );
  const isNamed = own.some((name) =>
    words.some((word) => name === word || name.endsWith(`_${word}`) || isGlobFor(word, name))
  );
  return isNamed && words.some((word) => word === accountId || isGlobFor(word, accountId));
}

/** A session's name is nobody's: whoever assumes the role chooses it. */
function wordsOf(text: string): string[] {
  const folded = foldAsciiCase(text).replace(/:assumed-role\/([^/\s]*)\/.*/s, ":role/$1");
  return folded.split(/[:/\s]+/).filter((word) => word !== "");
}

function isGlobFor(word: string, name: string): boolean {
  return /[*?]/.test(word) && compileGlob(word).matches(name);
}

function textsOf(node: YamlNode): string[] {
  switch (node.kind) {
    case "scalar":
      return [node.text];
    case "list":
      return node.items.flatMap(textsOf);
    case "map":
      return node.entries.flatMap(({ value }) => textsOf(value));
  }
}
