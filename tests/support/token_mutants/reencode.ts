/**
 * Other spellings of a token: of its prefix, of its base64, and of the whole. Knows no cloud.
 *
 * @module
 */

import { below, pick, type Random } from "../seeded_random.ts";
import type { Anatomy } from "./anatomy.ts";
import { decodeContent, encodeContent } from "./content.ts";
import { replaceAt } from "./mutate_text.ts";

const PREFIXES = ["k8s-ack-v1.", "k8s-ack-v2.", "k8s-aws-v1.", "k8s-aws-v2.", "K8s-ack-v2.", "K8S-AWS-V1.", ""];

const DIGITS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"];

type Reencoding = (token: string, anatomy: Anatomy, random: Random) => string;

const REENCODINGS: readonly Reencoding[] = [
  (token) => token.replaceAll("+", "-").replaceAll("/", "_"),
  (token, { prefix }) => prefix + token.slice(prefix.length).replaceAll("-", "+").replaceAll("_", "/"),
  (token) => token.replace(/=+$/, ""),
  (token) => `${token}=`,
  (token) => `${token}==`,
  (token, _anatomy, random) => `${token}${pick([" ", "\n", "\0", "."], random)}`,
  (token, _anatomy, random) => {
    const at = below(token.length, random);
    return `${token.slice(0, at)}${pick(["\n", "\r\n", " ", "=", "\u00a0", "\u2028"], random)}${token.slice(at)}`;
  },
  (token, _anatomy, random) => {
    // The last digit before the padding holds bits that no byte uses.
    const end = token.indexOf("=");
    const at = end === -1 ? token.length - 1 : end - 1;
    return replaceAt(token, at, pick(DIGITS, random));
  },
  (token, anatomy, random) => onContent(token, anatomy, (content) => content + " ".repeat(below(4, random))),
  (token, anatomy) => onContent(token, anatomy, (content) => `\xef\xbb\xbf${content}`),
  (token, anatomy) => onContent(token, anatomy, (content) => content + content),
  (token, { prefix }) => prefix + token,
  (token, anatomy) => encodeContent(Array.from(token, (c) => c.charCodeAt(0) < 256 ? c : "?").join(""), anatomy),
  (token, { prefix }, random) => pick(PREFIXES, random) + token.slice(prefix.length),
];

/** Spells a token in one other way. */
export function reencode(token: string, anatomy: Anatomy, random: Random): string {
  return pick(REENCODINGS, random)(token, anatomy, random);
}

function onContent(token: string, anatomy: Anatomy, change: (content: string) => string): string {
  const content = decodeContent(token, anatomy);
  return content === undefined ? token : encodeContent(change(content), anatomy);
}
