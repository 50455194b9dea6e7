# SPDX-License-Identifier: Apache-2.0
# summary: the unmodified official clients against the real server
help() {
  cat <<'EOF'
usage: ./x compat [ARGUMENTS OF tests/compat/run]

Sets up, builds, makes the virtual environments of the official ClearML clients (each version
pinned with hashes in tools/requirements.txt) and runs tests/compat/run with the arguments.

examples:
  ./x compat                             everything
  ./x compat --help-suite                what tests/compat/run itself takes
  ./x compat --examples ~/clearml/examples   the SDK's own example scripts from a checkout; makes
                                         an environment of 1.5 GB with the frameworks they use
EOF
}

main() {
  local arguments=() made_path='' venvs=(sdk-2.1 sdk-2.0 sdk-1.16 agent)
  while (($#)); do
    if [[ $1 == --help-suite ]]; then
      arguments+=(--help)
    elif [[ $made_path == next ]]; then
      arguments+=("$(caller_path "$1")")
      made_path=''
    else
      [[ $1 != --examples && $1 != --table ]] || made_path=next
      [[ $1 != --examples ]] || venvs=(sdk-2.1 agent examples)
      arguments+=("$1")
    fi
    shift
  done
  build_preset release
  need_venvs "${venvs[@]}" || fail "the official clients could not be installed"
  tests/compat/run "${arguments[@]}"
}
