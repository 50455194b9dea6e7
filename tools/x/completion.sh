# SPDX-License-Identifier: Apache-2.0
# summary: print shell completion for x
help() {
  cat <<'EOF'
usage: ./x completion bash

examples:
  source <(./x completion bash)          for this shell
EOF
}

main() {
  [[ ${1:-} == bash ]] || fail "only bash has completion: ./x completion bash" 2
  cat <<'EOF'
_furrow_x() {
  local current=${COMP_WORDS[COMP_CWORD]} root words=''
  root=$(dirname "$(readlink -f "${COMP_WORDS[0]}")")
  if ((COMP_CWORD == 1)); then
    words='up demo build test lint format bench compat fuzz clean completion'
  else
    case ${COMP_WORDS[1]}:${COMP_WORDS[COMP_CWORD - 1]} in
      build:--preset) words=$(sed -n 's/.*"name": "\([a-z0-9]*\)", "configurePreset".*/\1/p' "$root/CMakePresets.json") ;;
      up:--data | up:--config | compat:--examples) COMPREPLY=($(compgen -f -- "$current")); return ;;
      up:*) words='--data --config --listen --api-port --files-port --web-port --public-url --files-url --help' ;;
      build:*) words='--preset --target -j --help' ;;
      test:*) words="--all --list --help $(sed -n 's/^\([a-z][a-z0-9-]*\)\t.*/\1/p' "$root/tools/x/suites.tsv")" ;;
      format:*) words='--check --help'; COMPREPLY=($(compgen -f -- "$current")) ;;
      bench:*) words=$(cd "$root" && ls build/release/bin 2>/dev/null | sed -n 's/_bench$//p') ;;
      compat:*) words='--examples --help-suite --help' ;;
      fuzz:*) words="--seconds --help $(cd "$root" && ls build/fuzz/bin 2>/dev/null)" ;;
      clean:*) words='--all --help' ;;
      completion:*) words='bash' ;;
      *) words='--help' ;;
    esac
  fi
  COMPREPLY+=($(compgen -W "$words" -- "$current"))
}
complete -F _furrow_x x ./x
EOF
}
