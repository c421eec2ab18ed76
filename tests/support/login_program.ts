/**
 * What makes a token when it is run: a program, and keys that it finds in its environment. Every key is made up; signing
 * needs no network, so that nobody is asked about it.
 *
 * @module
 */

/** Keys of both clouds. */
export const MADE_UP_KEYS = {
  ALIBABA_CLOUD_ACCESS_KEY_ID: "LTAI5tMadeUpForTheTest",
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: "made-up-secret",
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  AWS_REGION: "us-west-2",
};

/** What to start. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
}
