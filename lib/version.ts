/**
 * What this build calls itself.
 *
 * @module
 */

/** The version of `deno.json`; a test holds the two together. A constant, because reading a file costs start-up time. */
export const VERSION = "0.1.0";
