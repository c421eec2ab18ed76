/**
 * The keys of the config file, as the option table has them. Keys compare in any case, as the other tools compare them.
 *
 * @module
 */

import { type NamedRow, OPTION_ROWS } from "./options.ts";

/** A key and the section it is in, as the table writes them; the top level is `""`. */
export interface KeyPlace {
  readonly section: string;
  readonly key: string;
}

const PLACES: readonly (KeyPlace & { readonly option: NamedRow })[] = OPTION_ROWS.flatMap((option) => {
  const path = option[1].yaml;
  if (path === undefined) return [];
  const dot = path.lastIndexOf(".");
  return [{ section: path.slice(0, Math.max(dot, 0)), key: path.slice(dot + 1), option }];
});

/** Sections by their own place: `server.sts` is the key `sts` in the section `server`. */
const SECTIONS: readonly KeyPlace[] = [...new Set(PLACES.map(({ section }) => section))].filter((section) =>
  section !== ""
).map((path) => {
  const dot = path.lastIndexOf(".");
  return { section: path.slice(0, Math.max(dot, 0)), key: path.slice(dot + 1) };
});

/** The option that the key sets, if it is one. */
export function rowAt(section: string, key: string): NamedRow | undefined {
  return PLACES.find((place) => same(place.section, section) && same(place.key, key))?.option;
}

/** Whether the key opens a section of further keys. */
export function isSection(section: string, key: string): boolean {
  return SECTIONS.some((place) => same(place.section, section) && same(place.key, key));
}

/** Every key that may be in the section. */
export function siblingKeys(section: string): string[] {
  return [...SECTIONS, ...PLACES].filter((place) => same(place.section, section)).map(({ key }) => key);
}

/** Where a key belongs that is in the wrong section, or is written as a whole path: `server.port`. */
export function placeOfKey(key: string): KeyPlace | undefined {
  return [...PLACES, ...SECTIONS].find((place) => same(place.key, key) || same(`${place.section}.${place.key}`, key));
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
