/**
 * The roles that can be assumed in the emulated clouds, and on what terms.
 *
 * @module
 */

/** A role of either cloud; its ARN says which. Whoever may sign may assume it, but for the terms below. */
export interface AssumableRole {
  readonly arn: string;
  /** The immutable id, as it stands before the colon in the caller's id. */
  readonly roleId: string;
  /** Whoever assumes the role must send exactly this. */
  readonly externalId?: string;
  /** Whoever assumes the role must send the code that this device shows, which is always {@linkcode MFA_CODE}. */
  readonly mfaSerial?: string;
  /** The one token for which the role is given without a signature. */
  readonly webIdentityToken?: string;
  /** In Alibaba Cloud: whose token that is. */
  readonly oidcProviderArn?: string;
}

/** What every emulated MFA device shows. */
export const MFA_CODE = "123456";

/** The roles of the demo, in both clouds. */
export const DEMO_ROLES: readonly AssumableRole[] = [
  { arn: "acs:ram::1234567890123456:role/KubernetesAdmin", roleId: "300000000000000001" },
  { arn: "acs:ram::1234567890123456:role/Viewers", roleId: "300000000000000002" },
  {
    arn: "acs:ram::1234567890123456:role/Partner",
    roleId: "300000000000000003",
    externalId: "MadeUpExternalId",
  },
  {
    arn: "acs:ram::1234567890123456:role/Pod",
    roleId: "300000000000000004",
    webIdentityToken: "MadeUpHeader.MadeUpClaims.MadeUpSignature",
    oidcProviderArn: "acs:ram::1234567890123456:oidc-provider/ack-rrsa-c1",
  },
  { arn: "arn:aws:iam::123456789012:role/ClusterAdmin", roleId: "AROAMADEUPADMIN000001" },
  { arn: "arn:aws:iam::123456789012:role/ops/ClusterViewer", roleId: "AROAMADEUPVIEWER00001" },
  {
    arn: "arn:aws:iam::123456789012:role/Partner",
    roleId: "AROAMADEUPPARTNER0001",
    externalId: "MadeUpExternalId",
  },
  {
    arn: "arn:aws:iam::123456789012:role/Guarded",
    roleId: "AROAMADEUPGUARDED0001",
    mfaSerial: "arn:aws:iam::123456789012:mfa/dave",
  },
  {
    arn: "arn:aws:iam::123456789012:role/Pod",
    roleId: "AROAMADEUPPOD00000001",
    webIdentityToken: "MadeUpHeader.MadeUpClaims.MadeUpSignature",
  },
];
