/**
 * The errors that Alibaba Cloud's STS answers with: code, HTTP status and text. One row an error, nothing below
 * enumerates them.
 *
 * Source: the error lists of ack-ram-tool and ack-ram-authenticator, and the vendor's page of public errors
 * (help.aliyun.com/document_detail/48054.html), which gives the rule `Missing{ParameterName}`; of AssumeRole, "Common errors
 * of STS" (help.aliyun.com/document_detail/42775.html) and the action's page; of AssumeRoleWithOIDC, what the SDKs' tests
 * expect, with texts of our own. Which of two codes the
 * real STS prefers where both fit could not be observed.
 *
 * @module
 */

/** Status and text of each error, by the vendor's code. */
export const STS_ERRORS = {
  "AuthenticationFail.NoPermission": {
    status: 403,
    message: "This operation is forbidden by permission system.",
  },
  "AuthenticationFail.OIDCToken.Invalid": { status: 400, message: "This JsonWebToken is invalid." },
  "EntityNotExist.OIDCProvider": { status: 404, message: "The specified OIDC Provider not exists." },
  "EntityNotExist.Role": { status: 404, message: "The specified Role not exists." },
  "IncompleteSignature": { status: 400, message: "The request signature does not conform to Aliyun standards." },
  "InternalError": { status: 500, message: "The request processing has failed due to some unknown error." },
  "InvalidAccessKeyId.NotFound": { status: 404, message: "Specified access key is not found." },
  "InvalidAction.NotFound": {
    status: 404,
    message: "Specified api is not found, please check your url and method.",
  },
  "InvalidParameter": { status: 400, message: "The query string is not well formatted." },
  "InvalidParameter.DurationSeconds": {
    status: 400,
    message: "The Min/Max value of DurationSeconds is 15min/12hr.",
  },
  "InvalidParameter.PolicyGrammar": { status: 400, message: "The parameter Policy has not passed grammar check." },
  "InvalidParameter.ExternalId": { status: 400, message: "The parameter ExternalId is wrongly formed." },
  "InvalidParameter.RoleArn": { status: 400, message: "The parameter RoleArn is wrongly formed." },
  "InvalidParameter.RoleSessionName": { status: 400, message: "The parameter RoleSessionName is wrongly formed." },
  "InvalidSecurityToken.Expired": { status: 400, message: "Specified SecurityToken is expired." },
  "InvalidSecurityToken.MismatchWithAccessKey": {
    status: 400,
    message: "Specified SecurityToken does not match the AccessKeyId.",
  },
  "InvalidTimeStamp.Expired": { status: 400, message: "Specified time stamp or date value is expired." },
  "InvalidTimeStamp.Format": { status: 400, message: "Specified time stamp or date value is not well formatted." },
  "InvalidVersion": { status: 400, message: "Specified parameter Version is not valid." },
  "MissingAccessKeyId": { status: 400, message: "AccessKeyId is mandatory for this action." },
  "MissingAction": { status: 400, message: "Action is mandatory for this action." },
  "MissingContentSha256": { status: 400, message: "ContentSha256 is mandatory for this action." },
  "MissingOIDCProviderArn": { status: 400, message: "OIDCProviderArn is mandatory for this action." },
  "MissingOIDCToken": { status: 400, message: "OIDCToken is mandatory for this action." },
  "MissingRoleArn": { status: 400, message: "RoleArn is mandatory for this action." },
  "MissingRoleSessionName": { status: 400, message: "RoleSessionName is mandatory for this action." },
  "MissingSecurityToken": { status: 400, message: "SecurityToken is mandatory for this action." },
  "MissingTimestamp": { status: 400, message: "Timestamp is mandatory for this action." },
  "MissingVersion": { status: 400, message: "Version is mandatory for this action." },
  "NoPermission": {
    status: 403,
    message: "You are not authorized to do this action. You should be authorized by RAM.",
  },
  "RequestEntityTooLarge": { status: 413, message: "The request body is too large." },
  "ServiceUnavailable": {
    status: 503,
    message: "The request has failed due to a temporary failure of the server.",
  },
  "SignatureDoesNotMatch": { status: 400, message: "Specified signature is not matched with our calculation." },
  "Throttling.User": { status: 400, message: "Request was denied due to user flow control." },
  "UnsupportedHTTPMethod": { status: 405, message: "This http method is not supported." },
} as const;

/** The vendor's name of an error, `Code` in the answer. */
export type StsErrorCode = keyof typeof STS_ERRORS;
