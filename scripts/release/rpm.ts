/**
 * The package for Fedora, RHEL and what descends from them: the files and scripts of the deb, by rpmbuild. The same
 * rpmbuild makes the same bytes.
 *
 * Source: rpm.org, "Spec file format", "Scriptlets", "Reproducible builds".
 *
 * @module
 */

import { dirname } from "node:path";
import license from "../../LICENSE" with { type: "text" };
import postinst from "./debian/postinst" with { type: "text" };
import postrm from "./debian/postrm" with { type: "text" };
import prerm from "./debian/prerm" with { type: "text" };
import { contentOf } from "./archive.ts";
import type { Platform } from "./artefacts.ts";
import { SUMMARY } from "./publication.ts";
import { type PackagedRelease, type SystemFile, systemFiles } from "./system_files.ts";

const ARCHITECTURES: Readonly<Record<Platform["arch"], string>> = { amd64: "x86_64", arm64: "aarch64" };

/** The name of the package's file. */
export function rpmName(version: string, arch: Platform["arch"]): string {
  return `ram-auth-${rpmVersion(version)}-1.${ARCHITECTURES[arch]}.rpm`;
}

/** Writes the package. @throws {Error} with what rpmbuild said if it fails */
export async function writeRpm(output: string, release: PackagedRelease, arch: Platform["arch"]): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "rpm-" });
  try {
    const files: readonly SystemFile[] = [
      ...await systemFiles(release, "/usr/share/zsh/site-functions"),
      { place: "/usr/share/licenses/ram-auth/LICENSE", content: license },
    ];
    for (const file of files) {
      const path = `${folder}/tree${file.place}`;
      await Deno.mkdir(dirname(path), { recursive: true });
      await Deno.writeFile(path, await contentOf(file));
    }
    await Deno.writeTextFile(`${folder}/ram-auth.spec`, specOf(files, release.version));
    await rpmbuild(folder, release.changedAt, ARCHITECTURES[arch]);
    await Deno.copyFile(`${folder}/made/${rpmName(release.version, arch)}`, output);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** @throws {Error} that says what to install, if there is none */
export async function demandRpmbuild(): Promise<void> {
  try {
    await new Deno.Command("rpmbuild", { args: ["--version"], stdin: "null" }).output();
  } catch {
    throw new Error("--rpm needs rpmbuild; install it (Debian: apt-get install rpm), or leave out --rpm");
  }
}

async function rpmbuild(folder: string, changedAt: number, arch: string): Promise<void> {
  const macros = {
    _topdir: folder,
    _rpmdir: `${folder}/made`,
    _rpmfilename: "%{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm",
    _buildhost: "ram-auth",
    use_source_date_epoch_as_buildtime: "1",
    clamp_mtime_to_source_date_epoch: "1",
    _binary_payload: "w6.gzdio",
    // Nothing is stripped or compressed: the program has a part at its end that it would lose.
    __os_install_post: "%{nil}",
    debug_package: "%{nil}",
  };
  const { success, stderr } = await new Deno.Command("rpmbuild", {
    args: ["-bb", "--quiet", `--target=${arch}-linux`]
      .concat(Object.entries(macros).map(([name, value]) => `--define=${name} ${value}`), `${folder}/ram-auth.spec`),
    env: { SOURCE_DATE_EPOCH: String(changedAt), HOME: folder, LC_ALL: "C" },
    stdin: "null",
  }).output();
  if (!success) throw new Error(`rpmbuild failed: ${new TextDecoder().decode(stderr).trim()}`);
}

/** The version in rpm's form, where `~` stands before a pre-release. */
function rpmVersion(version: string): string {
  return version.replace("-", "~");
}

/** The scripts are the deb's; only how they are called, and how one is run again, differs. */
function specOf(files: readonly SystemFile[], version: string): string {
  const script = (text: string) =>
    text.replaceAll("%", "%%").replaceAll("dpkg --configure ram-auth", "rpm -U --force FILE");
  return `Name: ram-auth
Version: ${rpmVersion(version)}
Release: 1
Summary: ${SUMMARY}
License: Apache-2.0
AutoReqProv: no
Requires: glibc >= 2.27, libgcc
%description
kubectl's credential plugin on the machines of users, kube-apiserver's token webhook on control plane nodes.
%install
cp -a %{_topdir}/tree/. %{buildroot}/
%files
${files.map(({ place, isProgram }) => `%attr(${isProgram ? "0755" : "0644"}, root, root) ${place}`).join("\n")}
%post
set -- configure
${script(postinst)}
%preun
[ "$1" = 0 ] || exit 0
set -- remove
${script(prerm)}
%postun
set -- remove
${script(postrm)}
`;
}
