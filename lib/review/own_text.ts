/**
 * Text that holds on to nothing else.
 *
 * @module
 */

/**
 * A copy of a text. A part that was cut out of a longer text keeps all of that in memory, which is a whole token where the
 * part is one of its values. What is remembered for longer than a review goes through here.
 */
export function ownText(text: string): string {
  return JSON.parse(JSON.stringify(text));
}
