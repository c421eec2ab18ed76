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

# take PACKAGE MODE PATTERN [FOLDER]: copies the files of a package whose paths (without the first slash) the pattern
# matches into a folder of the image; without one, to where they are on the machine.
take() {
  package=${1%:*}
  sums=$(dpkg-query --control-show "$1" md5sums 2>/dev/null) ||
    fail "the package $package is not installed; run: apt-get install $package"
  sums=$(printf '%s\n' "$sums" | grep -E "  ($3)\$") || fail "the package $package has no file $3"
  (cd / && printf '%s\n' "$sums" | md5sum --check --quiet >&2) ||
    fail "files differ from those of the package $package, see above; run: apt-get install --reinstall $package"
  printf '%s\n' "$sums" | cut -c 35- | while read -r path; do
    install -D -m "$2" "/$path" "$folder/${4:-${path%/*}}/${path##*/}"
  done
  # Scanners look here for what is installed, as in other images without a package manager.
  mkdir -p "$folder/var/lib/dpkg/status.d"
  dpkg-query --show --showformat "Package: \${Package}
Status: install ok installed
Maintainer: \${Maintainer}
Architecture: \${Architecture}
Source: \${source:Package} (\${source:Version})
Version: \${Version}
" "$1" > "$folder/var/lib/dpkg/status.d/$package"
  install -D -m 0644 "/usr/share/doc/$package/copyright" "$folder/usr/share/doc/$package/copyright"
}

machine=$(dpkg --print-architecture)
case $machine in
  amd64) loader=lib64/ld-linux-x86-64.so.2 ;;
  arm64) loader=lib/ld-linux-aarch64.so.1 ;;
  *) fail "ram-auth runs on amd64 and arm64, and this machine is $machine" ;;
esac

# The C library looks up names by itself: it needs no libnss and no libresolv.
libraries='(usr/)?lib/[a-z0-9_]+-linux-gnu'
take "libc6:$machine" 0755 "$libraries/(ld-linux-[a-z0-9-]+\.so\.[0-9]|lib[cm]\.so\.6|lib(dl\.so\.2|pthread\.so\.0|rt\.so\.1))"
take "libgcc-s1:$machine" 0644 "$libraries/libgcc_s\.so\.1"
# The place of the loader that programs name is a link.
mkdir -p "$folder/${loader%/*}"
ln -s "$(cd "$folder" && find . -name "${loader##*/}" | cut -c 2-)" "$folder/$loader"

take base-files 0644 usr/lib/os-release etc

# One file, as update-ca-certificates writes it where nobody has added or removed a CA.
take ca-certificates 0644 'usr/share/ca-certificates/mozilla/[^/]*\.crt' certificates
mkdir -p "$folder/etc/ssl/certs"
for certificate in "$folder"/certificates/*; do
  cat "$certificate"
  echo
done | grep . > "$folder/etc/ssl/certs/ca-certificates.crt"
rm -r "$folder/certificates"

cat > "$folder/etc/passwd" << 'END'
root:x:0:0:root:/nonexistent:/sbin/nologin
nonroot:x:65532:65532:ram-auth:/nonexistent:/sbin/nologin
END
cat > "$folder/etc/group" << 'END'
root:x:0:
nonroot:x:65532:
END
