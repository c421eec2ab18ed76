/**
 * Packages of Debian, of which the container image has parts.
 *
 * @module
 */

/** A package of Debian. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** Of Debian, such as `12`. */
  readonly release: string;
  /** SPDX expression of what is taken from it. */
  readonly license: string;
}

/** Its package URL. */
export function purlOf({ name, version, architecture, release }: DebianPackage): string {
  return `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}&distro=debian-${release}`;
}
