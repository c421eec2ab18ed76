/**
 * The parameters of a query or a form, decoded and back in the one form that is signed. Written from the vendor's page
 * ("Create a signed AWS API request", IAM user guide).
 *
 * @module
 */

/**
 * What may be in a query: visible ASCII, but no plus sign, which is itself on the vendor's page and a space in forms.
 */
const QUERY_TEXT = /^[!-*,-~]*$/;

/**
 * Reads a query. What has two readings is malformed: a plus sign, a name that stands twice, a pair without a name.
 *
 * @returns `undefined` if the query is malformed
 */
export function parseQuery(text: string): ReadonlyMap<string, string> | undefined {
  return QUERY_TEXT.test(text) ? parsePairs(text) : undefined;
}

/** Reads a form body, where a plus sign is a space; `undefined` if it is malformed. */
export function parseForm(body: Uint8Array): ReadonlyMap<string, string> | undefined {
  try {
    return parsePairs(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body).replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

/** Writes parameters as they are signed: encoded by RFC 3986, then sorted by code point. */
export function canonicalQuery(parameters: ReadonlyMap<string, string>): string {
  return [...parameters]
    .map(([name, value]) => [uriEncode(name), uriEncode(value)] as const)
    .sort(([a], [b]) => a < b ? -1 : 1)
    .map((pair) => pair.join("="))
    .join("&");
}

function parsePairs(text: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>();
  for (const pair of text === "" ? [] : text.split("&")) {
    const end = pair.includes("=") ? pair.indexOf("=") : pair.length;
    const name = uriDecode(pair.slice(0, end));
    const value = uriDecode(pair.slice(end + 1));
    if (name === undefined || name === "" || value === undefined || parameters.has(name)) return undefined;
    parameters.set(name, value);
  }
  return parameters;
}

/** `encodeURIComponent` leaves five signs as they are that RFC 3986 (section 2.2) reserves. */
function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** `undefined` for a lone `%`, digits that are not hex, and bytes that are not UTF-8. */
function uriDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
