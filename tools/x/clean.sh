# SPDX-License-Identifier: Apache-2.0
# summary: remove what was built
help() {
  cat <<'EOF'
usage: ./x clean [--all]

Removes the build folders, logs and test leftovers under build/. Virtual environments, Node, the
arm64 sysroot and inputs that fuzzing found stay unless --all is given. No data directory of a
server is touched.

examples:
  ./x clean                              next build starts from nothing (ccache still helps)
  ./x clean --all                        removes build/ whole
EOF
}

main() {
  case ${1:-} in
    --all) rm -rf build ;;
    '')
      [[ -d build ]] || return 0
      find build -mindepth 1 -maxdepth 1 ! -name venv ! -name node ! -name 'sysroot-*' \
        ! -name fuzz-corpus -exec rm -rf {} +
      ;;
    *) fail "clean: unknown argument '$1' (./x clean --help)" 2 ;;
  esac
}
