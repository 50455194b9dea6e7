#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fills build/sysroot-arm64 with the arm64 twins of the -dev packages in tools/packages.txt and all
# they depend on. Uses apt with lists and status of its own, so the machine's packages stay as they
# are and no root is needed. Exit status 3: a download failed.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."

packages=$(sed 's/#.*//' tools/packages.txt | tr -s ' \t' '\n' | grep -- '-dev$' | sort)
stamp=$(printf '%s\n' "$packages" | sha256sum)
sysroot=$PWD/build/sysroot-arm64
[[ $(cat "$sysroot/stamp" 2>/dev/null) != "$stamp" ]] || exit 0

echo "== unpacking arm64 libraries into build/sysroot-arm64" >&2
rm -rf "$sysroot"
mkdir -p "$sysroot" build
apt=$PWD/build/apt-arm64
rm -rf "$apt"
mkdir -p "$apt"/{lists/partial,archives/partial}
: >"$apt/status"
options=(-q -y -o APT::Architecture=arm64 -o APT::Architectures=arm64
  -o Dir::State="$apt" -o Dir::State::lists="$apt/lists" -o Dir::State::status="$apt/status"
  -o Dir::Cache="$apt" -o Dir::Cache::archives="$apt/archives" -o APT::Sandbox::User=
  -o Debug::NoLocking=true -o APT::Install-Recommends=false)
{
  apt-get "${options[@]}" update &&
    # shellcheck disable=SC2086
    apt-get "${options[@]}" install --download-only $packages
} </dev/null >build/apt-arm64.log 2>&1 || {
  tail -n 20 build/apt-arm64.log >&2
  echo "x: could not download the arm64 libraries (build/apt-arm64.log has everything)" >&2
  exit 3
}

# Debian 12 keeps everything below /usr; older packages still carry /lib.
mkdir -p "$sysroot/usr/lib"
ln -s usr/lib "$sysroot/lib"
for package in "$apt"/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$package" |
    tar -x -C "$sysroot" --keep-directory-symlink --exclude='./usr/share/doc' \
      --exclude='./usr/share/man' --exclude='./usr/share/locale' --exclude='./etc' --exclude='./dev'
done
# Links such as /lib/aarch64-linux-gnu/libz.so.1 would lead out of the sysroot.
find "$sysroot" -type l -lname '/*' -printf '%P\t%l\n' | while IFS=$'\t' read -r link target; do
  ln -sfn "$(realpath -m --relative-to="$(dirname "$sysroot/$link")" "$sysroot$target")" \
    "$sysroot/$link"
done
rm -rf "$apt"
printf '%s\n' "$stamp" >"$sysroot/stamp"
