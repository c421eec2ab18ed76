/**
 * Profiles of mode `External`: a program prints a profile of mode AK or StsToken.
 *
 * Source: "External process" in the documentation of the aliyun CLI.
 *
 * @module
 */

import { quoted } from "../../../quote.ts";
import type { World } from "../../../world.ts";
import { runCredentialProcess, splitCommand } from "../../credential_process.ts";
import type { Credentials } from "../../signer.ts";
import { NOTHING_EXTERNAL } from "./credentials_uri.ts";
import { readMembers } from "./json_file.ts";
import { broken, keysOf, need, type Profile } from "./profile.ts";
import { isSet } from "./variables.ts";

/** Runs the program of the profile. @throws {CredentialsError} if it may not run, fails, or prints no keys */
export async function external(world: World, profile: Profile): Promise<Credentials> {
  const { attempt, source } = profile;
  const command = need(profile, "process_command");
  if (isSet(world, NOTHING_EXTERNAL)) {
    throw broken(profile, `${NOTHING_EXTERNAL} forbids to start its program; unset it, or use other credentials`);
  }
  const printed = readMembers(await runCredentialProcess({ words: splitCommand(command, attempt), attempt }));
  if (printed === undefined) throw broken(profile, "its program printed something else than a JSON object; correct it");
  const mode = printed.get("mode") ?? "";
  const isTemporary = /^ststoken$/i.test(mode);
  if (!isTemporary && !/^ak$/i.test(mode)) {
    throw broken(profile, `its program printed a profile of mode ${quoted(mode)}; it must be AK or StsToken`);
  }
  const keys = keysOf({
    ...profile,
    settings: printed,
    attempt: `${attempt}: what its program printed cannot be used`,
    repair: "correct the program",
    nameInFile: (setting) => setting,
  }, { isTemporary });
  const end = isTemporary ? endOf(printed.get("expiration")) : undefined;
  return { ...keys, ...(end === undefined ? {} : { expiresAt: end }), source };
}

/** As Alibaba Cloud's SDKs read it, beside the seconds of `sts_expiration`; like them, unheeded where it is no time. */
function endOf(text: string | undefined): Date | undefined {
  const end = new Date(text !== undefined && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(text) ? text : NaN);
  return Number.isNaN(end.getTime()) ? undefined : end;
}
