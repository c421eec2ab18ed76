/**
 * The package's reader by a name of its own for those who load it later: the thread that reads YAML has `read.ts` at once,
 * and in a bundle a module is one or the other.
 *
 * @module
 */

export { parseAnyYaml } from "./read.ts";
