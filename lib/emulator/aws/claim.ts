/**
 * What a signed request claims: by which key, for when and over what it was signed. The two places where that can stand,
 * the query and the `Authorization` header, become one shape. Checks form alone.
 *
 * @module
 */

import { ALGORITHM, type CredentialScope } from "./sigv4.ts";
import { type Refusal, refuse } from "./errors.ts";

/** A signature and everything it says of itself. Trust: a stranger chose every field. */
export interface Claim {
  readonly kind: "claim";
  readonly accessKeyId: string;
  readonly scope: CredentialScope;
  readonly signedHeaders: readonly string[];
  /** 64 lower-case hex digits. */
  readonly signature: string;
  /** The date as it was signed; the judge reads it. */
  readonly date: string;
  readonly securityToken: string | undefined;
  /** The parameters of the query that the signature covers. */
  readonly signedQuery: ReadonlyMap<string, string>;
}

/** The vendor's ids have 16 to 128 characters; of the scope only the number of its parts is fixed here. */
const CREDENTIAL = /^(\w{16,128})\/([^/]*)\/([^/]*)\/([^/]*)\/([^/]*)$/;
const SIGNED_HEADERS = /^[a-z0-9-]+(?:;[a-z0-9-]+)*$/;
const SIGNATURE = /^[0-9a-f]{64}$/;

/** `Authorization`: three parts in the order of the vendor's page, which writes the space after a comma or leaves it. */
const AUTHORIZATION = new RegExp(`^${ALGORITHM} Credential=([^ ,]+), ?SignedHeaders=([^ ,]+), ?Signature=([^ ,]+)$`);

/** STS takes no notice of how long a URL says that it is good for, but a number it is. */
const EXPIRES = /^\d{1,6}$/;

/** Reads the claim of a request. `query` is its query, decoded. */
export function readClaim(headers: Headers, query: ReadonlyMap<string, string>): Claim | Refusal {
  const authorization = headers.get("authorization");
  const isPresigned = query.has("X-Amz-Algorithm");
  if (authorization !== null && isPresigned) return refuse("IncompleteSignature");
  if (authorization !== null) return readHeader(authorization, headers, query);
  return isPresigned ? readPresigned(query) : refuse("MissingAuthenticationToken");
}

function readPresigned(query: ReadonlyMap<string, string>): Claim | Refusal {
  if (query.get("X-Amz-Algorithm") !== ALGORITHM || !EXPIRES.test(query.get("X-Amz-Expires") ?? "0")) {
    return refuse("IncompleteSignature");
  }
  const signedQuery = new Map(query);
  signedQuery.delete("X-Amz-Signature");
  return assemble({
    credential: query.get("X-Amz-Credential"),
    names: query.get("X-Amz-SignedHeaders"),
    signature: query.get("X-Amz-Signature"),
    date: query.get("X-Amz-Date"),
    securityToken: query.get("X-Amz-Security-Token"),
    signedQuery,
  });
}

function readHeader(text: string, headers: Headers, signedQuery: ReadonlyMap<string, string>): Claim | Refusal {
  const [, credential, names, signature] = AUTHORIZATION.exec(text) ?? [];
  return assemble({
    credential,
    names,
    signature,
    date: headers.get("x-amz-date") ?? undefined,
    securityToken: headers.get("x-amz-security-token") ?? undefined,
    signedQuery,
  });
}

function assemble(
  { credential = "", names = "", signature = "", date, ...rest }:
    & Pick<Claim, "securityToken" | "signedQuery">
    & {
      readonly [name in "credential" | "names" | "signature" | "date"]: string | undefined;
    },
): Claim | Refusal {
  const [, accessKeyId, ...scope] = CREDENTIAL.exec(credential) ?? [];
  const isWellFormed = SIGNED_HEADERS.test(names) && SIGNATURE.test(signature);
  if (accessKeyId === undefined || date === undefined || !isWellFormed) return refuse("IncompleteSignature");
  const [day = "", region = "", service = "", terminator = ""] = scope;
  return {
    kind: "claim",
    accessKeyId,
    scope: { date: day, region, service, terminator },
    signedHeaders: names.split(";"),
    signature,
    date,
    ...rest,
  };
}
