import assert from "node:assert/strict";
import { formatRequest, readAddress } from "../../../lib/review/https/request.ts";

const STS = readAddress("sts.example.com");
const text = (...args: Parameters<typeof formatRequest>) => new TextDecoder().decode(formatRequest(...args));

Deno.test("a request is exactly the bytes of its parts", () => {
  assert.equal(
    text(STS, { method: "GET", target: "/?a=b%20c", headers: { "x-k8s-aws-id": "my cluster" } }),
    "GET /?a=b%20c HTTP/1.1\r\nhost: sts.example.com\r\nx-k8s-aws-id: my cluster\r\naccept-encoding: identity\r\n\r\n",
  );
  assert.equal(
    text(readAddress("127.0.0.1:8443"), { method: "POST", target: "/", headers: {} }),
    "POST / HTTP/1.1\r\nhost: 127.0.0.1:8443\r\ncontent-length: 0\r\naccept-encoding: identity\r\n\r\n",
  );
});

Deno.test("a request may have a body, whose length it states, if it is a POST", () => {
  const body = new TextEncoder().encode("{é}");
  assert.equal(
    text(STS, { method: "POST", target: "/review", headers: { "content-type": "application/json" }, body }),
    "POST /review HTTP/1.1\r\nhost: sts.example.com\r\ncontent-type: application/json\r\ncontent-length: 4\r\n" +
      "accept-encoding: identity\r\n\r\n{é}",
  );
  assert.throws(() => text(STS, { method: "GET", target: "/", headers: {}, body }), TypeError);
});

Deno.test("readAddress() leaves out the port that HTTPS has anyway", () => {
  assert.deepEqual(readAddress("sts.example.com:443"), STS);
  assert.deepEqual(STS, { hostname: "sts.example.com", port: 443, host: "sts.example.com" });
});

for (
  const host of [
    "",
    "a b",
    "a\r\nx: y",
    "a\n",
    "STS.example.com",
    "user@a",
    "a/b",
    "a?b",
    "a#b",
    "a:0",
    "a:65536",
    "a:1:2",
    "[::1]:1",
    "ａ",
    "-a",
    "a-",
  ]
) {
  Deno.test(`readAddress() refuses ${JSON.stringify(host)}`, () => {
    assert.throws(() => readAddress(host), TypeError);
  });
}

for (
  const target of [
    "",
    "a",
    "*",
    "https://elsewhere/",
    "/ HTTP/1.1\r\nx: y",
    "/\n",
    "/\r",
    "/ ",
    "/\t",
    "/\0",
    "/#a",
    '/"',
    "/é",
  ]
) {
  Deno.test(`formatRequest() refuses the target ${JSON.stringify(target)}, and does not repeat it`, () => {
    assert.throws(
      () => formatRequest(STS, { method: "GET", target, headers: {} }),
      (e) => e instanceof TypeError && (target.length < 8 || !e.message.includes(target)),
    );
  });
}

for (
  const [name, value] of [
    ["x", "a\r\ny: z"],
    ["x", "a\n"],
    ["x", "\r"],
    ["x", "\0"],
    ["x", "\t"],
    ["x", "é"],
    ["x", ""],
    ["x", " a"],
    ["x", "a "],
    ["x: y\r\nz", "a"],
    ["x\n", "a"],
    ["", "a"],
    ["X", "a"],
    ["x y", "a"],
    ["x:", "a"],
    ["host", "elsewhere"],
    ["connection", "close"],
    ["content-length", "5"],
    ["transfer-encoding", "chunked"],
    ["accept-encoding", "gzip"],
    ["expect", "100-continue"],
    ["upgrade", "h2c"],
  ] as const
) {
  Deno.test(`formatRequest() refuses the header ${JSON.stringify([name, value])}`, () => {
    assert.throws(() => formatRequest(STS, { method: "GET", target: "/", headers: { [name]: value } }), TypeError);
  });
}
