/**
 * Where a release is published, which is for whoever makes it to say.
 *
 * @module
 */

/** What package managers say of the program: no article, no full stop. */
export const SUMMARY = "Log in to Kubernetes with your cloud identity";

/** A release as the world sees it. */
export interface Publication {
  readonly version: string;
  /** What the names of the files are put behind, with a slash: `https://…`, without one at its end. */
  readonly baseUrl: string;
}

/**
 * Reads a base URL.
 *
 * @throws {Error} if it is not a plain `https:` URL
 */
export function parseBaseUrl(text: string): string {
  const url = URL.parse(text);
  const isPlain = url?.protocol === "https:" && `${url.username}${url.search}${url.hash}` === "" &&
    !/['"\\]/.test(text);
  if (isPlain) return url.href.replace(/\/+$/, "");
  throw new Error(
    `Cannot use the base URL "${text}": write it as https://host/folder, without user, query and fragment`,
  );
}

/** The project's page: of a repository on GitHub, without the folder of the release. */
export function homepageOf(baseUrl: string): string {
  return baseUrl.replace(/\/releases\/download\/[^/]+$/, "");
}
