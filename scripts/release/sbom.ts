/**
 * The bill of materials of a binary, as CycloneDX 1.6 in JSON: the packages of the lock file and the runtime. The same
 * commit gives the same text.
 *
 * @module
 */

import * as Enums from "@cyclonedx/cyclonedx-library/Enums";
import * as Models from "@cyclonedx/cyclonedx-library/Models";
import * as Serialize from "@cyclonedx/cyclonedx-library/Serialize";
import * as Spec from "@cyclonedx/cyclonedx-library/Spec";
import * as SPDX from "@cyclonedx/cyclonedx-library/SPDX";
import { type DebianPackage, purlOf } from "./debian_package.ts";
import type { LockedPackage } from "./lock_file.ts";

/** What is described. */
export interface SbomOptions {
  readonly version: string;
  /** When the commit was made; where it is not known, the document has no time. */
  readonly date: Date | undefined;
  /** Version of the Deno whose runtime is in the binary. */
  readonly deno: string;
  /** SPDX id, expression or name of a package's licence, where it is known. */
  licenseOf(locked: LockedPackage): Promise<string | undefined>;
  /** What goes with the binary. Default: nothing. */
  readonly debian?: readonly DebianPackage[];
}

/** Writes the document. */
export async function writeSbom(
  packages: ReadonlyMap<string, LockedPackage>,
  { version, date, deno, licenseOf, debian = [] }: SbomOptions,
): Promise<string> {
  const program = new Models.Component(Enums.ComponentType.Application, "ram-auth", {
    bomRef: `ram-auth@${version}`,
    version,
    licenses: licenses("Apache-2.0"),
  });
  const bom = new Models.Bom({
    metadata: new Models.Metadata({ component: program, ...(date && { timestamp: date }) }),
  });
  const components = new Map<string, Models.Component>();
  for (const [id, locked] of packages) {
    components.set(id, componentOf(id, locked, await licenseOf(locked)));
  }
  for (const [id, { dependencies, isDirect }] of packages) {
    const component = components.get(id)!;
    for (const one of dependencies) component.dependencies.add(components.get(one)!.bomRef);
    if (isDirect) program.dependencies.add(component.bomRef);
    bom.components.add(component);
  }
  for (const component of [runtime(deno), ...debian.map(debianComponent)]) {
    program.dependencies.add(component.bomRef);
    bom.components.add(component);
  }
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

function componentOf(id: string, { name, version, sha512 }: LockedPackage, license: string | undefined) {
  const [, group, short] = /^(?:(@[^/]+)\/)?(.+)$/.exec(name)!;
  return new Models.Component(Enums.ComponentType.Library, short!, {
    bomRef: id,
    version,
    purl: `pkg:npm/${group === undefined ? "" : `${encodeURIComponent(group)}/`}${short}@${
      encodeURIComponent(version)
    }`,
    hashes: new Models.HashDictionary([[Enums.HashAlgorithm["SHA-512"], sha512]]),
    ...(group !== undefined && { group }),
    ...(license !== undefined && { licenses: licenses(license) }),
  });
}

function runtime(version: string): Models.Component {
  return new Models.Component(Enums.ComponentType.Platform, "deno", {
    bomRef: `deno@${version}`,
    version,
    purl: `pkg:github/denoland/deno@v${version}`,
    licenses: licenses("MIT"),
  });
}

function debianComponent(debian: DebianPackage): Models.Component {
  const { name, version, license } = debian;
  return new Models.Component(Enums.ComponentType.Library, name, {
    bomRef: `deb:${name}@${version}`,
    version,
    purl: purlOf(debian),
    licenses: licenses(license),
  });
}

function licenses(text: string): Models.LicenseRepository {
  return new Models.LicenseRepository([
    SPDX.isSupportedSpdxId(text) ? new Models.SpdxLicense(text) : new Models.NamedLicense(text),
  ]);
}
