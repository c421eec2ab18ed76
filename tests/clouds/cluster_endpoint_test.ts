import assert from "node:assert/strict";
import { ClusterLookupError, isServerUrl, readClusterEndpoint } from "../../lib/clouds/cluster_endpoint.ts";

const SERVER = "https://ABC.gr7.eu-west-1.eks.amazonaws.com";
const AUTHORITY = btoa("-----BEGIN CERTIFICATE-----");

Deno.test("readClusterEndpoint() keeps what the cloud says as it is", () => {
  assert.deepEqual(readClusterEndpoint({ server: SERVER, authority: AUTHORITY }, "Cannot find it"), {
    server: SERVER,
    certificateAuthorityData: AUTHORITY,
  });
});

for (const url of [SERVER, "https://1.2.3.4:6443", "https://[::1]:6443", "https://host/path"]) {
  Deno.test(`${url} is the URL of an API server`, () => assert(isServerUrl(url)));
}

for (
  const url of [
    "",
    "http://host",
    "HTTPS://host",
    "https://",
    "https://user@host",
    "https://user:password@host",
    "https://host?x=y",
    "https://host#x",
    "https://ho st",
    "https://host\n",
    "https://host/é",
    `https://host/${"x".repeat(2_048)}`,
  ]
) {
  Deno.test(`${JSON.stringify(url.slice(0, 40))} is no URL of an API server`, () => assert(!isServerUrl(url)));
}

for (
  const [what, given] of [
    ["no address", { server: undefined, authority: AUTHORITY }],
    ["an address that is no URL", { server: "host", authority: AUTHORITY }],
    ["no certificate", { server: SERVER, authority: undefined }],
    ["an empty certificate", { server: SERVER, authority: "" }],
    ["a certificate that is not Base64", { server: SERVER, authority: "-----BEGIN" }],
    ["a certificate that is cut off", { server: SERVER, authority: AUTHORITY.slice(0, -1) }],
    ["a certificate with a line break", { server: SERVER, authority: `${AUTHORITY}\n` }],
    ["an endless certificate", { server: SERVER, authority: "A".repeat(65_540) }],
  ] as const
) {
  Deno.test(`readClusterEndpoint() refuses ${what}, and says what was attempted`, () => {
    assert.throws(
      () => readClusterEndpoint(given, "Cannot find it"),
      (e) => e instanceof ClusterLookupError && e.message.startsWith("Cannot find it: "),
    );
  });
}
