/**
 * Where AWS credentials may be, in the order in which they are looked for. A source that reads files or loads packages
 * is loaded only when those before it have nothing.
 *
 * @module
 */

import { importLater } from "../../../import_later.ts";
import type { CredentialSource } from "../../signer.ts";
import { environment } from "./environment.ts";

/** The sources, first to last. */
export function credentialSources(): readonly CredentialSource[] {
  return [environment, {
    name: "~/.aws/credentials and ~/.aws/config",
    find: async (world, want) =>
      await (await importLater<typeof import("./shared_files.ts")>("./shared_files.ts", import.meta.url)).sharedFiles
        .find(world, want),
  }, {
    name: "AWS SDK",
    find: async (world, want) =>
      await (await importLater<typeof import("./sdk_chain.ts")>("./sdk_chain.ts", import.meta.url)).sdkChain
        .find(world, want),
  }];
}
