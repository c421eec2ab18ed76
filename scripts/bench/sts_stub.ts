/**
 * An STS for measurements: a process of its own, which gives every call the same answer at once. It reads its
 * certificate and key from standard input as JSON, prints its port, and ends with its input.
 *
 * @module
 */

import { createServer } from "node:https";
import type { AddressInfo } from "node:net";

/** As long as AWS's, with its usual headers. */
const ANSWER = JSON.stringify({
  GetCallerIdentityResponse: {
    GetCallerIdentityResult: {
      Account: "123456789012",
      Arn: "arn:aws:sts::123456789012:assumed-role/Admin/alice",
      UserId: "AROAEXAMPLE:alice",
    },
    ResponseMetadata: { RequestId: "01234567-89ab-cdef-0123-456789abcdef" },
  },
});

const input = Deno.stdin.readable.pipeThrough(new TextDecoderStream()).pipeThrough(lines()).getReader();
const { value } = await input.read();
const { certPem: cert, keyPem: key } = JSON.parse(value ?? "");
const server = createServer({ cert, key }, (_, response) => {
  response.writeHead(200, {
    "content-type": "application/json",
    "content-length": String(ANSWER.length),
    "x-amzn-requestid": "01234567-89ab-cdef-0123-456789abcdef",
  });
  response.end(ANSWER);
});
server.listen(0, "127.0.0.1", () => {
  Deno.stdout.writeSync(new TextEncoder().encode(`${(server.address() as AddressInfo).port}\n`));
});
await input.read();
Deno.exit(0);

function lines(): TransformStream<string, string> {
  let rest = "";
  return new TransformStream({
    transform(text, controller) {
      rest += text;
      for (let end = rest.indexOf("\n"); end !== -1; end = rest.indexOf("\n")) {
        controller.enqueue(rest.slice(0, end));
        rest = rest.slice(end + 1);
      }
    },
  });
}
