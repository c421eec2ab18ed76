/**
 * Who exists in the emulated cloud: keys, and what STS says of their holder. Every key here is made up and opens
 * nothing.
 *
 * @module
 */

/** What Alibaba Cloud's STS says of a caller, field by field as it goes over the wire. */
export type CallerIdentity =
  | {
    readonly IdentityType: "RAMUser" | "Account";
    readonly AccountId: string;
    readonly UserId: string;
    readonly PrincipalId: string;
    readonly Arn: string;
  }
  | {
    readonly IdentityType: "AssumedRoleUser";
    readonly AccountId: string;
    readonly RoleId: string;
    /** Role id, colon, session name. */
    readonly PrincipalId: string;
    readonly Arn: string;
  };

/** One holder of keys. The secrets are plain text, because they are made up. */
export interface AlibabaPrincipal {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  /** Only with the temporary keys of an assumed role. */
  readonly securityToken?: string;
  /** From when on temporary keys are refused; those without it never end. */
  readonly expiration?: Date;
  readonly identity: CallerIdentity;
}

/** The account that owns every demo principal. */
export const DEMO_ACCOUNT_ID = "1234567890123456";

/** The people of the demo, by the name that its texts call them. */
export const DEMO_PRINCIPALS = {
  alice: user({
    name: "alice",
    userId: "200000000000000001",
    accessKeyId: "LTAI5tMadeUpDemoAlice1",
    accessKeySecret: "MadeUpDemoSecretOfAlice",
  }),
  bob: user({
    name: "bob",
    userId: "200000000000000002",
    accessKeyId: "LTAI5tMadeUpDemoBob002",
    accessKeySecret: "MadeUpDemoSecretOfBob",
  }),
  kubernetesAdmin: assumedRole({
    role: "KubernetesAdmin",
    roleId: "300000000000000001",
    session: "alice@example.com",
    accessKeyId: "STS.NMadeUpDemoAdmin",
    accessKeySecret: "MadeUpDemoSecretOfAdmin",
    securityToken: "CAISMadeUpDemo/Token+OfAdmin==",
  }),
  viewer: assumedRole({
    role: "Viewers",
    roleId: "300000000000000002",
    session: "carol",
    accessKeyId: "STS.NMadeUpDemoViewer",
    accessKeySecret: "MadeUpDemoSecretOfViewer",
    securityToken: "CAISMadeUpDemo/Token+OfViewer==",
  }),
  root: {
    accessKeyId: "LTAI5tMadeUpDemoRoot01",
    accessKeySecret: "MadeUpDemoSecretOfRoot",
    identity: {
      IdentityType: "Account",
      AccountId: DEMO_ACCOUNT_ID,
      UserId: DEMO_ACCOUNT_ID,
      PrincipalId: DEMO_ACCOUNT_ID,
      Arn: `acs:ram::${DEMO_ACCOUNT_ID}:root`,
    },
  },
} as const satisfies Readonly<Record<string, AlibabaPrincipal>>;

type Keys = Pick<AlibabaPrincipal, "accessKeyId" | "accessKeySecret">;

function user(
  { name, userId, ...keys }: Keys & { readonly name: string; readonly userId: string },
): AlibabaPrincipal {
  return {
    ...keys,
    identity: {
      IdentityType: "RAMUser",
      AccountId: DEMO_ACCOUNT_ID,
      UserId: userId,
      PrincipalId: userId,
      Arn: `acs:ram::${DEMO_ACCOUNT_ID}:user/${name}`,
    },
  };
}

function assumedRole(
  { role, roleId, session, ...keys }:
    & Keys
    & { readonly [name in "role" | "roleId" | "session" | "securityToken"]: string },
): AlibabaPrincipal & { readonly securityToken: string } {
  return { ...keys, identity: assumedRoleIdentity({ accountId: DEMO_ACCOUNT_ID, role, roleId, session }) };
}

/** What STS says of a session of a role. */
export function assumedRoleIdentity(
  { accountId, role, roleId, session }: { readonly [name in "accountId" | "role" | "roleId" | "session"]: string },
): CallerIdentity {
  return {
    IdentityType: "AssumedRoleUser",
    AccountId: accountId,
    RoleId: roleId,
    PrincipalId: `${roleId}:${session}`,
    Arn: `acs:ram::${accountId}:assumed-role/${role}/${session}`,
  };
}
