/**
 * What a forger of AWS's tokens would write into a URL. Data, and edits of a host. Each byte is one character.
 *
 * @module
 */

import { upperCase } from "./mutate_text.ts";

/** Names of parameters and headers, known and not. */
export const NAMES = [
  ...["Action", "Version", "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-Signature"],
  ...["X-Amz-SignedHeaders", "X-Amz-Security-Token", "X-Amz-User-Agent", "X-Amz-Content-Sha256", "x-k8s-aws-id"],
  ...["RoleArn", "WebIdentityToken", "Authorization", "", "__proto__", "constructor", "host"],
];

/** What may stand in place of `https://`. */
export const SCHEMES = [
  "http://",
  "HTTPS://",
  "https:/",
  "https:///",
  "https:\\\\",
  "https:",
  "//",
  "ftp://",
  " https://",
  "",
];

/** What may stand in place of `/?`. */
export const PATHS = [
  "",
  "?",
  "//?",
  "/./?",
  "/../?",
  "/abc?",
  "/%2F?",
  "/;?",
  "\\?",
  "/#?",
  "/??",
  "/?&",
  "/\t?",
  "/@evil/?",
];

/** Hosts that the table has, hosts that look alike, and addresses; the first ones take a signature. */
export const HOSTS = [
  ...["sts.amazonaws.com", "sts.us-east-1.amazonaws.com", "sts.eu-west-1.amazonaws.com", "sts.us-east-1.api.aws"],
  ...["sts-fips.us-west-2.amazonaws.com", "sts-fips.us-east-1.api.aws", "sts.example:8443", "sts.example"],
  ...["sts.cn-north-1.amazonaws.com.cn", "sts.us-gov-west-1.amazonaws.com", "sts.amazonaws.com.cn"],
  ...["sts.s3.amazonaws.com", "sts.not-a-region.amazonaws.com", "sts.amazonaws.com.evil.example", "evil.example"],
  ...["s3.amazonaws.com", "amazonaws.com", "sts.aliyuncs.com", "127.0.0.1", "[::1]", "169.254.169.254", "localhost"],
  ...["sts\xef\xbc\x8eamazonaws.com", "\xef\xbd\x93ts.amazonaws.com", "xn--sts.amazonaws.com", ""],
];

/** What a forger may make of a host. */
export const HOST_EDITS: ReadonlyArray<(host: string, foreign: string) => string> = [
  (host) => `${host}.`,
  (host) => `.${host}`,
  (host) => `${host}:443`,
  (host) => `${host}:8443`,
  (host) => `${host}:`,
  (host) => `${host}:0443`,
  (host) => host.replace(/:\d+$/, ""),
  (host) => `user@${host}`,
  (host) => `user:pass@${host}`,
  (host) => `${host}@evil.example`,
  (host, foreign) => `${host}@${foreign}`,
  (host, foreign) => `${host},${foreign}`,
  (host) => `${host}\\@evil.example`,
  (host) => `${host}#@evil.example`,
  (host) => `${host}.evil.example`,
  (host) => `evil-${host}`,
  upperCase,
  (host) => host.replace(".", "%2E"),
  (host) => host.replace(".", "\t."),
  (host) => host.replace(".", "\n."),
  (host) => host.replace(".", "..").replace("sts", "STS"),
  (host) => host.replace("sts.", "sts-fips."),
  (host) => host.replace("us-east-1", "us-east-2"),
];

/** Parts of a credential scope, right and wrong. */
export const SCOPE_VALUES = [
  ...["20261122", "20261121", "20261123", "us-east-1", "us-east-2", "eu-west-1", "cn-north-1", "aws-global", "us-east"],
  ...["sts", "STS", "s3", "iam", "aws4_request", "aws4_requests", "AWS4_REQUEST", "*", "%2A", "", "%20", "x%2Fy"],
];

/** Lifetimes, right and wrong. */
export const EXPIRES = [
  ...["1", "59", "60", "61", "600", "900", "901", "0", "-1", "060", "60.0", "6e1", "0x3c", "%2B60", "60%20", "604800"],
  ...["99999999999999999999", "NaN", "Infinity", ""],
];
