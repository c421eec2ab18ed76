/**
 * What a package of a Linux system (deb, rpm) puts where: one table for both.
 *
 * @module
 */

import { gzipSync } from "node:zlib";
import { bashScript } from "../../lib/cli/completion/bash.ts";
import { fishScript } from "../../lib/cli/completion/fish.ts";
import { zshScript } from "../../lib/cli/completion/zsh.ts";
import { PACKAGED, PLACES, SYSUSERS, UNIT } from "../../lib/cli/install/node_files.ts";
import configExample from "../../manifests/config.example.yaml" with { type: "text" };
import type { Content } from "./archive.ts";
import { manPages } from "./man_pages.ts";

/** A file of the system. */
export type SystemFile = {
  /** Absolute. */
  readonly place: string;
  readonly isProgram?: boolean;
} & Content;

/** What is packaged. */
export interface PackagedRelease {
  readonly version: string;
  /** The program, on disk. */
  readonly program: string;
  /** The licences of what is in the program, on disk. */
  readonly notices: string;
  /** Text of the changelog. */
  readonly changelog: string;
  /** Of the commit, in seconds since 1970: all that is in a package is as old. */
  readonly changedAt: number;
}

/** Where documents go. */
export const DOCS = "/usr/share/doc/ram-auth";

/** The unit, which starts the program of the package. */
export const PACKAGED_UNIT: string = UNIT.replaceAll(PLACES.program.path, PACKAGED.program.path);

/**
 * The files that are the same in each kind of package.
 *
 * @param zshFolder where the distribution has functions of zsh
 */
export async function systemFiles(
  { version, program, notices, changelog }: PackagedRelease,
  zshFolder: string,
): Promise<readonly SystemFile[]> {
  return [
    { place: PACKAGED.program.path, path: program, isProgram: true },
    { place: PACKAGED.unit.path, content: PACKAGED_UNIT },
    { place: "/usr/lib/sysusers.d/ram-auth.conf", content: SYSUSERS },
    { place: "/usr/share/bash-completion/completions/ram-auth", content: bashScript() },
    { place: `${zshFolder}/_ram-auth`, content: zshScript() },
    { place: "/usr/share/fish/vendor_completions.d/ram-auth.fish", content: fishScript() },
    ...[...manPages(version)].map(([name, text]) => ({
      place: `/usr/share/man/man1/${name}.gz`,
      content: gzipped(text),
    })),
    { place: `${DOCS}/changelog.gz`, content: gzipped(changelog) },
    { place: `${DOCS}/examples/config.yaml`, content: configExample },
    { place: `${DOCS}/licenses.txt.gz`, content: gzipped(await Deno.readTextFile(notices)) },
  ];
}

/** As `gzip -9n` has it: without name and time. */
export function gzipped(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(gzipSync(text, { level: 9 }));
}
