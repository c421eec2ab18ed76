/**
 * Session policies, which are taken and have no effect: nothing that is emulated asks for a right.
 *
 * @module
 */

/** Whether a text can be a policy document. Trust: a stranger wrote it. */
export function isPolicyDocument(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text)?.Statement);
  } catch {
    return false;
  }
}
