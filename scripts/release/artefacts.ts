/**
 * The files of a release, and their digests.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { Target } from "../compile/runtime.ts";

/** A file of a release. */
export interface Artefact {
  /** Without a folder. */
  readonly name: string;
  /** In hex. */
  readonly sha256: string;
}

/** An archive with the program for one target. */
export interface Archive extends Artefact {
  readonly target: Target;
}

/** Where a program runs, in the names that Go, krew and container images have for it. */
export interface Platform {
  readonly os: "darwin" | "linux" | "windows";
  readonly arch: "amd64" | "arm64";
}

/** The platform of each target. */
export const PLATFORMS: Readonly<Record<Target, Platform>> = {
  "x86_64-unknown-linux-gnu": { os: "linux", arch: "amd64" },
  "aarch64-unknown-linux-gnu": { os: "linux", arch: "arm64" },
  "x86_64-apple-darwin": { os: "darwin", arch: "amd64" },
  "aarch64-apple-darwin": { os: "darwin", arch: "arm64" },
  "x86_64-pc-windows-msvc": { os: "windows", arch: "amd64" },
};

/** The file with its digest. */
export async function artefactAt(path: string): Promise<Artefact> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  for await (const chunk of file.readable) hash.update(chunk);
  return { name: basename(path), sha256: hash.digest("hex") };
}

/** What `sha256sum -c` reads in the folder of the files. */
export function checksums(artefacts: readonly Artefact[]): string {
  return artefacts.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join("");
}
