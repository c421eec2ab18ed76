/**
 * Lists a collection whole, page by page.
 *
 * @module
 */

import { BodyTooLargeError, readBodyCapped } from "../http.ts";
import { eachInSteps, inSlices } from "../steps.ts";
import { startDeadline } from "../time.ts";
import { KubeError } from "./kube_error.ts";
import { type KubeObject, type KubePage, readPage } from "./object.ts";
import { errorOf } from "./refusal.ts";
import { asKubeError, type Following, pathOf } from "./target.ts";

/** Most pages of one list: a server that never comes to an end is stopped. */
const MAX_PAGES = 10_000;

/** A collection as it was at one moment. */
export interface KubeList<Item> {
  readonly items: readonly Item[];
  /** The moment; a watch goes on from here. */
  readonly resourceVersion: string;
}

/**
 * Lists everything. Each object is read as soon as its page is there, so that the objects are not all in memory at once.
 * The API server keeps the moment of the first page for the others. A page that is too large is asked for in halves: whoever
 * may write large objects must not be able to hide all of them.
 *
 * @throws {KubeError} whatever went wrong
 * @throws the reason of `stop`
 */
export async function listAll<Item>(
  following: Following,
  read: (object: KubeObject) => Item,
): Promise<KubeList<Item>> {
  const items: Item[] = [];
  let continueToken: string | undefined;
  let size = following.limits.pageSize;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const page = await listPage(following, { continueToken, size });
    if (page === "too large") {
      size = Math.floor(size / 2);
      continue;
    }
    await inSlices(eachInSteps(page.items, (item) => items.push(read(item)), 16));
    continueToken = page.continueToken;
    if (continueToken === undefined) return { items, resourceVersion: page.resourceVersion };
  }
  throw new KubeError(`Cannot list "${following.target.path}": it has more than ${MAX_PAGES} pages`);
}

/** `too large` where fewer objects may do. */
async function listPage(
  following: Following,
  { continueToken, size }: { readonly continueToken: string | undefined; readonly size: number },
): Promise<KubePage | "too large"> {
  const { connection, target, world, limits, stop } = following;
  const attempt = `Cannot list "${target.path}" at "${connection.server}"`;
  const continued = continueToken === undefined ? {} : { continue: continueToken };
  const path = pathOf(target, { limit: String(size), ...continued });
  using deadline = startDeadline(stop, limits.answerMs);
  const { signal } = deadline;
  try {
    const response = await connection.request(path, { signal });
    if (!response.ok) throw await errorOf(response, { attempt, signal, world });
    const body = await readBodyCapped(response.body, limits.maxPageBytes, signal);
    return readPage(new TextDecoder().decode(body));
  } catch (thrown) {
    stop.throwIfAborted();
    if (thrown instanceof BodyTooLargeError && size > 1) return "too large";
    throw asKubeError(thrown, attempt);
  }
}
