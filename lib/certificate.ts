/**
 * What an X.509 certificate says (RFC 5280), read without native code: a certificate that a runtime cannot use must not
 * come that far. And without a package: loading one took a third of the server's start
 * ([ADR 49](../docs/adr/0049-certificates-read-by-our-own-code.md)).
 *
 * @module
 */

import { certificateBytes, certificatePem } from "./pem.ts";

/** What a certificate says. */
export interface Certificate {
  /** One PEM block with a line feed at its end. */
  readonly pem: string;
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Whether it has the version that came with extensions, the only one that TLS takes of a client or a server. */
  readonly isVersion3: boolean;
  /** Whether its key may sign other certificates. */
  readonly isAuthority: boolean;
  /** Subject alternative names: addresses in their canonical form, DNS names in lower case. */
  readonly sans: ReadonlySet<string>;
  /** DER of the SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  readonly signature: Signature;
}

/** What the issuer put under a certificate. */
export interface Signature {
  /** The object identifier of its algorithm, such as `1.2.840.10045.4.3.2`. */
  readonly algorithm: string;
  /** What is signed. */
  readonly content: Uint8Array<ArrayBuffer>;
  readonly value: Uint8Array<ArrayBuffer>;
}

/** An element of DER (X.690). */
interface Element {
  readonly tag: number;
  readonly content: Uint8Array<ArrayBuffer>;
  /** With tag and length. */
  readonly whole: Uint8Array<ArrayBuffer>;
}

const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_ID = 0x06;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;

/** What may stand at the end of a certificate: extensions, and before them two identifiers that nobody uses. */
const OPTIONAL_FIELDS: readonly number[] = [0x81, 0x82, EXTENSIONS];

/** `INTEGER` 2. */
const VERSION_3 = "020102";

/** Names of a subject alternative name by their tags. */
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;

const BASIC_CONSTRAINTS = "2.5.29.19";
const SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";

/** How the texts of names are written, by their tags. */
const ENCODINGS: Readonly<Record<number, string>> = {
  0x0c: "utf-8",
  0x13: "latin1",
  0x14: "latin1",
  0x16: "latin1",
  0x1e: "utf-16be",
};

/** Short names of what a name consists of (RFC 4514, section 3), and others in use. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  "2.5.4.3": "CN",
  "2.5.4.4": "SN",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "2.5.4.12": "T",
  "2.5.4.42": "G",
  "2.5.4.43": "I",
  "0.9.2342.19200300.100.1.25": "DC",
  "1.2.840.113549.1.9.1": "E",
};

/** Reads the first certificate of a text; `undefined` where it is damaged. Trust: whoever wrote the file chose it. */
export function parseCertificate(pem: string): Certificate | undefined {
  const der = certificateBytes(pem);
  if (der === undefined) return undefined;
  try {
    return readCertificate(der);
  } catch (error) {
    if (error instanceof DamagedDer) return undefined;
    throw error;
  }
}

/** The bytes are not what they should be. Never leaves this module. */
class DamagedDer extends Error {}

function readCertificate(der: Uint8Array<ArrayBuffer>): Certificate {
  const [body, algorithm, signature, ...more] = partsOf(only(elementsOf(der)), SEQUENCE);
  const fields = partsOf(body, SEQUENCE);
  const version = fields[0]?.tag === VERSION ? fields.shift() : undefined;
  const [serial, sameAlgorithm, issuer, validity, subject, key, ...others] = fields;
  contentOf(serial, INTEGER);
  readAlgorithm(sameAlgorithm);
  const [notBefore, notAfter, ...moreTimes] = partsOf(validity, SEQUENCE);
  const [keyAlgorithm, keyBits, ...moreOfKey] = partsOf(key, SEQUENCE);
  readAlgorithm(keyAlgorithm);
  readBits(keyBits);
  const isUnknown = ({ tag }: Element) => !OPTIONAL_FIELDS.includes(tag);
  if (more.length + moreTimes.length + moreOfKey.length > 0 || others.some(isUnknown)) throw new DamagedDer();
  const extensions = readExtensions(others.find(({ tag }) => tag === EXTENSIONS));
  return {
    pem: certificatePem(der),
    subject: readName(subject),
    issuer: readName(issuer),
    notBefore: readTime(notBefore),
    notAfter: readTime(notAfter),
    isVersion3: version?.content.toHex() === VERSION_3,
    isAuthority: readIsAuthority(extensions.get(BASIC_CONSTRAINTS)),
    sans: new Set(readAlternativeNames(extensions.get(SUBJECT_ALTERNATIVE_NAME))),
    publicKey: key!.whole.slice(),
    signature: {
      algorithm: readAlgorithm(algorithm),
      content: body!.whole.slice(),
      value: readBits(signature),
    },
  };
}

/** The elements that the bytes consist of. @throws {DamagedDer} if anything else is there */
function elementsOf(bytes: Uint8Array<ArrayBuffer>): Element[] {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length;) {
    const [tag = 0, first = 0] = bytes.subarray(at, at + 2);
    const more = first < 0x80 ? 0 : first & 0x7f;
    const start = at + 2 + more;
    // Tags of several bytes and lengths that are not said are not in certificates.
    if ((tag & 0x1f) === 0x1f || first === 0x80 || more > 4 || start > bytes.length) throw new DamagedDer();
    const length = more === 0 ? first : parseInt(bytes.subarray(at + 2, start).toHex(), 16);
    if (length > bytes.length - start) throw new DamagedDer();
    elements.push({ tag, content: bytes.subarray(start, start + length), whole: bytes.subarray(at, start + length) });
    at = start + length;
  }
  return elements;
}

