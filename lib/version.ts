/**
 * What this build calls itself.
 *
 * @module
 */

/** The version of `deno.json`; a test holds the two together. A constant, because reading a file costs start-up time. */
export const VERSION = "0.1.0";

/**
 * The commit of the sources, with `-dirty` behind it where they differed from it. Compiling stamps it, by this very line;
 * from source it is `undefined`.
 */
export const COMMIT: string | undefined = undefined;
