/**
 * Alibaba Cloud, as the token flow sees it.
 *
 * @module
 */

import type { Signer } from "../signer.ts";
import { credentialSources } from "./credentials/sources.ts";
import { mint } from "./mint.ts";

/** Keys of RAM users, and of roles that they assumed. */
export const alibabaSigner: Signer = { id: "alibaba", credentialSources, mint };
