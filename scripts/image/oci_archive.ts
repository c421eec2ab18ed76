/**
 * An OCI image layout as one file, which containerd, Podman, Docker and skopeo load: its bytes follow from the image.
 *
 * Sources: OCI Image Format 1.0, "Image Layout"; github.com/containerd/containerd, `images/annotations.go`.
 *
 * @module
 */

import { writeTar } from "../release/archive.ts";

/** Where containerd and Docker look for a whole name; others take the standard's `ref.name`, which buildah writes. */
const CONTAINERD_NAME = "io.containerd.image.name";

interface Index {
  readonly manifests: readonly [{ readonly digest: string; readonly annotations?: Readonly<Record<string, string>> }];
}

/**
 * Writes the one image of the folder `layout` to the file `output`.
 *
 * @param name the whole name that the image gets where it is loaded
 * @returns the digest of the image's manifest
 */
export async function writeOciArchive(output: string, layout: string, name: string): Promise<string> {
  const index = JSON.parse(await Deno.readTextFile(`${layout}/index.json`)) as Index;
  const [manifest] = index.manifests;
  const annotations = { ...manifest.annotations, [CONTAINERD_NAME]: name };
  const named = { ...index, manifests: [{ ...manifest, annotations }] };
  await Deno.writeTextFile(`${layout}/index.json`, JSON.stringify(named));
  const blobs = [...Deno.readDirSync(`${layout}/blobs/sha256`)].map(({ name }) => `blobs/sha256/${name}`).sort();
  const files = ["oci-layout", "index.json", ...blobs];
  await writeTar(output, files.map((name) => ({ name, path: `${layout}/${name}` })));
  return manifest.digest;
}
