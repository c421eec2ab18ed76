/**
 * Who STS says is calling, in the terms that both clouds share.
 *
 * @module
 */

/** The clouds whose identities can log in. */
export type CloudId = "alibaba" | "aws";

/**
 * A principal that a cloud's STS confirmed. Built only from a judged STS answer.
 *
 * Trust: the cloud chose every field but {@linkcode Identity.sessionName}, which whoever assumed the role chose.
 */
export interface Identity {
  readonly cloud: CloudId;
  /** The ARN as STS gave it; it holds the session name of an assumed role. */
  readonly arn: string;
  /** The ARN that mappings name: an assumed role's session becomes its role. */
  readonly canonicalArn: string;
  /**
   * For a role that the cloud's single sign-on made for a permission set: its canonical ARN without the random end,
   * which changes when the role is recreated.
   */
  readonly permissionSetArn?: string;
  /** The account that owns the principal: decimal digits. */
  readonly accountId: string;
  /**
   * The immutable id of the user or role: what STS calls the principal or user id, without the session of a role. A
   * federated user of AWS has none but `<account>:<name>`.
   */
  readonly principalId: string;
  /** Session of an assumed role, empty for users. Trust: the caller chose it when it assumed the role. */
  readonly sessionName: string;
  /** The key that signed the token. */
  readonly accessKeyId: string;
}
