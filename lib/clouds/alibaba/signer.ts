/**
 * Alibaba Cloud, as the token flow sees it.
 *
 * @module
 */

import { importLater } from "../../import_later.ts";
import type { Signer } from "../signer.ts";
import { credentialSources } from "./credentials/sources.ts";
import { mint } from "./mint.ts";

/** Keys of RAM users, and of roles that they assumed. */
export const alibabaSigner: Signer = {
  id: "alibaba",
  credentialSources,
  mint: async (_world, request) => await mint(request),
  assumeRole: async (world, request) =>
    await (await importLater<typeof import("./assume_role.ts")>("./assume_role.ts", import.meta.url))
      .assumeRole(world, request),
};
