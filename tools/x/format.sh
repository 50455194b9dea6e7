# SPDX-License-Identifier: Apache-2.0
# summary: format the C++ sources with clang-format
help() {
  cat <<'EOF'
usage: ./x format [--check] [FILE]...

Rewrites every C++ file that git knows or could add (or the named ones) as .clang-format says.

examples:
  ./x format                             all files
  ./x format src/base/status.h           one file
  ./x format --check                     change nothing, fail when something would change
EOF
}

main() {
  local mode=(-i) files=()
  while (($#)); do
    case $1 in
      --check) mode=(--dry-run --Werror) ;;
      -*) fail "format: unknown argument '$1' (./x format --help)" 2 ;;
      *) files+=("$(caller_path "$1")") ;;
    esac
    shift
  done
  need_packages
  if ((${#files[@]} == 0)); then
    mapfile -t files < <(git ls-files -co --exclude-standard -- '*.h' '*.cc' |
      while read -r file; do [[ ! -f $file ]] || echo "$file"; done)
  fi
  ((${#files[@]})) || return 0
  printf '%s\0' "${files[@]}" | xargs -0 -n 16 -P "$(nproc)" clang-format-16 "${mode[@]}"
}
