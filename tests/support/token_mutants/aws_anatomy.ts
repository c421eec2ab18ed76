/**
 * AWS's tokens for the maker of mutants: a presigned URL, with edits of it that a forger would try first.
 *
 * @module
 */

import type { Anatomy } from "./anatomy.ts";
import { mutateUrl } from "./aws_url.ts";
import type { TextTables } from "./mutate_text.ts";

const TABLES: TextTables = {
  insertions: [
    ..."\0\t\n\r \"',:;\\/{}[]%+=&#@._-~?*!AZaz09\x7f\x80\xa0\xc3\xff",
    "%00",
    "%0d%0a",
    "%0D%0A",
    "%2F",
    "%252F",
    "%gh",
    "&Action=AssumeRole",
    "&action=AssumeRole",
    "&x-amz-signedheaders=host",
    "&X-Amz-Security-Token=x",
    "user@",
    "\xef\xbc\x8f",
  ],
  replacements: [
    ["GetCallerIdentity", "AssumeRole"],
    ["Action=", "%41ction="],
    ["Action=", "action="],
    ["2011-06-15", "2010-05-08"],
    ["host%3Bx-k8s-aws-id", "host"],
    ["host%3Bx-k8s-aws-id", "x-k8s-aws-id"],
    ["host%3Bx-k8s-aws-id", "host%3Bx-amz-date%3Bx-k8s-aws-id"],
    ["x-k8s-aws-id", "X-K8s-Aws-Id"],
    ["%3B", ";"],
    ["%3B", "%3b"],
    ["%2F", "/"],
    ["%2F", "%2f"],
    ["%2F", "%252F"],
    ["%2B", "+"],
    ["AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"],
    ["aws4_request", "aws4_requests"],
    ["X-Amz-", "x-amz-"],
    ["&", ";"],
    ["&", "&&"],
    ["X-Amz-Expires=60", "X-Amz-Expires=900"],
    ["T120000Z", "T120001Z"],
    ["https://", "https://user@"],
    ["https://", "http://"],
    ["/?", "/x?"],
    [".amazonaws.com", ".amazonaws.com.evil.example"],
    ["sts.", "sts.s3."],
  ],
};

/** `k8s-aws-v1.` and the unpadded URL-safe base64 of a URL. */
export const AWS_ANATOMY: Anatomy = {
  ...TABLES,
  prefix: "k8s-aws-v1.",
  base64: "base64url without padding",
  mutateParts: (url, other, random) => mutateUrl(url, other, TABLES, random),
};
