/**
 * Answers of Alibaba Cloud's services to a login: the result or the refusal, and the temporary keys in it. Not on the
 * start-up path of `token`.
 *
 * @module
 */

import type { ReceivedAnswer } from "../../http.ts";
import type { JsonObject } from "../../strict_json.ts";
import { type Advice, adviceOn, readObject, refusal, type ServiceCall, temporaryKeys } from "../service_call.ts";
import type { Credentials } from "../signer.ts";
import { errorFamily } from "./api_call.ts";

/** What the services call the parts of an error; some call them otherwise. */
const ERROR_MEMBERS = ["Code", "Message", "RequestId"] as const;

/**
 * The members of a good answer.
 *
 * @param errorMembers what the service calls code, message and request id of an error
 * @throws the call's `Failure` if the service refused, or did not answer in JSON
 */
export function readResult(
  answer: ReceivedAnswer,
  call: ServiceCall,
  advice: Advice,
  errorMembers: readonly [code: string, message: string, requestId: string] = ERROR_MEMBERS,
): JsonObject {
  const { status } = answer;
  const object = readObject(answer, call);
  if (status === 200) return object;
  const [code, message, requestId] = errorMembers.map((key) => object.get(key));
  throw refusal(call, { status, code, message, requestId }, adviceOn(errorFamily(code), advice));
}

/** What services call the parts of temporary keys; some call them otherwise. */
export const KEY_MEMBERS = {
  id: "AccessKeyId",
  secret: "AccessKeySecret",
  token: "SecurityToken",
  end: "Expiration",
} as const;

/** Temporary keys. @throws the call's `Failure` if one of the members is missing or unusable */
export function readTemporaryKeys(members: JsonObject, source: string, call: ServiceCall): Credentials {
  return { ...temporaryKeys(members, KEY_MEMBERS, call), source };
}
