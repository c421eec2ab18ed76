/**
 * JSON objects that hold keys, from a process, a file or an endpoint of the machine.
 *
 * @module
 */

/** The members of a JSON object, each of any type; `undefined` where the text is none. Nothing of it gets into an error. */
export function readKeyAnswer(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
