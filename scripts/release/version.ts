/**
 * The version of the project in the current folder, which is in three places.
 *
 * @module
 */

/** A version of the changelog: `## [1.2.3]`, with a date behind it or not. */
const HEADING = /^## \[([^\]]+)\]/gm;

/**
 * The version that `deno.json`, `lib/version.ts` and `CHANGELOG.md` agree on.
 *
 * @throws {Error} where they do not, or where the changelog has entries that are of no version yet
 */
export async function agreedVersion(): Promise<string> {
  const { version } = JSON.parse(await Deno.readTextFile("deno.json")) as { version: string };
  const source = /^export const VERSION = "([^"]*)";$/m.exec(await Deno.readTextFile("lib/version.ts"))?.[1];
  if (source !== version) {
    throw new Error(`deno.json says version ${version}, lib/version.ts ${source}; write the same into both`);
  }
  const changelog = await Deno.readTextFile("CHANGELOG.md");
  const [, ...sections] = changelog.split(HEADING);
  const unreleased = sections[0]?.toLowerCase() === "unreleased";
  if (unreleased && sections[1]!.trim() !== "") {
    throw new Error(`CHANGELOG.md has entries under [Unreleased]; give them a heading of the version to release`);
  }
  const newest = sections[unreleased ? 2 : 0];
  if (newest === version) return version;
  throw new Error(`deno.json says version ${version}, CHANGELOG.md begins with ${newest}; write the same into both`);
}
