/**
 * `ram-auth cache list` and `ram-auth logout`: what `token --cache` keeps on disk.
 *
 * @module
 */

import type { Settings } from "../../config/settings.ts";
import type { Credentials } from "../../clouds/signer.ts";
import { UsageError } from "../../errors.ts";
import { draftedFile, explainFile } from "../../files.ts";
import { jsonLines } from "../../quote.ts";
import { lastsMs, readKept } from "../../token/kept_keys.ts";
import type { World } from "../../world.ts";
import type { Invocation } from "../command.ts";
import { alignedTable } from "../table.ts";
import { cacheFolderOf } from "./cache_folder.ts";

/** A file of the cache. */
const KEPT = /^[0-9a-f]{64}\.json$/;

/** `ram-auth cache list` */
export const list = {
  async run({ settings, world }: Invocation): Promise<number> {
    const folder = folderOf(settings, world);
    const warn = (what: string) => world.stderr.write(`ram-auth: warning: ${what}\n`);
    const found: Credentials[] = [];
    for (const name of (await namesIn(world, folder)).filter((name) => KEPT.test(name))) {
      const kept = await readKept(world, { folder, path: `${folder}/${name}` }, warn);
      if (kept !== undefined) found.push(kept);
    }
    found.sort((one, other) => lastsMs(world, other) - lastsMs(world, one));
    world.stdout.write(settings.get("output") === "json" ? jsonLines(found.map(shown)) : tableOf(world, found, folder));
    return 0;
  },
};

/** `ram-auth logout` */
export const logout = {
  async run({ settings, world }: Invocation): Promise<number> {
    const folder = folderOf(settings, world);
    let removed = 0;
    for (const name of await namesIn(world, folder)) {
      const file = draftedFile(name) ?? name;
      if (!KEPT.test(file.replace(/\.lock$/, ""))) continue;
      await remove(world, `${folder}/${name}`);
      if (name === file && KEPT.test(name)) removed += 1;
    }
    world.stdout.write(
      removed === 0
        ? `Nothing is cached in ${folder}\n`
        : `Removed ${removed} cached credential${removed === 1 ? "" : "s"} from ${folder}\n`,
    );
    return 0;
  },
};

function folderOf(settings: Settings, world: World): string {
  const folder = cacheFolderOf(settings, world);
  if (folder !== undefined) return folder;
  throw new UsageError("Cannot find the cached credentials: HOME is not set; give --cache-dir");
}

async function namesIn(world: World, folder: string): Promise<readonly string[]> {
  try {
    return (await Array.fromAsync(world.fs.readDir(folder))).map(({ name }) => name).sort();
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return [];
    throw explainFile(cause, `Cannot read the cache folder "${folder}"`);
  }
}

async function remove(world: World, path: string): Promise<void> {
  try {
    await world.fs.remove(path);
  } catch (cause) {
    // A login has replaced or removed it.
    if (cause instanceof Deno.errors.NotFound) return;
    throw explainFile(cause, `Cannot remove "${path}"`);
  }
}

function shown({ source, accessKeyId, expiresAt }: Credentials) {
  return { source, accessKeyId, expiresAt: expiresAt?.toISOString() };
}

function tableOf(world: World, found: readonly Credentials[], folder: string): string {
  if (found.length === 0) return `Nothing is cached in ${folder}\n`;
  const rows = found.map((kept) => {
    const minutes = Math.floor(lastsMs(world, kept) / 60_000);
    return [kept.accessKeyId, minutes < 0 ? "expired" : `${minutes} min left`, kept.source];
  });
  return alignedTable([["KEY ID", "EXPIRES", "SOURCE"], ...rows]);
}
