/**
 * Temporary keys kept on disk, so that not every login asks STS: one file for each thing that is asked.
 *
 * A cache is a convenience: one that is broken, locked or not writable costs a warning and a call to STS, never a login.
 * On the start-up path of `token --cache`.
 *
 * @module
 */

import type { Credentials } from "../clouds/signer.ts";
import { messageOf } from "../errors.ts";
import { importLater } from "../import_later.ts";
import { Secret } from "../secret.ts";
import type { World } from "../world.ts";

/** How long before their end keys are renewed, in milliseconds: the tokens that they sign should last for a while, too. */
const RENEW_MS = 5 * 60_000;

/** Largest file: a security token has a few KB. */
const MAX_BYTES = 65_536;

/** Bits of a mode by which others than the owner may do anything. */
const FOR_OTHERS = 0o077;

/** Where keys are kept, and for what. */
export interface CacheEntry {
  readonly folder: string;
  /** In `folder`. */
  readonly path: string;
}

/**
 * The keys for `asked`: those that are kept, while they last, or new ones, which are then kept. Of several processes that
 * ask the same at once, one obtains them and the others wait for it.
 *
 * @param asked everything on which it depends whose keys they are
 * @throws whatever `obtain` throws, unless the keys that are kept last for some minutes
 */
export async function cachedCredentials(
  world: World,
  { folder, asked }: { readonly folder: string; readonly asked: Readonly<Record<string, unknown>> },
  obtain: () => Promise<Credentials>,
): Promise<Credentials> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(asked)));
  const entry = { folder, path: `${folder}/${new Uint8Array(digest).toHex()}.json` };
  const warn = warnOnce(world);
  const kept = await readKept(world, entry, warn);
  if (kept !== undefined && lastsMs(world, kept) > RENEW_MS) return kept;
  const { renewKept } = await importLater<typeof import("./renew_kept.ts")>("./renew_kept.ts", import.meta.url);
  return await renewKept(world, entry, { obtain, warn, isFresh: (keys) => lastsMs(world, keys) > RENEW_MS });
}

/** Says the first thing that is wrong with the cache; the others follow from it as a rule. */
function warnOnce({ stderr }: World): (what: string) => void {
  let isSaid = false;
  return (what) => {
    if (!isSaid) stderr.write(`ram-auth: warning: ${what}\n`);
    isSaid = true;
  };
}

/** For how long keys are valid from now on, in milliseconds. */
export function lastsMs({ now }: World, { expiresAt }: Credentials): number {
  return (expiresAt?.getTime() ?? 0) - now().getTime();
}

/** The keys that a file holds, whether or not they have ended; `undefined` where there are none that can be used. */
export async function readKept(
  world: World,
  { path }: Pick<CacheEntry, "path">,
  warn: (what: string) => void,
): Promise<Credentials | undefined> {
  try {
    using file = await world.fs.open(path, { read: true });
    const { uid, mode, size } = await file.stat();
    if (world.userId() !== undefined && (uid !== world.userId() || ((mode ?? 0) & FOR_OTHERS) !== 0)) {
      throw new TypeError("it is another user's, or others may read it");
    }
    if (size > MAX_BYTES) throw new TypeError(`it is larger than ${MAX_BYTES} bytes`);
    return parseKept(await new Response(file.readable).text());
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
  return {
    accessKeyId: member("accessKeyId"),
    accessKeySecret: new Secret(member("accessKeySecret")),
    securityToken: new Secret(member("securityToken")),
    expiresAt,
    source: member("source"),
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
export function formatKept({ accessKeyId, accessKeySecret, securityToken, expiresAt, source }: Credentials):
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
    })
  }\n`;
}
