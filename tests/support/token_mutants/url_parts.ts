/**
 * A URL taken apart and put together again, as it is written: nothing in it is decoded or tidied up.
 *
 * @module
 */

/** A URL with its parameters in a list, so that a name can stand twice; all as it is written, not decoded. */
export interface UrlParts {
  scheme: string;
  host: string;
  path: string;
  pairs: Pair[];
  separator: string;
  end: string;
}

/** One parameter. */
export interface Pair {
  name: string;
  value: string;
}

/** Takes a URL apart; `undefined` where it does not look like one. */
export function readParts(url: string): UrlParts | undefined {
  const [, scheme, host, path, query] = /^([^/]*\/\/)([^/]*)(\/[^?]*\?)(.+)$/s.exec(url) ?? [];
  if (scheme === undefined || host === undefined || path === undefined || query === undefined) return undefined;
  const pairs = query.split("&").map((pair) => {
    const end = pair.includes("=") ? pair.indexOf("=") : pair.length;
    return { name: pair.slice(0, end), value: pair.slice(end + 1) };
  });
  return { scheme, host, path, pairs, separator: "&", end: "" };
}

/** Puts a URL together. */
export function writeParts({ scheme, host, path, pairs, separator, end }: UrlParts): string {
  return scheme + host + path + pairs.map(({ name, value }) => `${name}=${value}`).join(separator) + end;
}

/** The value of the first parameter of a name, or nothing. */
export function valueOf(pairs: readonly Pair[], wanted: string): string {
  return pairs.find(({ name }) => name === wanted)?.value ?? "";
}

/** Gives the first parameter of a name another value, where there is one. */
export function set(pairs: readonly Pair[], wanted: string, value: string): void {
  const pair = pairs.find(({ name }) => name === wanted);
  if (pair !== undefined) pair.value = value;
}

/** The parts of the credential: key, date, region, service and terminator. */
export function scopeOf(pairs: readonly Pair[]): string[] {
  return valueOf(pairs, "X-Amz-Credential").split("%2F");
}

/** Puts another text in one place of the credential. */
export function setScope(pairs: readonly Pair[], at: number, text: string): void {
  const scope = scopeOf(pairs);
  scope[at] = text;
  set(pairs, "X-Amz-Credential", scope.join("%2F"));
}
