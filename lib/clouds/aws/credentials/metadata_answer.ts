/**
 * Keys as a container's or an instance's endpoint hands them out.
 *
 * @module
 */

import { objectAt, readObject, type ServiceCall, temporaryKeys } from "../../service_call.ts";
import type { ReceivedAnswer } from "../../../http.ts";
import { type Credentials, CredentialsError } from "../../signer.ts";
import { sentence } from "../../../quote.ts";

/**
 * Judges an answer with keys.
 *
 * @throws {CredentialsError} if the endpoint refuses, or the answer holds no usable keys
 */
export function readMetadataKeys(answer: ReceivedAnswer, call: ServiceCall, source: string): Credentials {
  if (answer.status !== 200) {
    const said = sentence(new TextDecoder().decode(answer.body.subarray(0, 1_024)));
    throw new CredentialsError(
      `${call.attempt}: ${call.service} answered with HTTP ${answer.status}${said === "" ? "" : `: ${said}`}; check ` +
        call.hostOption,
    );
  }
  const keys = objectAt(new Map([["keys", readObject(answer, call)]]), "keys");
  const code = keys.get("Code");
  if (typeof code === "string" && code !== "Success") {
    const message = keys.get("Message");
    throw new CredentialsError(
      `${call.attempt}: ${call.service} refused with "${sentence(code)}"` +
        `${typeof message === "string" ? `: ${sentence(message)}` : ""}; check the role and its trust policy`,
    );
  }
  return { ...temporaryKeys(keys, KEY_MEMBERS, call), source };
}

const KEY_MEMBERS = { id: "AccessKeyId", secret: "SecretAccessKey", token: "Token", end: "Expiration" };
