import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  assertClusterId,
  credentialScope,
  formatToken,
  percentEncode,
  presignedQuery,
  signedParameters,
} from "../../../lib/clouds/aws/token.ts";
import { parseToken } from "../../../lib/clouds/aws/token_parser.ts";
import { UsageError } from "../../../lib/errors.ts";
import vectors from "../../vectors/aws_v1_botocore.json" with { type: "json" };

for (const { name, token } of vectors) {
  Deno.test(`a token of botocore is written again as it was read: ${name}`, () => {
    assert.equal(formatToken(parseToken(token)), token);
  });
}

const REQUEST = {
  host: "sts.eu-west-1.amazonaws.com",
  region: "eu-west-1",
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  date: "20261121T120000Z",
  expires: "60",
  securityToken: undefined,
  signature: createHash("sha256").digest("hex"),
};

Deno.test("the scope of a signature is its day, its region and STS", () => {
  assert.equal(credentialScope(REQUEST), "20261121/eu-west-1/sts/aws4_request");
});

Deno.test("a security token is signed where there is one, and no parameter stands for none", () => {
  assert(!("X-Amz-Security-Token" in signedParameters(REQUEST)));
  const query = presignedQuery({ ...REQUEST, securityToken: "a+/=" });
  assert(query.includes("&X-Amz-Security-Token=a%2B%2F%3D&X-Amz-Signature="));
});

Deno.test("percentEncode() leaves unreserved characters alone and encodes all else", () => {
  const unreserved = "AZaz09-._~";
  assert.equal(percentEncode(unreserved), unreserved);
  assert.equal(percentEncode(" !'()*/+&=%\u00e9"), "%20%21%27%28%29%2A%2F%2B%26%3D%25%C3%A9");
});

Deno.test("assertClusterId() takes what survives as a header", () => {
  for (const id of ["my-cluster", "my cluster"]) assertClusterId(id);
  for (const id of ["", " a", "a  b", "a\tb", "a\n", "\u00e9"]) assert.throws(() => assertClusterId(id), UsageError);
});
