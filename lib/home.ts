/**
 * Where a person's own files are on each system: the home, the cache, lists of paths. On the start-up path of `token`.
 *
 * Sources: k8s.io/client-go, `util/homedir`; XDG Base Directory Specification; "File System Basics" of Apple; "Known
 * Folders" of Windows.
 *
 * @module
 */

import { UsageError } from "./errors.ts";
import { quoted } from "./quote.ts";
import type { World } from "./world.ts";

/** What the places follow from. */
export type Place = Pick<World, "env" | "os">;

/** Windows takes a slash for its own separator, too, and whatever takes paths apart here knows slashes alone. */
function slashed({ os }: Pick<Place, "os">, path: string): string {
  return os === "windows" ? path.replaceAll("\\", "/") : path;
}

/** The home of whoever runs this; `undefined` where no variable says so. Trust: whoever starts the process chose it. */
export function homeFolder({ env, os }: Place): string | undefined {
  if (os !== "windows") return env("HOME") || undefined;
  const [drive, path] = [env("HOMEDRIVE"), env("HOMEPATH")];
  const home = env("HOME") || env("USERPROFILE") || (drive && path ? drive + path : undefined);
  return home && slashed({ os }, home);
}

/** What to set where there is no home, for messages. */
export function homeVariable({ os }: Place): string {
  return os === "windows" ? "USERPROFILE" : "HOME";
}

/**
 * A path with `~` at its start made the home, as a shell does with a word that is not in quotes. No other path changes,
 * but for the separators of Windows; to a folder that is called `~` leads `./~`.
 *
 * @throws {UsageError} if it names the home of another user, or there is no home
 */
export function inHome(place: Place, path: string): string {
  const whole = slashed(place, path);
  const [first = ""] = whole.split("/", 1);
  if (!first.startsWith("~")) return whole;
  if (first !== "~") {
    throw new UsageError(`Cannot use path ${quoted(path)}: only ~ alone is read as a home here; write the whole path`);
  }
  const home = homeFolder(place);
  if (home !== undefined) return home + whole.slice(1);
  throw new UsageError(`Cannot use path ${quoted(path)}: ${homeVariable(place)} is not set; write the whole path`);
}

/** Where files may be kept that can be made again, a folder of ours; `undefined` where there is no home. */
export function cacheFolder(place: Place): string | undefined {
  const { env, os } = place;
  const home = homeFolder(place);
  const inside = (path: string) => home === undefined ? undefined : `${home}/${path}`;
  switch (os) {
    case "windows": {
      const local = env("LOCALAPPDATA") || inside("AppData/Local");
      return local && `${slashed(place, local)}/ram-auth/cache`;
    }
    case "darwin":
      return inside("Library/Caches/ram-auth");
    default: {
      // The specification has relative paths ignored.
      const cache = env("XDG_CACHE_HOME");
      return cache?.startsWith("/") ? `${cache}/ram-auth` : inside(".cache/ram-auth");
    }
  }
}

/** The paths of a variable that lists them, such as `KUBECONFIG`; empty ones are dropped. */
export function splitPaths({ os }: Place, list: string): string[] {
  return list.split(os === "windows" ? ";" : ":").filter((path) => path !== "").map((path) => slashed({ os }, path));
}
