/**
 * AWS, as the token flow sees it.
 *
 * @module
 */

import { importLater } from "../../import_later.ts";
import { type CredentialSource, type Signer, sourceLater } from "../signer.ts";
import { environment } from "./credentials/environment.ts";
import { mint } from "./mint.ts";
import { KEY_FORM } from "./token.ts";

/** Keys of IAM users, and of roles that they assumed. */
export const awsSigner: Signer = {
  id: "aws",
  keyForm: KEY_FORM,
  credentialSources,
  findProfile: async (world, want) =>
    await (await importLater<typeof import("./credentials/shared_files.ts")>(
      "./credentials/shared_files.ts",
      import.meta.url,
    )).findProfile(world, want),
  mint,
  assumeRole: async (world, request) =>
    await (await importLater<typeof import("./assume_role.ts")>("./assume_role.ts", import.meta.url))
      .assumeRole(world, request),
};

/** Where credentials may be, first to last. */
function credentialSources(): readonly CredentialSource[] {
  return [
    environment,
    sourceLater(
      "~/.aws/credentials and ~/.aws/config",
      async () =>
        (await importLater<typeof import("./credentials/shared_files.ts")>(
          "./credentials/shared_files.ts",
          import.meta.url,
        )).sharedFiles,
    ),
    sourceLater(
      "role, web identity, SSO, login or process",
      async () =>
        (await importLater<typeof import("./credentials/profile_chain.ts")>(
          "./credentials/profile_chain.ts",
          import.meta.url,
        ))
          .profileChain,
      { callsOthers: true },
    ),
    sourceLater(
      "container",
      async () =>
        (await importLater<typeof import("./credentials/container.ts")>("./credentials/container.ts", import.meta.url))
          .container,
      { callsOthers: true },
    ),
    sourceLater(
      "instance metadata",
      async () =>
        (await importLater<typeof import("./credentials/instance_metadata.ts")>(
          "./credentials/instance_metadata.ts",
          import.meta.url,
        ))
          .instanceMetadata,
      { callsOthers: true },
    ),
  ];
}
