/**
 * The errors that AWS's STS answers with: code, HTTP status and text. One row an error, nothing below enumerates them.
 *
 * Sources: "Common Errors" and the errors of each action in the AWS STS API reference, "Troubleshoot signed requests for
 * AWS APIs" in the IAM user guide, and observed answers, which give the texts. Which of two codes the real STS prefers
 * where both fit could not be observed.
 *
 * @module
 */

/** Status and usual text of each error, by the vendor's code. */
export const STS_ERRORS = {
  "AccessDenied": { status: 403, message: "Access denied" },
  "ExpiredToken": { status: 403, message: "The security token included in the request is expired" },
  "IncompleteSignature": { status: 400, message: "The request signature does not conform to AWS standards." },
  "InternalFailure": {
    status: 500,
    message: "The request processing has failed because of an unknown error, exception or failure.",
  },
  "InvalidAction": { status: 400, message: "The action or operation requested is invalid." },
  "InvalidClientTokenId": { status: 403, message: "The security token included in the request is invalid." },
  "InvalidIdentityToken": { status: 400, message: "The ID Token provided is not a valid JWT." },
  "MalformedQueryString": { status: 404, message: "The query string contains a syntax error." },
  "MissingAction": { status: 400, message: "The request is missing an action or a required parameter." },
  "MissingAuthenticationToken": { status: 403, message: "Request is missing Authentication Token" },
  "RequestEntityTooLarge": { status: 413, message: "The request body is too large." },
  "ServiceUnavailable": {
    status: 503,
    message: "The request has failed due to a temporary failure of the server.",
  },
  "SignatureDoesNotMatch": {
    status: 403,
    message: "The request signature we calculated does not match the signature you provided. Check your AWS Secret " +
      "Access Key and signing method. Consult the service documentation for details.",
  },
  "Throttling": { status: 400, message: "Rate exceeded" },
  "MalformedPolicyDocument": { status: 400, message: "This policy contains invalid Json" },
  "ValidationError": {
    status: 400,
    message: "The input fails to satisfy the constraints specified by an AWS service.",
  },
} as const;

/** The vendor's name of an error, `Code` in the answer. */
export type StsErrorCode = keyof typeof STS_ERRORS;

/** Why a request is refused. */
export interface Refusal {
  readonly kind: "refused";
  readonly code: StsErrorCode;
  /** Trust: it may repeat what the caller sent, as the real STS does. Never a secret. */
  readonly message: string;
}

/** A refusal, in the usual words or in those that fit the case. */
export function refuse(code: StsErrorCode, message: string = STS_ERRORS[code].message): Refusal {
  return { kind: "refused", code, message };
}
