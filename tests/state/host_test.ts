import assert from "node:assert/strict";
import { UsageError } from "../../lib/errors.ts";
import { hostAndPort, parseHost } from "../../lib/state/host.ts";

for (
  const [text, kind, canonical, withPort] of [
    ["localhost", "dns", "localhost", "localhost:443"],
    ["API.Example.COM", "dns", "api.example.com", "api.example.com:443"],
    ["xn--bcher-kva.example", "dns", "xn--bcher-kva.example", "xn--bcher-kva.example:443"],
    ["127.0.0.1", "ip", "127.0.0.1", "127.0.0.1:443"],
    ["::1", "ip", "::1", "[::1]:443"],
    ["2001:DB8:0:0:0:0:0:5", "ip", "2001:db8::5", "[2001:db8::5]:443"],
  ] as const
) {
  Deno.test(`parseHost() reads ${text}`, () => {
    const host = parseHost(text);
    assert.deepEqual(host, { kind, text: canonical });
    assert.equal(hostAndPort(host.text, 443), withPort);
  });
}

for (
  const [why, text] of [
    ["nothing", ""],
    ["white space", "local host"],
    ["a URL", "https://localhost"],
    ["a port", "localhost:21362"],
    ["brackets", "[::1]"],
    ["an IPv6 zone", "fe80::1%eth0"],
    ["an IPv4 address out of range", "256.0.0.1"],
    ["an IPv4 address with a leading zero", "127.0.0.01"],
    ["a short IPv4 address", "127.1"],
    ["an empty label", "a..b"],
    ["a label that starts with a hyphen", "-a.example"],
    ["a label of 64 characters", `${"a".repeat(64)}.example`],
    ["a name of 254 characters", `${"a.".repeat(126)}aa`],
    ["letters outside ASCII", "bücher.example"],
    ["a wildcard", "*.example"],
    ["a line feed", "localhost\n"],
  ] as const
) {
  Deno.test(`parseHost() refuses ${why}`, () => {
    assert.throws(() => parseHost(text), UsageError);
  });
}
