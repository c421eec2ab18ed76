import assert from "node:assert/strict";
import { AnswerError, AnswerParser } from "../../../lib/review/https/answer_parser.ts";

const MAX = 100;

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Feeds a text in pieces; `closes` says whether the server closes behind it. */
function parse(text: string, { pieceLength = text.length, closes = false } = {}): AnswerParser {
  const parser = new AnswerParser(MAX);
  const bytes = bytesOf(text);
  for (let at = 0; at < bytes.length; at += pieceLength) parser.push(bytes.subarray(at, at + pieceLength));
  if (closes) parser.end();
  return parser;
}

const lengthOf = (body: string) => `content-length: ${body.length}\r\n\r\n${body}`;
const CHUNKED = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

for (
  const [what, text, status, body, keepsAlive] of [
    ["a content length", `HTTP/1.1 200 OK\r\n${lengthOf("hello")}`, 200, "hello", true],
    ["an empty body", "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", 404, "", true],
    ["a reason of nothing", "HTTP/1.1 503 \r\ncontent-length: 0\r\n\r\n", 503, "", true],
    ["no reason", "HTTP/1.1 503\r\ncontent-length: 0\r\n\r\n", 503, "", true],
    ["a body as large as it may be", `HTTP/1.1 200 OK\r\n${lengthOf("x".repeat(MAX))}`, 200, "x".repeat(MAX), true],
    ["chunks", `${CHUNKED}3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n`, 200, "hello", true],
    ["chunks with extensions", `${CHUNKED}3;a=b\r\nhel\r\n2 ; c\r\nlo\r\n0\r\n\r\n`, 200, "hello", true],
    ["chunks of upper-case sizes", `${CHUNKED}A\r\n0123456789\r\n00\r\n\r\n`, 200, "0123456789", true],
    ["trailers", `${CHUNKED}5\r\nhello\r\n0\r\nx-sum: 1\r\n\r\n`, 200, "hello", true],
    [
      "interim answers",
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hi\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\n${lengthOf("hi")}`,
      200,
      "hi",
      true,
    ],
    ["no content", "HTTP/1.1 204 No Content\r\n\r\n", 204, "", true],
    ["a close that is announced", `HTTP/1.1 200 OK\r\nConnection: Close\r\n${lengthOf("hi")}`, 200, "hi", false],
    [
      "a close in a list",
      `HTTP/1.1 200 OK\r\nconnection: foo\r\nconnection: close\r\n${lengthOf("hi")}`,
      200,
      "hi",
      false,
    ],
    ["HTTP/1.0", `HTTP/1.0 200 OK\r\nconnection: keep-alive\r\n${lengthOf("hi")}`, 200, "hi", false],
    ["an identity encoding", `HTTP/1.1 200 OK\r\ncontent-encoding: identity\r\n${lengthOf("hi")}`, 200, "hi", true],
    ["bytes above ASCII in a header", `HTTP/1.1 200 OK\r\nx-name: caf\xe9\r\n${lengthOf("hi")}`, 200, "hi", true],
    ["bytes behind it", `HTTP/1.1 200 OK\r\n${lengthOf("hi")}H`, 200, "hi", false],
  ] as const
) {
  Deno.test(`an answer with ${what} is read, however it is cut`, () => {
    for (let pieceLength = 1; pieceLength <= text.length; pieceLength++) {
      const parser = parse(text, { pieceLength });
      assert(parser.isDone, `in pieces of ${pieceLength}`);
      const answer = parser.answer();
      assert.deepEqual([answer.status, answer.keepsAlive], [status, keepsAlive]);
      assert.equal(new TextDecoder().decode(answer.body), body);
    }
  });
}

Deno.test("an answer without a length ends where the server closes", () => {
  const parser = parse("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\nhello", { closes: true });
  const { status, contentType, body, keepsAlive } = parser.answer();
  assert.deepEqual([status, contentType, keepsAlive], [200, "application/json", false]);
  assert.equal(new TextDecoder().decode(body), "hello");
});

Deno.test("an answer that ends in the middle is not whole", () => {
  const whole = `${CHUNKED}3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n`;
  for (let length = 0; length < whole.length; length++) {
    const parser = parse(whole.slice(0, length));
    assert(!parser.end());
    assert.throws(() => parser.answer(), TypeError);
    assert.equal(parser.hasStarted, length > 0);
  }
});

const headers = (count: number) => Array.from({ length: count }, (_, index) => `x-${index}: 1\r\n`).join("");

for (
  const [what, text] of [
    ["another protocol", "SSH-2.0-OpenSSH_9.2\r\n"],
    ["HTTP/2", "HTTP/2 200 OK\r\n"],
    ["HTTP/1.2", "HTTP/1.2 200 OK\r\n"],
    ["a protocol in lower case", "http/1.1 200 OK\r\n"],
    ["a byte before it", " HTTP/1.1 200 OK\r\n"],
    ["an empty line before it", "\r\nHTTP/1.1 200 OK\r\n"],
    ["two spaces before the status", "HTTP/1.1  200 OK\r\n"],
    ["a status of two digits", "HTTP/1.1 20 OK\r\n"],
    ["a status of four digits", "HTTP/1.1 2000 OK\r\n"],
    ["status 600", "HTTP/1.1 600 OK\r\n"],
    ["status 099", "HTTP/1.1 099 OK\r\n"],
    ["a NUL in the reason", "HTTP/1.1 200 O\0K\r\n"],
    ["a CR in the reason", "HTTP/1.1 200 O\rK\r\n"],
    ["lines that end with LF alone", "HTTP/1.1 200 OK\ncontent-length: 0\n\n"],
    ["one line that ends with LF alone", "HTTP/1.1 200 OK\r\nx: 1\ncontent-length: 0\r\n\r\n"],
    ["a header without a colon", "HTTP/1.1 200 OK\r\nx\r\n\r\n"],
    ["a header without a name", "HTTP/1.1 200 OK\r\n: 1\r\n\r\n"],
    ["a space before a colon", "HTTP/1.1 200 OK\r\ncontent-length : 0\r\n\r\n"],
    ["a folded header", "HTTP/1.1 200 OK\r\nx: 1\r\n 2\r\n\r\n"],
    ["a folded first header", "HTTP/1.1 200 OK\r\n x: 1\r\n\r\n"],
    ["a control character in a header", "HTTP/1.1 200 OK\r\nx: \x01\r\n\r\n"],
    ["a CR in a header", "HTTP/1.1 200 OK\r\nx: 1\r2\r\n\r\n"],
    ["two content lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n"],
    ["the same content length twice", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\nContent-Length: 1\r\n\r\n"],
    ["a list of content lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1, 1\r\n\r\n"],
    ["a negative content length", "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n"],
    ["a content length with a sign", "HTTP/1.1 200 OK\r\ncontent-length: +1\r\n\r\n"],
    ["a hexadecimal content length", "HTTP/1.1 200 OK\r\ncontent-length: 0x1\r\n\r\n"],
    ["an empty content length", "HTTP/1.1 200 OK\r\ncontent-length:\r\n\r\n"],
    ["a content length beyond counting", `HTTP/1.1 200 OK\r\ncontent-length: ${"9".repeat(16)}\r\n\r\n`],
    ["both framings", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n"],
    [
      "both framings, the other way round",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 1\r\n\r\n",
    ],
    ["two transfer encodings", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n"],
    ["a list of transfer encodings", "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n"],
    ["another transfer encoding", "HTTP/1.1 200 OK\r\ntransfer-encoding: identity\r\n\r\n"],
    ["a transfer encoding in HTTP/1.0", "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"],
    ["a compressed body", `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n${lengthOf("x")}`],
    ["two content types", `HTTP/1.1 200 OK\r\ncontent-type: a/b\r\ncontent-type: c/d\r\n${lengthOf("x")}`],
    ["a change of protocol", "HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n"],
    ["an interim answer with a body", "HTTP/1.1 100 Continue\r\ncontent-length: 1\r\n\r\n"],
    ["six interim answers", "HTTP/1.1 100 Continue\r\n\r\n".repeat(6)],
    ["a chunk without a size", `${CHUNKED}\r\n`],
    ["a chunk of negative size", `${CHUNKED}-1\r\n`],
    ["a chunk size with 0x", `${CHUNKED}0x1\r\n`],
    ["a chunk size of nine digits", `${CHUNKED}000000001\r\nx\r\n`],
    ["a chunk size and LF alone", `${CHUNKED}1\nx\r\n`],
    ["a chunk that is longer than it says", `${CHUNKED}1\r\nxy\r\n`],
    ["a chunk that ends with LF alone", `${CHUNKED}1\r\nx\n`],
    ["an endless extension of a chunk", `${CHUNKED}1;${"x".repeat(200)}`],
    ["an extension with a control character", `${CHUNKED}1;\x01\r\nx\r\n`],
    ["a trailer that is no header", `${CHUNKED}0\r\nx\r\n`],
    ["too many headers", `HTTP/1.1 200 OK\r\n${headers(101)}`],
    ["too many trailers", `${CHUNKED}0\r\n${headers(101)}`],
    [
      "too many headers in interim answers",
      `HTTP/1.1 100 Continue\r\n${headers(60)}\r\nHTTP/1.1 200 OK\r\n${headers(60)}`,
    ],
    ["an endless status line", `HTTP/1.1 200 ${"x".repeat(20_000)}`],
    ["an endless header", `HTTP/1.1 200 OK\r\nx: ${"x".repeat(20_000)}`],
    ["large headers", `HTTP/1.1 200 OK\r\n${`x: ${"x".repeat(1_000)}\r\n`.repeat(20)}`],
    ["large trailers", `${CHUNKED}0\r\n${`x: ${"x".repeat(1_000)}\r\n`.repeat(20)}`],
  ] as const
) {
  Deno.test(`an answer with ${what} is refused, however it is cut`, () => {
    for (const pieceLength of [1, 7, text.length]) {
      assert.throws(
        () => parse(text, { pieceLength }),
        (e) => e instanceof AnswerError && !e.isTooLarge,
        `in pieces of ${pieceLength}`,
      );
    }
  });
}

for (
  const [what, text] of [
    ["its content length says so", `HTTP/1.1 200 OK\r\ncontent-length: ${MAX + 1}\r\n\r\n`],
    ["a chunk says so", `${CHUNKED}${(MAX + 1).toString(16)}\r\n`],
    ["its chunks say so together", `${CHUNKED}64\r\n${"x".repeat(100)}\r\n1\r\n`],
    ["it does not end", `HTTP/1.1 200 OK\r\n\r\n${"x".repeat(MAX + 1)}`],
  ] as const
) {
  Deno.test(`an answer is too large as soon as ${what}`, () => {
    for (const pieceLength of [1, text.length]) {
      assert.throws(() => parse(text, { pieceLength }), (e) => e instanceof AnswerError && e.isTooLarge);
    }
  });
}

Deno.test("a body of tiny chunks is refused before its framing outgrows every answer", () => {
  const parser = new AnswerParser(1_000_000);
  parser.push(bytesOf(CHUNKED));
  let sent = 0;
  assert.throws(() => {
    for (;;) {
      parser.push(bytesOf("1\r\nx\r\n"));
      sent += 6;
    }
  }, AnswerError);
  assert(sent < 20_000, `${sent} bytes were taken`);
});
