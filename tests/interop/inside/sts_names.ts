/**
 * The names of AWS's STS that the tests inside ask for.
 *
 * @module
 */

/** Global, regional, FIPS and dual-stack hosts. */
export const STS_NAMES: readonly string[] = [
  "sts.amazonaws.com",
  "sts.us-east-1.amazonaws.com",
  "sts.us-west-2.amazonaws.com",
  "sts.eu-central-1.amazonaws.com",
  "sts-fips.us-east-2.amazonaws.com",
  "sts.ap-northeast-1.api.aws",
  "sts-fips.us-west-1.api.aws",
];
