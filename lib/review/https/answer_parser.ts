/**
 * The closed grammar of an HTTP/1.1 answer (RFC 9112), fed with bytes as they come. What is not understood is refused,
 * and everything has a cap.
 *
 * @module
 */

import type { ReceivedAnswer } from "../../http.ts";

/** Most bytes of a status line and all headers; those of STS have under 1 KB. */
const MAX_HEAD_BYTES = 16_384;

/** Most header lines, those of interim answers and trailers included. */
const MAX_HEADERS = 100;

/** Most interim answers (1xx) before the real one. */
const MAX_INTERIM_ANSWERS = 5;

/** Longest line that starts a chunk: 8 hex digits, and an extension that is passed over. */
const MAX_CHUNK_LINE_BYTES = 128;

/** Most bytes of all lines between chunks, so that a body of tiny chunks costs no more than a large one. */
const MAX_CHUNK_FRAMING_BYTES = 16_384;

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5][0-9]{2})(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const HEADER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)$/;
const CONTENT_LENGTH = /^[0-9]{1,15}$/;
const CHUNK_LINE = /^([0-9A-Fa-f]{1,8})(?:[\t ]*;[\t\x20-\x7e]*)?$/;

/** Headers that may stand there once: two of them are two readings. */
const ONCE: ReadonlySet<string> = new Set(["content-length", "transfer-encoding", "content-type", "content-encoding"]);

const NOTHING: Uint8Array = new Uint8Array();
const LF = 0x0a;
const CR = 0x0d;

/** The answer breaks the grammar or a cap. Trust: nothing of the answer is in the message. */
export class AnswerError extends Error {
  override readonly name = "AnswerError";
  /** Whether only its size is wrong. */
  readonly isTooLarge: boolean;

  constructor(message: string, { isTooLarge = false }: { readonly isTooLarge?: boolean } = {}) {
    super(message);
    this.isTooLarge = isTooLarge;
  }
}

/** An answer, whole, and what its framing says of the connection. Trust: whoever answered chose every field. */
export interface ParsedAnswer extends ReceivedAnswer {
  /** Whether the connection may be used again, as far as the answer goes. */
  readonly keepsAlive: boolean;
}

type State = "status" | "headers" | "length" | "chunk" | "chunk_data" | "chunk_end" | "trailers" | "close" | "done";

/** Reads one answer. After an error it must not be fed again. */
export class AnswerParser {
  readonly #maxBodyBytes: number;
  #state: State = "status";
  /** What came and is not understood yet, from `#from` on. */
  #bytes: Uint8Array = NOTHING;
  #from = 0;
  #hasStarted = false;
  #headBytes = 0;
  #headerCount = 0;
  #framingBytes = 0;
  #interimAnswers = 0;
  #status = 0;
  #isHttp10 = false;
  #headers = new Map<string, string>();
  #bodyBytes = 0;
  #expected = 0;
  #body: Uint8Array[] = [];

  /** @param maxBodyBytes most bytes of the body, without its framing */
  constructor(maxBodyBytes: number) {
    this.#maxBodyBytes = maxBodyBytes;
  }

  /** Whether any byte has come. */
  get hasStarted(): boolean {
    return this.#hasStarted;
  }

  /** Whether the answer is whole. */
  get isDone(): boolean {
    return this.#state === "done";
  }

  /** How many bytes came behind the answer's end, which nobody asked for. */
  get strayBytes(): number {
    return this.isDone ? this.#bytes.length : 0;
  }

  /**
   * Takes bytes, which it copies.
   *
   * @throws {AnswerError} if they cannot be part of an answer
   */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#hasStarted = true;
    this.#bytes = this.#bytes.length === 0 ? bytes : joined([this.#bytes, bytes]);
    while (this.#step());
    this.#bytes = this.#from === this.#bytes.length ? NOTHING : this.#bytes.slice(this.#from);
    this.#from = 0;
  }

