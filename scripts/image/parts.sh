#!/bin/sh
# parts.sh FOLDER: puts into FOLDER what the container image holds beside ram-auth: of the Debian packages of this
# machine the parts of the C library that the program loads, the certificates of public CAs, what scanners read, and two
# users. manifests/Containerfile runs it in an image of Debian, "deno task image" on the machine itself.
#
# A file goes in only if it is, by its checksum, the one of the package: what was added to a machine, such as the CA of
# a proxy, stays out. So the same packages give the same files.
set -eu
umask 022
LC_ALL=C
export LC_ALL
folder=$1

fail() {
  echo "Cannot collect the parts of the image: $*" >&2
  exit 1
}

command -v dpkg-query > /dev/null || fail "this machine is no Debian; use docker or podman: see manifests/Containerfile"

# verified PACKAGE PATTERN: prints the files of a package whose paths (without the first slash) the pattern matches.
verified() {
  package=${1%:*}
  sums=$(dpkg-query --control-show "$1" md5sums 2> /dev/null) ||
    fail "the package $package is not installed; run: apt-get install $package"
  sums=$(printf '%s\n' "$sums" | grep -E "  ($2)\$") || fail "the package $package has no file $2"
  (cd / && printf '%s\n' "$sums" | md5sum --check --quiet >&2) ||
    fail "files differ from those of the package $package, see above; run: apt-get install --reinstall $package"
  printf '%s\n' "$sums" | cut -c 35- | sed 's|^|/|'
}

# take PACKAGE MODE FOLDER PATTERN: copies such files into a folder of the image.
take() {
  files=$(verified "$1" "$4")
  printf '%s\n' "$files" | xargs install -D -m "$2" -t "$folder/$3"
}

# declare_package PACKAGE: says where scanners look, as in other images without a package manager, that it is installed.
declare_package() {
  mkdir -p "$folder/var/lib/dpkg/status.d"
  dpkg-query --show --showformat 'Package: ${Package}
Status: install ok installed
Maintainer: ${Maintainer}
Architecture: ${Architecture}
Source: ${source:Package} (${source:Version})
Version: ${Version}
' "$1" > "$folder/var/lib/dpkg/status.d/${1%:*}"
  install -D -m 0644 -t "$folder/usr/share/doc/${1%:*}" "/usr/share/doc/${1%:*}/copyright"
}

machine=$(dpkg --print-architecture)
case $machine in
  amd64) libraries=lib/x86_64-linux-gnu loader=lib64/ld-linux-x86-64.so.2 ;;
  arm64) libraries=lib/aarch64-linux-gnu loader=lib/ld-linux-aarch64.so.1 ;;
  *) fail "ram-auth runs on amd64 and arm64, and this machine is $machine" ;;
esac

# What the program is linked to. The C library looks up names by itself: it needs no libnss and no libresolv.
take "libc6:$machine" 0755 "$libraries" "(usr/)?$libraries/(${loader##*/}|lib[cm]\.so\.6|lib(dl\.so\.2|pthread\.so\.0|rt\.so\.1))"
take "libgcc-s1:$machine" 0644 "$libraries" "(usr/)?$libraries/libgcc_s\.so\.1"
# The kernel looks for the loader in another place.
mkdir -p "$folder/${loader%/*}"
ln -s "/$libraries/${loader##*/}" "$folder/$loader"

# One file, as update-ca-certificates writes it where nobody has added or removed a CA.
mkdir -p "$folder/etc/ssl/certs"
certificates=$(verified ca-certificates 'usr/share/ca-certificates/mozilla/[^/]*\.crt')
printf '%s\n' "$certificates" | xargs awk 1 > "$folder/etc/ssl/certs/ca-certificates.crt"

take base-files 0644 etc usr/lib/os-release

for package in "libc6:$machine" "libgcc-s1:$machine" ca-certificates base-files; do
  declare_package "$package"
done

cat > "$folder/etc/passwd" << 'END'
root:x:0:0:root:/nonexistent:/sbin/nologin
nonroot:x:65532:65532:ram-auth:/nonexistent:/sbin/nologin
END
cat > "$folder/etc/group" << 'END'
root:x:0:
nonroot:x:65532:
END
