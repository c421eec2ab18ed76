import type { Credentials } from "../../lib/clouds/signer.ts";

/** Credentials in the clear, to compare. */
export function revealed(found: Credentials | { readonly notConfigured: string }): unknown {
  if ("notConfigured" in found) return found;
  const { accessKeyId, accessKeySecret, securityToken, expiresAt, source } = found;
  return {
    keys: [accessKeyId, accessKeySecret.reveal(), securityToken?.reveal()],
    expiresAt: expiresAt?.toISOString(),
    source,
  };
}
