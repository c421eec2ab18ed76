/**
 * The commands in a page of documentation. Knows nothing of what they do.
 *
 * @module
 */

/** Each line of the blocks of shell, those that end with a backslash joined with the next. */
export function shellCommands(markdown: string): string[] {
  return [...markdown.matchAll(/^ *```sh\n(.*?)^ *```/gms)].flatMap(([, block]) =>
    block!.replace(/\\\n\s*/g, "").split("\n").map((line) => line.trim()).filter((line) => line !== "")
  );
}
