/**
 * Alibaba Cloud credentials in environment variables.
 *
 * @module
 */

import { CredentialsError, type CredentialSource } from "../../signer.ts";
import { Secret } from "../../../secret.ts";

/** The spellings in use, each a set that is taken whole: the id of one is never joined with the secret of another. */
const FAMILIES = [
  {
    id: "ALIBABA_CLOUD_ACCESS_KEY_ID",
    secret: "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    token: "ALIBABA_CLOUD_SECURITY_TOKEN",
  },
  { id: "ALIBABACLOUD_ACCESS_KEY_ID", secret: "ALIBABACLOUD_ACCESS_KEY_SECRET", token: "ALIBABACLOUD_SECURITY_TOKEN" },
  { id: "ALICLOUD_ACCESS_KEY_ID", secret: "ALICLOUD_ACCESS_KEY_SECRET", token: "ALICLOUD_SECURITY_TOKEN" },
  { id: "ALICLOUD_ACCESS_KEY", secret: "ALICLOUD_SECRET_KEY", token: "ALICLOUD_SECURITY_TOKEN" },
];

/** `ALIBABA_CLOUD_…`, `ALIBABACLOUD_…` and `ALICLOUD_…`. A profile asked for by name passes them over. */
export const environment: CredentialSource = {
  name: "environment",
  find(world, { profile }) {
    if (profile !== undefined) {
      return Promise.resolve({ notConfigured: `skipped, because profile "${profile}" was asked for` });
    }
    for (const { id, secret, token } of FAMILIES) {
      const [accessKeyId, accessKeySecret, securityToken] = [id, secret, token].map((name) =>
        world.env(name) || undefined
      );
      if (accessKeyId === undefined && accessKeySecret === undefined) continue;
      if (accessKeyId === undefined || accessKeySecret === undefined) {
        const [set, unset] = accessKeyId === undefined ? [secret, id] : [id, secret];
        return Promise.reject(
          new CredentialsError(
            `Cannot use the environment's credentials: ${set} is set, but ${unset} is not; set both`,
          ),
        );
      }
      return Promise.resolve({
        accessKeyId,
        accessKeySecret: new Secret(accessKeySecret),
        ...(securityToken === undefined ? {} : { securityToken: new Secret(securityToken) }),
        source: `environment (${id})`,
        names: { accessKeyId: id, accessKeySecret: secret, securityToken: token },
      });
    }
    return Promise.resolve({ notConfigured: `${FAMILIES[0]!.id} is not set` });
  },
};
