/**
 * Where Alibaba Cloud credentials may be, in the order in which they are looked for. A source that reads files is loaded
 * only when those before it have nothing.
 *
 * @module
 */

import { importLater } from "../../../import_later.ts";
import type { CredentialSource } from "../../signer.ts";
import { environment } from "./environment.ts";

/** The sources, first to last. */
export function credentialSources(): readonly CredentialSource[] {
  return [environment, {
    name: "~/.aliyun/config.json",
    find: async (world, want) =>
      await (await importLater<typeof import("./aliyun_config.ts")>("./aliyun_config.ts", import.meta.url)).aliyunConfig
        .find(world, want),
  }];
}
