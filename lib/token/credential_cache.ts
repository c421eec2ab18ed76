/**
 * Temporary keys kept on disk, so that not every login asks STS: one file for each thing that is asked.
 *
 * A cache is a convenience: one that is broken, locked or not writable costs a warning and a call to STS, never a login.
 * On the start-up path of `token --cache`.
 *
 * @module
 */

import type { Credentials } from "../clouds/signer.ts";
import { importLater } from "../import_later.ts";
import type { World } from "../world.ts";
import { lastsMs, readKept } from "./kept_keys.ts";

/** How long before their end keys are renewed, in milliseconds: the tokens that they sign should last for a while, too. */
const RENEW_MS = 5 * 60_000;

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
