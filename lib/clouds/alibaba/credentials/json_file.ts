/**
 * JSON that programs of Alibaba Cloud write for one another, read as they read it: what is not known is passed over, and
 * so is what is empty. No error quotes the text, which holds secrets.
 *
 * @module
 */

import { readJsonObject } from "../../key_json.ts";

/** A member of a JSON object, where it is one. */
export function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

/** The members of an object that are texts or numbers, as texts; without empty ones. */
export function membersOf(value: unknown): ReadonlyMap<string, string> {
  const members = new Map<string, string>();
  if (typeof value !== "object" || value === null || Array.isArray(value)) return members;
  for (const [key, of] of Object.entries(value)) {
    if (typeof of === "string" ? of !== "" : typeof of === "number") members.set(key, String(of));
  }
  return members;
}

/** The same of a text; `undefined` where it is not a JSON object. */
export function readMembers(text: string): ReadonlyMap<string, string> | undefined {
  const value = readJsonObject(text);
  return value === undefined ? undefined : membersOf(value);
}
