/**
 * From a binary to an OCI archive: the parts of Debian, bill of materials and licences, `manifests/Containerfile`, and what
 * buildah makes of them in one file.
 *
 * @module
 */

import { writeNotices } from "../release/notices.ts";
import type { DebianPackage } from "../release/debian_package.ts";
import { packagesOfProject, sbomOfProject } from "../sbom.ts";
import { withFolderBeside } from "../compile/folder_beside.ts";
import type { BinaryFacts } from "./binary_facts.ts";
import { buildImage } from "./buildah.ts";
import { writeOciArchive } from "./oci_archive.ts";
import { collectParts } from "./parts.ts";

const CONTAINERFILE = "manifests/Containerfile";

/** How to make it. */
export interface ImageOptions {
  /** Where the sources are; without it, the image does not say. */
  readonly source?: string | undefined;
  /** Takes a line that says what is going on. */
  progress(line: string): void;
}

/** What was made. */
export interface MadeImage {
  readonly path: string;
  /** Of the manifest, by which a registry knows the image. */
  readonly digest: string;
  readonly bytes: number;
  /** Of Debian, that parts are from. */
  readonly packages: readonly DebianPackage[];
}

/** The name of an archive, by the processor's name at Debian, which is also that of containers. */
export function archiveName(version: string, architecture: string): string {
  return `ram-auth-${version}-linux-${architecture}.oci.tar`;
}

/**
 * Makes the image of a binary, in the folder of the project.
 *
 * @param output default: in `dist`
 * @throws {Error} that says what to do
 */
export async function makeImage(
  binary: BinaryFacts,
  output: string | undefined,
  { source, progress }: ImageOptions,
): Promise<MadeImage> {
  return await withFolderBeside(output ?? "dist/image", async (folder) => {
    progress("collecting parts from the packages of Debian");
    const packages = await collectParts(`${folder}/stage/parts`);
    progress("writing bill of materials and licences");
    await stage(`${folder}/context`, binary, packages);
    progress("building");
    const layout = `${folder}/layout`;
    await Deno.mkdir(`${folder}/buildah`);
    await buildImage(`${folder}/buildah`, {
      containerfile: CONTAINERFILE,
      context: `${folder}/context`,
      stages: { parts: `${folder}/stage` },
      labels: {
        "org.opencontainers.image.version": binary.version,
        "org.opencontainers.image.revision": binary.commit,
        "org.opencontainers.image.created": binary.date.toISOString(),
        ...(source !== undefined && { "org.opencontainers.image.source": source }),
        "ram-auth.debian-packages": namesOf(packages),
      },
      date: binary.date,
      layout,
      name: `ram-auth:${binary.version}`,
    });
    const architecture = packages.find(({ name }) => name === "libc6")!.architecture;
    const path = output ?? `dist/${archiveName(binary.version, architecture)}`;
    const digest = await writeOciArchive(`${folder}/archive`, layout, `docker.io/library/ram-auth:${binary.version}`);
    await Deno.rename(`${folder}/archive`, path);
    return { path, digest, bytes: (await Deno.stat(path)).size, packages };
  });
}

/** As apt takes them: `name=version name=version`. */
export function namesOf(packages: readonly DebianPackage[]): string {
  return packages.map(({ name, version }) => `${name}=${version}`).join(" ");
}

/** The folder that `manifests/Containerfile` is built in, as its head describes it. */
async function stage(folder: string, binary: BinaryFacts, debian: readonly DebianPackage[]): Promise<void> {
  const { version, date, deno } = binary;
  const project = await packagesOfProject();
  await Deno.mkdir(`${folder}/dist`, { recursive: true });
  await Deno.copyFile("LICENSE", `${folder}/LICENSE`);
  await Deno.copyFile(binary.path, `${folder}/dist/ram-auth`);
  await Deno.writeTextFile(`${folder}/dist/NOTICES`, await writeNotices(project.packages, project.cache));
  const sbom = await sbomOfProject(project, { version, date, deno, debian });
  await Deno.writeTextFile(`${folder}/dist/ram-auth.cdx.json`, sbom);
}
