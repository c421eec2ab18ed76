/**
 * The page of benchmarks: what is between two markers is measured and written by the bench, the rest by hand.
 *
 * @module
 */

/**
 * Puts text between the markers of a name.
 *
 * @throws {Error} where the page does not have both markers, once and in order
 */
export function withSection(page: string, name: string, text: string): string {
  const [start, end] = [`<!-- measured: ${name} -->`, `<!-- end: ${name} -->`];
  const [before, after, ...more] = page.split(start);
  const [, rest, ...moreEnds] = after?.split(end) ?? [];
  if (before === undefined || rest === undefined || more.length > 0 || moreEnds.length > 0) {
    throw new Error(`Cannot write the section "${name}": the page needs the lines "${start}" and "${end}", once each`);
  }
  return `${before}${start}\n\n${text.trim()}\n\n${end}${rest}`;
}
