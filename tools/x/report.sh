# SPDX-License-Identifier: Apache-2.0
# summary: run the benchmarks, keep their results, write docs/benchmarks.md
help() {
  cat <<'EOF'
usage: ./x report [--size full|small] [--minutes N] [--without-micro] | --write

Runs `./x bench server` and the modules' own benchmarks, writes docs/results/*.json (the machine,
the commit, the command, raw samples) and makes anew what docs/*.md and README.md take from them.
`tools/lint/run figures` fails on a performance figure there that has no such source. Close
everything else first: it takes about 15 minutes and measures what the machine has left.

  --size small       2,000 tasks and 10^6 points: to try it out
  --minutes N        what does not fit into so many minutes is made smaller
  --without-micro    only the server
  --write            measure nothing: only write the pages from the results that are there

examples:
  ./x report
  ./x report --write
EOF
}

main() {
  if [[ " $* " != *' --write '* ]]; then
    build_preset release >&2
    need_venvs mlflow || say "without MLflow: its packages could not be downloaded"
  fi
  exec /usr/bin/python3 tools/report/report.py "$@"
}