function contentOf(element: Element | undefined, tag: number): Uint8Array<ArrayBuffer> {
  if (element?.tag !== tag) throw new DamagedDer();
  return element.content;
}

function partsOf(element: Element | undefined, tag: number): Element[] {
  return elementsOf(contentOf(element, tag));
}

function only([element, ...others]: readonly Element[]): Element {
  if (element === undefined || others.length > 0) throw new DamagedDer();
  return element;
}

/** The object identifier of an algorithm, behind which may be its parameters. */
function readAlgorithm(element: Element | undefined): string {
  const [id, , ...more] = partsOf(element, SEQUENCE);
  if (more.length > 0) throw new DamagedDer();
  return readObjectId(id);
}

function readBits(element: Element | undefined): Uint8Array<ArrayBuffer> {
  const [unused, ...bytes] = contentOf(element, BIT_STRING);
  // Keys and signatures are whole bytes.
  if (unused !== 0) throw new DamagedDer();
  return Uint8Array.from(bytes);
}

/** The values of extensions by their object identifiers. No two may be the same (RFC 5280, section 4.2). */
function readExtensions(field: Element | undefined): ReadonlyMap<string, Uint8Array<ArrayBuffer>> {
  const values = new Map<string, Uint8Array<ArrayBuffer>>();
  if (field === undefined) return values;
  for (const extension of partsOf(only(elementsOf(field.content)), SEQUENCE)) {
    // In between may be whether it is critical.
    const [id, ...rest] = partsOf(extension, SEQUENCE);
    const name = readObjectId(id);
    if (values.has(name) || rest.length > 2) throw new DamagedDer();
    values.set(name, contentOf(rest.at(-1), OCTET_STRING));
  }
  return values;
}

function readIsAuthority(constraints: Uint8Array<ArrayBuffer> | undefined): boolean {
  if (constraints === undefined) return false;
  const [isAuthority] = partsOf(only(elementsOf(constraints)), SEQUENCE);
  return isAuthority?.tag === BOOLEAN && isAuthority.content.some((byte) => byte !== 0);
}

function readAlternativeNames(names: Uint8Array<ArrayBuffer> | undefined): string[] {
  if (names === undefined) return [];
  return partsOf(only(elementsOf(names)), SEQUENCE).flatMap(({ tag, content }) => {
    if (tag === DNS_NAME) return [textOf(content, "latin1").toLowerCase()];
    return tag === IP_ADDRESS ? [readAddress(content)] : [];
  });
}

function readAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length !== 16) throw new DamagedDer();
  return new URL(`https://[${bytes.toHex().match(/.{4}/g)!.join(":")}]`).hostname.slice(1, -1);
}

/** A name as people write it (RFC 4514), but with the widest part first. */
function readName(name: Element | undefined): string {
  return partsOf(name, SEQUENCE).map((part) =>
    partsOf(part, SET).map((attribute) => {
      const [id, value] = partsOf(attribute, SEQUENCE);
      const type = readObjectId(id);
      return `${ATTRIBUTES[type] ?? type}=${readText(value)}`;
    }).join("+")
  ).join(", ");
}

function readText(value: Element | undefined): string {
  if (value === undefined) throw new DamagedDer();
  const encoding = ENCODINGS[value.tag];
  if (encoding === undefined) return `#${value.whole.toHex()}`;
  return textOf(value.content, encoding).replaceAll(/[,+"\\<>;]|^[ #]| $/g, "\\$&").replaceAll(
    /\p{Cc}/gu,
    (control) => `\\${control.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase()}`,
  );
}

function textOf(bytes: Uint8Array<ArrayBuffer>, encoding: string): string {
  // What the runtime calls so is Windows' own.
  if (encoding === "latin1") return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new DamagedDer();
  }
}

function readTime(time: Element | undefined): Date {
  const text = textOf(time?.content ?? new Uint8Array(), "latin1");
  // A year of two digits is one from 1950 to 2049.
  const century = time?.tag === GENERALIZED_TIME ? "" : text < "5" ? "20" : "19";
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(century + text);
  if (found === null || (time?.tag !== UTC_TIME && time?.tag !== GENERALIZED_TIME)) throw new DamagedDer();
  const [, year, month, day, hours, minutes, seconds] = found;
  const date = new Date(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`);
  if (Number.isNaN(date.getTime())) throw new DamagedDer();
  return date;
}

/** An object identifier in its numbers: `2.5.4.3`. */
function readObjectId(element: Element | undefined): string {
  const numbers: number[] = [];
  let number = 0;
  for (const byte of contentOf(element, OBJECT_ID)) {
    number = number * 0x80 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    numbers.push(number);
    number = 0;
  }
  const [first, ...others] = numbers;
  if (first === undefined) throw new DamagedDer();
  const root = Math.min(Math.floor(first / 40), 2);
  return [root, first - root * 40, ...others].join(".");
}
