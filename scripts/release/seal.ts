/**
 * What lets others check the files of a release: checksums, and with a key their signature, the signed provenance and
 * the public key.
 *
 * @module
 */

import { type Artefact, artefactAt, checksums } from "./artefacts.ts";
import { envelopeOf } from "./envelope.ts";
import { type Build, provenanceOf } from "./provenance.ts";
import type { SigningKey } from "./signing_key.ts";
import { sshSignature } from "./ssh_signature.ts";

const SUMS = "SHA256SUMS";

const SIGNATURE = "SHA256SUMS.sig";

/** What a signed release has besides, and its checksums cover: who trusts these needs no other key for the provenance. */
const SIGNED = ["ram-auth.intoto.jsonl", "release-key.pub", "release-key.pem"] as const;

/** How a release is sealed. */
export interface SealOptions {
  /** Where the artefacts are, and the files go. */
  readonly folder: string;
  readonly build: Build;
  /** Without one, nothing is signed. */
  readonly key: SigningKey | undefined;
}

/** The files that {@linkcode seal} writes. */
export function sealNames(isSigned: boolean): readonly string[] {
  return isSigned ? [...SIGNED, SUMS, SIGNATURE] : [SUMS];
}

/** Writes the files; those of an earlier, signed release are removed where this one has no key. */
export async function seal(artefacts: readonly Artefact[], { folder, build, key }: SealOptions): Promise<void> {
  for (const name of sealNames(true)) await removeFile(`${folder}/${name}`);
  const covered = [...artefacts];
  if (key !== undefined) {
    const texts: Readonly<Record<typeof SIGNED[number], string>> = {
      "ram-auth.intoto.jsonl": envelopeOf(provenanceOf(artefacts, build), key),
      "release-key.pub": key.openSsh,
      "release-key.pem": key.pem,
    };
    for (const name of SIGNED) {
      await Deno.writeTextFile(`${folder}/${name}`, texts[name]);
      covered.push(await artefactAt(`${folder}/${name}`));
    }
  }
  const sums = checksums(covered);
  await Deno.writeTextFile(`${folder}/${SUMS}`, sums);
  if (key === undefined) return;
  await Deno.writeTextFile(`${folder}/${SIGNATURE}`, sshSignature(new TextEncoder().encode(sums), key));
}

async function removeFile(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
