/**
 * A file that keeps temporary keys: read and written as text. On the start-up path of `token --cache`.
 *
 * @module
 */

import type { Credentials } from "../clouds/signer.ts";
import { messageOf } from "../errors.ts";
import { Secret } from "../secret.ts";
import type { World } from "../world.ts";

/** Largest file: a security token has a few KB. */
const MAX_BYTES = 65_536;

/** Bits of a mode by which others than the owner may do anything. */
const FOR_OTHERS = 0o077;

/** The bit by which every user can write. */
const WRITTEN_BY_ALL = 0o002;

/** Where keys are kept, and for what. */
export interface CacheEntry {
  readonly folder: string;
  /** In `folder`. */
  readonly path: string;
}

/** For how long keys are valid from now on, in milliseconds. */
export function lastsMs({ now }: World, { expiresAt }: Credentials): number {
  return (expiresAt?.getTime() ?? 0) - now().getTime();
}

/**
 * Whether nobody else can put something into the folder: a pipe there holds up whoever opens it, and a link leads what is
 * made there elsewhere.
 *
 * @throws {Deno.errors.NotFound} if there is none
 */
export async function isOurs(world: World, folder: string): Promise<boolean> {
  const { uid, mode } = await world.fs.stat(folder);
  return world.userId() === undefined || (uid === world.userId() && ((mode ?? 0) & WRITTEN_BY_ALL) === 0);
}

/** The keys that a file holds, whether or not they have ended; `undefined` where there are none that can be used. */
export async function readKept(
  world: World,
  { folder, path }: CacheEntry,
  warn: (what: string) => void,
): Promise<Credentials | undefined> {
  try {
    // Whoever would write there says so.
    if (!await isOurs(world, folder)) return undefined;
    using file = await world.fs.open(path, { read: true });
    const { uid, mode, size } = await file.stat();
    if (world.userId() !== undefined && (uid !== world.userId() || ((mode ?? 0) & FOR_OTHERS) !== 0)) {
      throw new TypeError("it is another user's, or others may read it");
    }
    if (size > MAX_BYTES) throw new TypeError(`it is larger than ${MAX_BYTES} bytes`);
    // Whole in one read: it is small, and never written in place.
    const bytes = new Uint8Array(MAX_BYTES);
    return parseKept(new TextDecoder().decode(bytes.subarray(0, await file.read(bytes) ?? 0)));
  } catch (cause) {
    // Where there is no folder, what makes it says why.
    const isThere = !(cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory);
    if (isThere) {
      warn(`Cannot use the cached credentials in "${path}": ${messageOf(cause)}; they are replaced`);
    }
    return undefined;
  }
}

function parseKept(text: string): Credentials {
  const broken = new TypeError("it is not a file of this program");
  const members = new Map<string, unknown>(Object.entries(parseObject(text) ?? {}));
  const member = (name: string) => {
    const value = members.get(name);
    if (typeof value !== "string" || value === "") throw broken;
    return value;
  };
  const expiresAt = new Date(member("expiresAt"));
  if (Number.isNaN(expiresAt.getTime())) throw broken;
  const region = members.has("region") ? { region: member("region") } : {};
  return {
    accessKeyId: member("accessKeyId"),
    accessKeySecret: new Secret(member("accessKeySecret")),
    securityToken: new Secret(member("securityToken")),
    expiresAt,
    source: member("source"),
    ...region,
  };
}

/** An error of `JSON.parse` would quote the text, which holds secrets. */
function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The text of a file that keeps keys; `undefined` of keys that are not temporary, which are never written down. */
export function formatKept({ accessKeyId, accessKeySecret, securityToken, expiresAt, source, region }: Credentials):
  | string
  | undefined {
  if (securityToken === undefined || expiresAt === undefined) return undefined;
  return `${
    JSON.stringify({
      source,
      expiresAt: expiresAt.toISOString(),
      accessKeyId,
      accessKeySecret: accessKeySecret.reveal(),
      securityToken: securityToken.reveal(),
      region,
    })
  }\n`;
}
