# SPDX-License-Identifier: Apache-2.0
# summary: print shell completion for x
help() {
  cat <<'EOF'
usage: ./x completion bash

examples:
  source <(./x completion bash)          for this shell; `furrow completion` is for the program
EOF
}

main() {
  [[ ${1:-} == bash ]] || fail "only bash has completion: ./x completion bash" 2
  cat <<'EOF'
_furrow_x_programs() {
  local file
  for file in "$1"/*"$2"; do
    [[ ! -x $file ]] || basename "$file" "${3:-}"
  done
}

_furrow_x() {
  local current=${COMP_WORDS[COMP_CWORD]} root words='--help' files=''
  root=$(dirname "$(readlink -f "${COMP_WORDS[0]}")")
  if ((COMP_CWORD == 1)); then
    words='up demo build test lint format bench report compat fuzz package clean completion --help'
  else
    case ${COMP_WORDS[1]}:${COMP_WORDS[COMP_CWORD - 1]} in
      build:--preset)
        words=$(sed -n 's/.*"name": "\([a-z0-9]*\)", "configurePreset".*/\1/p' \
          "$root/CMakePresets.json") ;;
      up:--data | up:--config | compat:--examples) words='' files=yes ;;
      up:*) words+=' --data --config --listen --api-port --files-port --web-port'
        words+=' --public-url --files-url' ;;
      build:*) words+=' --preset --target -j' ;;
      test:*) words+=" --all --list --sabotage $(sed -n 's/^\([a-z][a-z0-9-]*\)\t.*/\1/p' \
        "$root/tools/x/suites.tsv")" ;;
      lint:*) words+=' layers tidy figures sabotage format' ;;
      format:*) words+=' --check' files=yes ;;
      bench:*) words+=" $(_furrow_x_programs "$root/build/release/bin" _bench _bench)" ;;
      compat:*) words+=' --examples --help-suite' ;;
      fuzz:*) words+=" --seconds $(_furrow_x_programs "$root/build/fuzz/bin" _fuzz)" ;;
      package:--arch) words='amd64 arm64' ;;
      package:--out) words='' files=yes ;;
      package:*) words+=' --arch --out' ;;
      clean:*) words+=' --all' ;;
      completion:*) words+=' bash' ;;
    esac
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  [[ -z $files ]] || mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$current")
}
complete -F _furrow_x x ./x
EOF
}
