/**
 * JSON that holds keys, from a file, a process or an endpoint of the machine. No error quotes it.
 *
 * @module
 */

/** A value of JSON; `undefined` where the text is none. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The members of a JSON object, each of any type; `undefined` where the text is none. */
export function readJsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  const value = readJson(text);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}
