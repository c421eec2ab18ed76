/**
 * Signatures of files that `ssh-keygen -Y verify` checks.
 *
 * Source: `PROTOCOL.sshsig` of OpenSSH.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { KEY_TYPE, type SigningKey } from "./signing_key.ts";
import { armor, concat, sshString, uint32 } from "./ssh_wire.ts";

/** What `ssh-keygen` calls signatures of files, so that one for a commit or an email is none for a file. */
const NAMESPACE = "file";

const MAGIC = new TextEncoder().encode("SSHSIG");

/** The text of a `.sig` file for this content. */
export function sshSignature(content: Uint8Array, key: SigningKey): string {
  const about = [sshString(NAMESPACE), sshString(""), sshString("sha512")];
  const digest = new Uint8Array(createHash("sha512").update(content).digest());
  const signature = key.sign(concat(MAGIC, ...about, sshString(digest)));
  return armor(
    "SSH SIGNATURE",
    concat(
      MAGIC,
      uint32(1),
      sshString(key.blob),
      ...about,
      sshString(concat(sshString(KEY_TYPE), sshString(signature))),
    ),
  );
}
