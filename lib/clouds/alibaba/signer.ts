/**
 * Alibaba Cloud, as the token flow sees it.
 *
 * @module
 */

import { RamAuthError } from "../../errors.ts";
import { importLater } from "../../import_later.ts";
import type { World } from "../../world.ts";
import { type CredentialSource, type CredentialsWanted, type Signer, sourceLater } from "../signer.ts";
import { environment } from "./credentials/environment.ts";
import { mint } from "./mint.ts";
import { KEY_FORM } from "./token.ts";

/** Keys of RAM users, and of roles that they assumed. */
export const alibabaSigner: Signer = {
  id: "alibaba",
  keyForm: KEY_FORM,
  credentialSources,
  findProfile,
  mint: async (_world, request) => await mint(request),
  assumeRole: async (world, request) =>
    await (await importLater<typeof import("./assume_role.ts")>("./assume_role.ts", import.meta.url))
      .assumeRole(world, request),
};

/** As the signer has it; nobody is called. A file that is broken says where keys are, too, unless it is for a profile. */
async function findProfile(world: World, want: CredentialsWanted): Promise<string | undefined> {
  const { aliyunProfile } = await importLater<typeof import("./credentials/aliyun_config.ts")>(
    "./credentials/aliyun_config.ts",
    import.meta.url,
  );
  const { sdkProfile } = await importLater<typeof import("./credentials/sdk_credentials.ts")>(
    "./credentials/sdk_credentials.ts",
    import.meta.url,
  );
  const files = [[aliyunProfile, "~/.aliyun/config.json"], [sdkProfile, "~/.alibabacloud/credentials"]] as const;
  for (const [find, name] of files) {
    const found = await find(world, want).catch((broken) => {
      if (!(broken instanceof RamAuthError)) throw broken;
      return want.profile === undefined ? name : undefined;
    });
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Where credentials may be, first to last. */
function credentialSources(): readonly CredentialSource[] {
  return [
    environment,
    sourceLater(
      "OIDC token (RRSA)",
      async () =>
        (await importLater<typeof import("./credentials/rrsa.ts")>("./credentials/rrsa.ts", import.meta.url)).rrsa,
      { callsOthers: true },
    ),
    sourceLater(
      "~/.acs/credentials",
      async () =>
        (await importLater<typeof import("./credentials/acs_file.ts")>("./credentials/acs_file.ts", import.meta.url))
          .acsFile,
    ),
    sourceLater(
      "~/.aliyun/config.json",
      async () =>
        (await importLater<typeof import("./credentials/aliyun_config.ts")>(
          "./credentials/aliyun_config.ts",
          import.meta.url,
        )).aliyunConfig,
      { callsOthers: true },
    ),
    sourceLater(
      "~/.alibabacloud/credentials",
      async () =>
        (await importLater<typeof import("./credentials/sdk_credentials.ts")>(
          "./credentials/sdk_credentials.ts",
          import.meta.url,
        )).sdkCredentials,
      { callsOthers: true },
    ),
    sourceLater(
      "ALIBABA_CLOUD_CREDENTIALS_URI",
      async () =>
        (await importLater<typeof import("./credentials/credentials_uri.ts")>(
          "./credentials/credentials_uri.ts",
          import.meta.url,
        )).credentialsUri,
      { callsOthers: true },
    ),
    sourceLater(
      "ECS metadata service",
      async () =>
        (await importLater<typeof import("./credentials/ecs_metadata.ts")>(
          "./credentials/ecs_metadata.ts",
          import.meta.url,
        )).ecsMetadata,
      { callsOthers: true },
    ),
  ];
}
