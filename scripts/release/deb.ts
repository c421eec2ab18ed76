/**
 * The package for Debian and what descends from it. Its bytes depend on nothing but what is packaged.
 *
 * Source: deb(5), deb-control(5), Debian Policy 4.6.
 *
 * @module
 */

import { createHash } from "node:crypto";
import postinst from "./debian/postinst" with { type: "text" };
import postrm from "./debian/postrm" with { type: "text" };
import prerm from "./debian/prerm" with { type: "text" };
import copyright from "./debian/copyright" with { type: "text" };
import overrides from "./debian/lintian-overrides" with { type: "text" };
import { archive, type ArchiveEntry, contentOf } from "./archive.ts";
import type { Platform } from "./artefacts.ts";
import { SUMMARY } from "./publication.ts";
import { DOCS, gzipped, type PackagedRelease, type SystemFile, systemFiles } from "./system_files.ts";

/** A package must name somebody; the project has published no address yet, and nobody has this one. */
const MAINTAINER = "ram-auth maintainers <maintainers@ram-auth.example>";

/** The name of the package's file. */
export function debName(version: string, arch: Platform["arch"]): string {
  return `ram-auth_${debianVersion(version)}_${arch}.deb`;
}

/** Writes the package. */
export async function writeDeb(output: string, release: PackagedRelease, arch: Platform["arch"]): Promise<void> {
  const { changedAt } = release;
  const files: readonly SystemFile[] = [
    ...await systemFiles(release, "/usr/share/zsh/vendor-completions"),
    { place: `${DOCS}/changelog.Debian.gz`, content: gzipped(changelogOf(release)) },
    { place: `${DOCS}/copyright`, content: copyright },
    { place: "/usr/share/lintian/overrides/ram-auth", content: overrides },
  ];
  const data = files.map((file): ArchiveEntry => ({ ...file, name: `.${file.place}` }));
  const [sums, size] = await sumsOf(data);
  const control: readonly ArchiveEntry[] = [
    { name: "./control", content: controlOf({ version: debianVersion(release.version), arch, size }) },
    { name: "./md5sums", content: sums },
    ...Object.entries({ postinst, prerm, postrm }).map(([name, content]) => ({
      name: `./${name}`,
      content,
      isProgram: true,
    })),
  ];
  const members = {
    "debian-binary": new TextEncoder().encode("2.0\n"),
    ...await compressed({ control, data }, changedAt),
  };
  using file = await Deno.open(output, { write: true, create: true, truncate: true });
  await ReadableStream.from(ar(members, changedAt)).pipeTo(file.writable);
}

/** The version in Debian's form, where `~` stands before a pre-release; it is packaged once. */
function debianVersion(version: string): string {
  return `${version.replace("-", "~")}-1`;
}

function controlOf(
  { version, arch, size }: { readonly version: string; readonly arch: string; readonly size: number },
): string {
  return `Package: ram-auth
Version: ${version}
Architecture: ${arch}
Maintainer: ${MAINTAINER}
Installed-Size: ${Math.ceil(size / 1024)}
Depends: libc6 (>= 2.27), libgcc-s1
Recommends: systemd
Section: admin
Priority: optional
Description: ${SUMMARY}
 Identities of Alibaba Cloud RAM and AWS IAM log in to Kubernetes clusters that
 somebody runs without the cloud's own control plane.
 .
 The program is kubectl's credential plugin on the machines of users, and
 kube-apiserver's token webhook on control plane nodes. The service of the
 latter does not run until it is configured: ram-auth init --install.
`;
}

function changelogOf({ version, changedAt }: PackagedRelease): string {
  const date = new Date(changedAt * 1_000).toUTCString().replace("GMT", "+0000");
  return `ram-auth (${debianVersion(version)}) unstable; urgency=medium

  * Release ${version}: see changelog.gz.

 -- ${MAINTAINER}  ${date}
`;
}

/** What `md5sum -c` reads in `/`, and how many bytes the files have. Against a broken disk, not against people. */
async function sumsOf(entries: readonly ArchiveEntry[]): Promise<[string, number]> {
  let [sums, size] = ["", 0];
  for (const entry of entries) {
    const content = await contentOf(entry);
    sums += `${createHash("md5").update(content).digest("hex")}  ${entry.name.slice("./".length)}\n`;
    size += content.length;
  }
  return [sums, size];
}

async function compressed(
  archives: Readonly<Record<"control" | "data", readonly ArchiveEntry[]>>,
  changedAt: number,
): Promise<Readonly<Record<string, Uint8Array<ArrayBuffer>>>> {
  const members: Record<string, Uint8Array<ArrayBuffer>> = {};
  for (const [name, entries] of Object.entries(archives)) {
    members[`${name}.tar.gz`] = await new Response(archive(entries, { changedAt, hasFolders: true })).bytes();
  }
  return members;
}

/** Source: ar(5), the common form; deb(5) allows no other. */
function* ar(
  members: Readonly<Record<string, Uint8Array<ArrayBuffer>>>,
  changedAt: number,
): Generator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  yield encoder.encode("!<arch>\n");
  for (const [name, bytes] of Object.entries(members)) {
    const fields = [[name, 16], [changedAt, 12], [0, 6], [0, 6], ["100644", 8], [bytes.length, 10]] as const;
    yield encoder.encode(`${fields.map(([value, width]) => String(value).padEnd(width)).join("")}\`\n`);
    yield bytes;
    if (bytes.length % 2 === 1) yield encoder.encode("\n");
  }
}
