/**
 * Packages of Debian, of which the container image has parts.
 *
 * @module
 */

/** As `os-release` has it: `debian` and `12`; one that is not released has no version. */
export interface Distribution {
  readonly id: string;
  readonly version: string | undefined;
}

/** A package of Debian. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** Whose package it is: Debian, or a distribution made of it. */
  readonly distribution: Distribution;
  /** SPDX expression of what is taken from it. */
  readonly license: string;
}

/** Its package URL. */
export function purlOf({ name, version, architecture, distribution }: DebianPackage): string {
  const distro = [distribution.id, distribution.version].filter((part) => part !== undefined).join("-");
  return `pkg:deb/${distribution.id}/${name}@${encodeURIComponent(version)}?arch=${architecture}&distro=${distro}`;
}
