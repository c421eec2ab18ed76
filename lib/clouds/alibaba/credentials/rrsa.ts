/**
 * Alibaba Cloud credentials for an OIDC token that variables lead to: RAM Roles for Service Accounts (RRSA), as
 * ack-pod-identity-webhook sets them in the pods of a cluster. On the way to every profile, so that nothing is loaded
 * before the variables are there.
 *
 * @module
 */

import { inHome } from "../../../home.ts";
import { importLater } from "../../../import_later.ts";
import type { World } from "../../../world.ts";
import { type Credentials, CredentialsError, type CredentialSource, type CredentialsWanted } from "../../signer.ts";
import { skippedFor } from "./variables.ts";
import { explaining, stsWanted } from "./asking.ts";
import { keeping, lifetime } from "../../kept_sessions.ts";

/** The spellings in use, each a set that is taken whole. */
const PREFIXES = ["ALIBABA_CLOUD", "ALIBABACLOUD"];

/** A role for a service account: `ALIBABA_CLOUD_ROLE_ARN`, `…_OIDC_PROVIDER_ARN`, `…_OIDC_TOKEN_FILE`. */
export const rrsa: CredentialSource = {
  name: "OIDC token (RRSA)",
  callsOthers: true,
  async find(world, want) {
    if (want.profile !== undefined) return skippedFor(want.profile);
    for (const prefix of PREFIXES) {
      if (world.env(`${prefix}_OIDC_TOKEN_FILE`) || world.env(`${prefix}_OIDC_PROVIDER_ARN`)) {
        return await askFor(prefix, world, want);
      }
    }
    return { notConfigured: `${PREFIXES[0]}_OIDC_TOKEN_FILE is not set` };
  },
};

async function askFor(prefix: string, world: World, want: CredentialsWanted): Promise<Credentials> {
  const attempt = `Cannot use ${prefix}_OIDC_TOKEN_FILE`;
  const need = (name: string): string => {
    const value = world.env(`${prefix}_${name}`);
    if (value) return value;
    throw new CredentialsError(`${attempt}: ${prefix}_${name} is not set; set it, or unset all variables of RRSA`);
  };
  const [roleArn, providerArn, tokenFile] = ["ROLE_ARN", "OIDC_PROVIDER_ARN", "OIDC_TOKEN_FILE"].map(need);
  const name = world.env(`${prefix}_ROLE_SESSION_NAME`);
  const { assumeRoleWithOidc } = await importLater<typeof import("../assume_role_with_oidc.ts")>(
    "../assume_role_with_oidc.ts",
    import.meta.url,
  );
  const request = {
    roleArn: roleArn!,
    providerArn: providerArn!,
    tokenFile: inHome(world, tokenFile!),
    session: name ? { kind: "given", name } as const : { kind: "usual" } as const,
    durationSeconds: lifetime(want),
    sts: stsWanted(world, want),
  };
  return await explaining(attempt, () => keeping(want, request, () => assumeRoleWithOidc(world, request)));
}
