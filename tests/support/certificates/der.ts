/**
 * DER taken apart and changed, for certificates and keys that no library would write.
 *
 * @module
 */

import { below, pick, type Random } from "../seeded_random.ts";

/** Deepest nesting that is looked into. */
const MAX_DEPTH = 12;

/** One element, by its places in the bytes. */
export interface Element {
  readonly at: number;
  readonly header: number;
  readonly length: number;
}

/** All elements, outer before inner; those in an OCTET STRING that looks like DER too. */
export function elementsOf(der: Uint8Array): Element[] {
  const found: Element[] = [];
  const walk = (from: number, to: number, depth: number) => {
    for (let at = from; at < to && depth < MAX_DEPTH;) {
      const element = elementAt(der, at, to);
      if (element === undefined) return;
      found.push(element);
      const { header, length } = element;
      if (isNest(der, element)) walk(at + header, at + header + length, depth + 1);
      at += header + length;
    }
  };
  walk(0, der.length, 0);
  return found;
}

function elementAt(der: Uint8Array, at: number, to: number): Element | undefined {
  const first = der[at + 1] ?? 0x80;
  const more = first & 0x80 ? first & 0x7f : 0;
  if (more > 3 || first === 0x80) return undefined;
  const digits = der.subarray(at + 2, at + 2 + more);
  const length = more === 0 ? first : digits.reduce((sum, digit) => sum * 256 + digit, 0);
  return at + 2 + more + length > to ? undefined : { at, header: 2 + more, length };
}

function isNest(der: Uint8Array, { at, header, length }: Element): boolean {
  const [tag, inner] = [der[at]!, der[at + header]];
  return (tag & 0x20) !== 0 || (tag === 0x04 && length > 2 && (inner === 0x30 || inner === 0x04));
}

/** An element of this tag and content. */
export function encode(tag: number, content: Uint8Array): Uint8Array {
  const { length } = content;
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Uint8Array.from([tag, ...head, ...content]);
}

/** Puts other bytes in the place of an element, with all lengths around it set right. */
export function replaceElement(der: Uint8Array, place: number, by: Uint8Array): Uint8Array {
  const rebuild = (from: number, to: number): number[] => {
    const bytes: number[] = [];
    for (let at = from; at < to;) {
      const element = elementAt(der, at, to);
      if (element === undefined) return [...bytes, ...der.subarray(at, to)];
      const end = at + element.header + element.length;
      if (at === place) bytes.push(...by);
      else if (place > at && place < end && isNest(der, element)) {
        bytes.push(...encode(der[at]!, Uint8Array.from(rebuild(at + element.header, end))));
      } else bytes.push(...der.subarray(at, end));
      at = end;
    }
    return bytes;
  };
  return Uint8Array.from(rebuild(0, der.length));
}

const TAGS = [0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x13, 0x17, 0x18, 0x30, 0x31, 0x80, 0xa0, 0xa3, 0xff];
const LENGTHS = [0x00, 0x01, 0x7f, 0x80, 0x81, 0x82, 0x84, 0x88, 0xff];

/** Elements that mean something where they stand: versions, dates, kinds of keys, empty bit strings. */
const ELEMENTS = [
  "020100",
  "020101",
  "020102",
  "020103",
  "020180",
  "0500",
  "0300",
  "030100",
  "170d3939313333323235363136315a",
  "180f39393939393939393939393939395a",
  "180f30303030303030303030303030305a",
  "06032b6570",
  "06032b656e",
  "06082a8648ce3d030107",
  "06052b81040022",
  "06052b81040023",
  "06092a864886f70d010101",
  "06092a864886f70d01010a",
].map((hex) => Uint8Array.fromHex(hex));

const CHANGES: readonly ((der: Uint8Array, element: Element, random: Random) => Uint8Array)[] = [
  (der, _, random) => changed(der, below(der.length, random), (byte) => byte ^ (1 << below(8, random))),
  (der, _, random) => der.slice(0, below(der.length, random)),
  (der, { at }) => replaceElement(der, at, new Uint8Array()),
  (der, element) => replaceElement(der, element.at, Uint8Array.from([...whole(der, element), ...whole(der, element)])),
  (der, { at }) => replaceElement(der, at, encode(der[at]!, new Uint8Array())),
  (der, { at }, random) => changed(der, at, () => pick(TAGS, random)),
  (der, { at }, random) => changed(der, at + 1, () => pick(LENGTHS, random)),
  (der, { at }, random) => replaceElement(der, at, encode(der[at]!, noise(below(40, random), random))),
  (der, { at, length }, random) =>
    replaceElement(der, at, encode(der[at]!, new Uint8Array(length + below(400, random)).fill(pick([0, 255], random)))),
  (der, { at }, random) => replaceElement(der, at, whole(der, pick(elementsOf(der), random))),
  (der, _, random) => Uint8Array.from([...der, ...noise(1 + below(5, random), random)]),
  (der, { at }, random) => replaceElement(der, at, pick(ELEMENTS, random)),
];

/** Changes the bytes in one to three places. */
export function mutateDer(der: Uint8Array, random: Random): Uint8Array {
  let mutant = der;
  for (let more = 1 + below(3, random); more > 0; more--) {
    const elements = elementsOf(mutant);
    if (elements.length > 0) mutant = pick(CHANGES, random)(mutant, pick(elements, random), random);
  }
  return mutant;
}

function whole(der: Uint8Array, { at, header, length }: Element): Uint8Array {
  return der.slice(at, at + header + length);
}

function changed(der: Uint8Array, at: number, change: (byte: number) => number): Uint8Array {
  return der.map((byte, place) => place === at ? change(byte) : byte);
}

function noise(length: number, random: Random): Uint8Array {
  return Uint8Array.from({ length }, () => below(256, random));
}
