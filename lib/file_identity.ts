/**
 * Whether two names, or a name and an open file, are one file.
 *
 * @module
 */

/** Device and inode of a file, as text: equal for two names of one file. */
export function identityOf({ dev, ino }: { readonly dev: number; readonly ino: number | null }): string {
  return `${dev}:${ino}`;
}
