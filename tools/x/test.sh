# SPDX-License-Identifier: Apache-2.0
# summary: set up, build, and run everything that CI runs
help() {
  cat <<'EOF'
usage: ./x test [--all] [--list] [SUITE]...

Installs what is missing, builds the release preset and runs the suites of tools/x/suites.tsv.
Each suite's output is shown and kept in build/test-logs/SUITE.log. The last line is the sum:

  N passed, N failed            (and ", N skipped" when a suite could not run; it is named above)

The exit status is 0 only when something ran and nothing failed.

  --all    also the heavy suites: sanitizers, thread-safety analysis, the arm64 cross build...
  --list   name the suites and stop
  --sabotage [NAME]...   break the program on purpose, once for each patch of tests/sabotage, and
           expect the named test to turn red (docs/proof.md); takes an hour

examples:
  ./x test                               what CI runs
  ./x test unit                          only the unit tests
  ./x test --all                         before a release
EOF
}

main() {
  case " $* " in
    *' --list '*) ;;
    *) need_packages ;;
  esac
  if [[ ${1:-} == --sabotage ]]; then
    shift
    exec /usr/bin/python3 tools/x/sabotage.py "$@"
  fi
  # A build or an installation that fails is a result, so the runner asks for them, not we.
  exec /usr/bin/python3 tools/x/run_suites.py "$@"
}