  /** The server has closed its side: whether the answer is whole. */
  end(): boolean {
    if (this.#state === "close") this.#state = "done";
    return this.isDone;
  }

  /** The answer. @throws {TypeError} if it is not whole yet */
  answer(): ParsedAnswer {
    if (!this.isDone) throw new TypeError("The answer is not whole yet");
    const said = (this.#headers.get("connection") ?? "").toLowerCase().split(",").map((option) => option.trim());
    const endsWithConnection = !this.#isChunked && this.#headers.get("content-length") === undefined &&
      !this.#isBodiless;
    return {
      status: this.#status,
      contentType: this.#headers.get("content-type") ?? "",
      date: this.#headers.get("date"),
      body: this.#body.length === 1 ? this.#body[0]! : joined(this.#body),
      keepsAlive: !this.#isHttp10 && !said.includes("close") && !endsWithConnection && this.strayBytes === 0,
    };
  }

  get #isChunked(): boolean {
    return this.#headers.has("transfer-encoding");
  }

  get #isBodiless(): boolean {
    return this.#status === 204 || this.#status === 304;
  }

  /** Goes one state further; `false` if more bytes are needed for that. */
  #step(): boolean {
    switch (this.#state) {
      case "status":
        return this.#readStatus();
      case "headers":
        return this.#readHeader();
      case "length":
        return this.#readBody("done");
      case "chunk":
        return this.#readChunkLine();
      case "chunk_data":
        return this.#readBody("chunk_end");
      case "chunk_end":
        return this.#readChunkEnd();
      case "trailers":
        return this.#readTrailer();
      case "close":
        return this.#readUntilClose();
      case "done":
        return false;
    }
  }

  #readStatus(): boolean {
    const line = this.#headLine();
    if (line === undefined) return false;
    const [, minor, status] = STATUS_LINE.exec(line) ?? [];
    if (status === undefined) throw new AnswerError("its status line is malformed");
    this.#isHttp10 = minor === "0";
    this.#status = Number(status);
    this.#headers = new Map();
    this.#state = "headers";
    return true;
  }

  #readHeader(): boolean {
    const line = this.#headLine();
    if (line === undefined) return false;
    if (line !== "") this.#keepHeader(line);
    else this.#endHead();
    return true;
  }

  #keepHeader(line: string): void {
    const [name, value] = this.#parseHeader(line);
    const before = this.#headers.get(name);
    if (before !== undefined && ONCE.has(name)) throw new AnswerError(`it has two headers "${name}"`);
    this.#headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }

  #parseHeader(line: string): readonly [string, string] {
    this.#headerCount += 1;
    if (this.#headerCount > MAX_HEADERS) throw new AnswerError(`it has more than ${MAX_HEADERS} headers`);
    const [, name, value] = HEADER_LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new AnswerError("one of its headers is malformed");
    return [name.toLowerCase(), value.trimEnd()];
  }

  #endHead(): void {
    if (this.#status < 200) return this.#skipInterimAnswer();
    const length = this.#headers.get("content-length");
    const transferEncoding = this.#headers.get("transfer-encoding");
    const contentEncoding = this.#headers.get("content-encoding") ?? "identity";
    if (contentEncoding.toLowerCase() !== "identity") {
      throw new AnswerError("its body is encoded, which was not asked for");
    }
    if (transferEncoding !== undefined) {
      if (length !== undefined) throw new AnswerError("it has both a content length and a transfer encoding");
      if (transferEncoding.toLowerCase() !== "chunked") throw new AnswerError('its transfer encoding is not "chunked"');
      if (this.#isHttp10) throw new AnswerError("it has a transfer encoding in HTTP/1.0");
    }
    if (length !== undefined && !CONTENT_LENGTH.test(length)) throw new AnswerError("its content length is malformed");
    if (this.#isBodiless) {
      this.#state = "done";
    } else if (transferEncoding !== undefined) {
      this.#state = "chunk";
    } else if (length !== undefined) {
      this.#expect(Number(length));
      this.#state = "length";
    } else {
      this.#state = "close";
    }
  }

  #skipInterimAnswer(): void {
    if (this.#status === 101) throw new AnswerError("it changes the protocol, which was not asked for");
    if (this.#headers.has("content-length") || this.#isChunked) throw new AnswerError("an interim answer has a body");
    this.#interimAnswers += 1;
    if (this.#interimAnswers > MAX_INTERIM_ANSWERS) {
      throw new AnswerError(`more than ${MAX_INTERIM_ANSWERS} interim answers come before it`);
    }
    this.#state = "status";
  }

  #readChunkLine(): boolean {
    const line = this.#framingLine(MAX_CHUNK_LINE_BYTES);
    if (line === undefined) return false;
    const [, size] = CHUNK_LINE.exec(line) ?? [];
    if (size === undefined) throw new AnswerError("the size of a chunk is malformed");
    this.#expect(Number.parseInt(size, 16));
    this.#state = this.#expected === 0 ? "trailers" : "chunk_data";
    return true;
  }

  #readChunkEnd(): boolean {
    const line = this.#framingLine(0);
    if (line === undefined) return false;
    if (line !== "") throw new AnswerError("a chunk is longer than it says");
    this.#state = "chunk";
    return true;
  }

  /** Trailers are judged as headers are, and dropped. */
  #readTrailer(): boolean {
    const line = this.#headLine();
    if (line === undefined) return false;
    if (line === "") this.#state = "done";
    else this.#parseHeader(line);
    return true;
  }

  /** Refuses a body that will be too large before it comes. */
  #expect(length: number): void {
    if (this.#bodyBytes + length > this.#maxBodyBytes) throw tooLarge(this.#maxBodyBytes);
    this.#expected = length;
  }

  #readBody(next: State): boolean {
    const length = Math.min(this.#expected, this.#bytes.length - this.#from);
    if (length > 0) this.#take(length);
    this.#expected -= length;
    if (this.#expected > 0) return false;
    this.#state = next;
    return true;
  }

  #readUntilClose(): boolean {
    const length = this.#bytes.length - this.#from;
    if (this.#bodyBytes + length > this.#maxBodyBytes) throw tooLarge(this.#maxBodyBytes);
    if (length > 0) this.#take(length);
    return false;
  }

  #take(length: number): void {
    this.#body.push(this.#bytes.slice(this.#from, this.#from + length));
    this.#bodyBytes += length;
    this.#from += length;
  }

  /** A line of a head; the head's cap covers interim answers and trailers, too. */
  #headLine(): string | undefined {
    const line = this.#line(MAX_HEAD_BYTES - this.#headBytes, "its head is too large");
    this.#headBytes += line === undefined ? 0 : line.length + 2;
    return line;
  }

  #framingLine(maxBytes: number): string | undefined {
    const line = this.#line(maxBytes, "a line between its chunks is too long");
    this.#framingBytes += line === undefined ? 0 : line.length + 2;
    if (this.#framingBytes > MAX_CHUNK_FRAMING_BYTES) throw new AnswerError("its chunks are too small");
    return line;
  }

  /** The next line without its end, which must be CR and LF; `undefined` if it has not come whole. */
  #line(maxBytes: number, tooLong: string): string | undefined {
    const pending = this.#bytes.subarray(this.#from);
    const end = pending.indexOf(LF);
    if ((end === -1 ? pending.length - 1 : end - 1) > maxBytes) throw new AnswerError(tooLong);
    if (end === -1) return undefined;
    if (pending[end - 1] !== CR) throw new AnswerError("one of its lines does not end with CR and LF");
    this.#from += end + 1;
    return latin1(pending.subarray(0, end - 1));
  }
}

function tooLarge(maxBytes: number): AnswerError {
  return new AnswerError(`its body is larger than ${maxBytes} bytes`, { isTooLarge: true });
}

/** One character for each byte of a line, which has a cap. */
function latin1(bytes: Uint8Array): string {
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
