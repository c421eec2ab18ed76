/**
 * Who exists in the emulated AWS: keys, and what STS says of their holder. Every key here is made up and opens nothing;
 * dave's are those of the vendor's own examples.
 *
 * @module
 */

/** What AWS's STS says of a caller, field by field as it goes over the wire. */
export interface AwsCallerIdentity {
  readonly Account: string;
  readonly Arn: string;
  /** Of an assumed role: role id, colon, session name. Of a federated user: account, colon, name. */
  readonly UserId: string;
}

/** One holder of keys. The secrets are plain text, because they are made up. */
export interface AwsPrincipal {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  /** Only with temporary keys. */
  readonly securityToken?: string;
  /** From when on temporary keys are refused; those without it never end. */
  readonly expiration?: Date;
  readonly identity: AwsCallerIdentity;
}

const ACCOUNT_ID = "123456789012";

/** The people of the demo, by the name that its texts call them. */
export const DEMO_AWS_PRINCIPALS = {
  dave: {
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    accessKeySecret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    identity: identity("iam", "user/dave", "AIDAMADEUPDAVE0000001"),
  },
  erin: {
    accessKeyId: "AKIAMADEUPERIN000001",
    accessKeySecret: "MadeUpDemoSecretOfErin",
    identity: identity("iam", "user/ops/erin", "AIDAMADEUPERIN0000001"),
  },
  clusterAdmin: {
    accessKeyId: "ASIAMADEUPADMIN00001",
    accessKeySecret: "MadeUpDemoSecretOfAdmin",
    securityToken: "FwoGMadeUpDemo/Token+OfAdmin==",
    identity: identity("sts", "assumed-role/ClusterAdmin/dave@example.com", "AROAMADEUPADMIN000001:dave@example.com"),
  },
  federated: {
    accessKeyId: "ASIAMADEUPFRANK00001",
    accessKeySecret: "MadeUpDemoSecretOfFrank",
    securityToken: "FwoGMadeUpDemo/Token+OfFrank==",
    identity: identity("sts", "federated-user/frank", `${ACCOUNT_ID}:frank`),
  },
  root: {
    accessKeyId: "AKIAMADEUPROOT000001",
    accessKeySecret: "MadeUpDemoSecretOfRoot",
    identity: identity("iam", "root", ACCOUNT_ID),
  },
} as const satisfies Readonly<Record<string, AwsPrincipal>>;

function identity(service: "iam" | "sts", resource: string, userId: string): AwsCallerIdentity {
  return { Account: ACCOUNT_ID, Arn: `arn:aws:${service}::${ACCOUNT_ID}:${resource}`, UserId: userId };
}
