/**
 * People of Alibaba Cloud who assumed roles.
 *
 * @module
 */

import { type AlibabaPrincipal, DEMO_ACCOUNT_ID } from "../../../lib/emulator/alibaba/principals.ts";

/** Somebody who assumed a role, under a session name of their own choice. */
export function session(
  role: string,
  name: string,
  more: { accountId?: string; roleId?: string } = {},
): AlibabaPrincipal {
  const { accountId = DEMO_ACCOUNT_ID, roleId = "300000000000000007" } = more;
  return {
    accessKeyId: `STS.NMadeUp${accountId}.${roleId}`,
    accessKeySecret: "MadeUpSecretOfASession",
    securityToken: "CAISMadeUpSessionToken",
    identity: {
      IdentityType: "AssumedRoleUser",
      AccountId: accountId,
      RoleId: roleId,
      PrincipalId: `${roleId}:${name}`,
      Arn: `acs:ram::${accountId}:assumed-role/${role}/${name}`,
    },
  };
}
