/**
 * The encoding in which SSH writes keys and signatures: numbers of four bytes, and strings behind their length.
 *
 * Source: RFC 4251, section 5.
 *
 * @module
 */

/** A number. */
export function uint32(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** A string, behind its length. */
export function sshString(value: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return concat(uint32(bytes.length), bytes);
}

/** All of them as one. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Base64 in lines of 70 characters between a header and a footer, as OpenSSH writes it. */
export function armor(label: string, bytes: Uint8Array): string {
  const lines = bytes.toBase64().match(/.{1,70}/g)!;
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/** Takes one value after another from the front. */
export class SshReader {
  #rest: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#rest = bytes;
  }

  /** @throws {RangeError} if there are fewer bytes */
  bytes(length: number): Uint8Array {
    if (length > this.#rest.length) throw new RangeError("it ends early");
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }

  /** @throws {RangeError} if there are fewer bytes */
  uint32(): number {
    const bytes = this.bytes(4);
    return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  }

  /** @throws {RangeError} if there are fewer bytes */
  string(): Uint8Array {
    return this.bytes(this.uint32());
  }

  /** @throws {RangeError} if there are fewer bytes */
  text(): string {
    return new TextDecoder().decode(this.string());
  }
}
