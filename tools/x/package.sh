# SPDX-License-Identifier: Apache-2.0
# summary: make the tarball and the OCI image that are shipped
help() {
  cat <<'EOF'
usage: ./x package [--arch amd64|arm64] [--out DIR]

Builds furrow, furrow-edge and furrow-device and packs them with the shared libraries they need (all
but the C library's, ONNX Runtime among them), documents, licences and systemd units into
furrow-VERSION-linux-ARCH.tar.gz, and with the C library into furrow-VERSION-linux-ARCH.oci.tar, an
image that podman and docker load; furrow-tractor-VERSION-linux-ARCH.oci.tar holds the same as a
virtual tractor (deploy/tractor). Needs no network once the build's packages and ONNX Runtime are
there; the same sources on the same machine give the same bytes.

examples:
  ./x package                            build/package/furrow-...-linux-amd64.{tar.gz,oci.tar}
  ./x package --arch arm64               from the cross build
  ./x package --out /tmp/furrow
EOF
}

main() {
  local arch=amd64 out=build/package preset=release sysroot=''
  while (($#)); do
    case $1 in
      --arch) need_value "$1" $#; arch=$2; shift ;;
      --out) need_value "$1" $#; out=$(caller_path "$2"); shift ;;
      *) fail "package: unknown argument '$1' (./x package --help)" 2 ;;
    esac
    shift
  done
  case $arch in
    amd64) ;;
    arm64) preset=arm64 sysroot=$PWD/build/sysroot-arm64 ;;
    *) fail "package: --arch is amd64 or arm64" 2 ;;
  esac
  build_preset "$preset" --target furrow --target furrow-edge --target furrow-device
  say "packing"
  tools/package/build.py --program "build/$preset/bin/furrow" --arch "$arch" \
    --sysroot "$sysroot" --out "$out"
}
