# SPDX-License-Identifier: Apache-2.0
# summary: build the programs (release ones land in build/release/bin)
help() {
  cat <<'EOF'
usage: ./x build [--preset PRESET] [--target TARGET]... [-j N] [--no-web]

Installs missing Debian packages, then configures and builds one preset of CMakePresets.json:
  release   what is shipped and what the tests run (default)
  debug     for a debugger
  asan      AddressSanitizer and UndefinedBehaviorSanitizer
  tsan      ThreadSanitizer
  clang     clang with -Wthread-safety as an error
  fuzz      libFuzzer targets
  arm64     cross build; the libraries are unpacked into build/sysroot-arm64

examples:
  ./x build                              everything, optimised
  ./x build --preset asan                build/asan/bin/..._test find memory errors
  ./x build --target furrow -j 1         one program, one compiler at a time
  ./x build --no-web                     a server without web pages, where Node cannot be had
EOF
}

main() {
  local preset=release arguments=()
  while (($#)); do
    case $1 in
      --preset) need_value "$1" $#; preset=$2; shift ;;
      --target) need_value "$1" $#; arguments+=(--target "$2"); shift ;;
      -j) need_value "$1" $#; arguments+=(-j "$2"); shift ;;
      -j*) arguments+=("$1") ;;
      --no-web) FURROW_WEB=OFF ;;
      *) fail "build: unknown argument '$1' (./x build --help)" 2 ;;
    esac
    shift
  done
  build_preset "$preset" "${arguments[@]}"
}
