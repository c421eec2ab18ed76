/**
 * What an edit changes, for a person to read. Knows nothing of what the text means.
 *
 * @module
 */

/** Unchanged lines that are shown above and below, as in diff(1). */
const CONTEXT = 3;

/** What a terminal might obey, or show as something else. Line ends are taken off before. */
const UNPRINTABLE = /[^\P{Cc}\t]|[\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * The unified form of one change, from the first line that differs to the last. Trust: whoever may write the text chose
 * it, so that nothing in it reaches the terminal but as text.
 */
export function unifiedDiff(title: string, before: string, after: string): string {
  const [old, now] = [linesOf(before), linesOf(after)];
  const shorter = Math.min(old.length, now.length);
  let head = 0;
  while (head < shorter && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1;

  const start = Math.max(0, head - CONTEXT);
  const below = Math.min(tail, CONTEXT);
  const range = (count: number) => `${count === 0 ? start : start + 1},${count}`;
  const lines = [
    `--- ${title}`,
    `+++ ${title}`,
    `@@ -${range(old.length - tail + below - start)} +${range(now.length - tail + below - start)} @@`,
    ...old.slice(start, head).map((line) => ` ${line}`),
    ...old.slice(head, old.length - tail).map((line) => `-${line}`),
    ...now.slice(head, now.length - tail).map((line) => `+${line}`),
    ...old.slice(old.length - tail, old.length - tail + below).map((line) => ` ${line}`),
  ];
  return `${lines.map(printable).join("\n")}\n`;
}

/** One line with every character escaped that a terminal might obey. */
export function printable(line: string): string {
  return line.replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** Whether the last line has an end is nothing to see. */
function linesOf(text: string): readonly string[] {
  const lines = text.split(/\r?\n/);
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}
