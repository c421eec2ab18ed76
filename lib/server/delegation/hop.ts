/**
 * One hop: a review that one of our servers passed on is passed on by no other, nor by itself.
 *
 * @module
 */

/** The header of a review that was passed on. Whoever sets it is answered without the delegate, which gives nobody more. */
export const DELEGATED = "ram-auth-delegated";

/** Whether a request was passed on by another server already. Trust: whoever reaches the port chose the headers. */
export function wasDelegated({ headers }: Request): boolean {
  return headers.has(DELEGATED);
}
