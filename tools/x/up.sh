# SPDX-License-Identifier: Apache-2.0
# summary: install, build, start the platform and print how to reach it
help() {
  cat <<'EOF'
usage: ./x up [--data DIR] [OPTIONS OF furrow server]

Installs missing Debian packages, builds the release programs and runs `furrow server` in the
foreground. Prints its URLs and what an SDK user needs: the five CLEARML_* environment variables
and DIR/clearml.conf, ready to be copied to ~/clearml.conf. The first start prints the
administrator's password, once. Ctrl-C stops the server cleanly.

  --data DIR         where everything is kept (default: $XDG_DATA_HOME/furrow, that is
                     ~/.local/share/furrow)
  --listen ADDRESS   default 127.0.0.1: this machine only
  --api-port N  --files-port N  --web-port N     default 8008, 8081, 8080; 0 picks a free one
  --public-url URL  --files-url URL              how clients reach it, when not by those ports
  ...and every other option of `build/release/bin/furrow server --help`.

examples:
  ./x up
  ./x up --data /srv/furrow --listen 0.0.0.0 --public-url http://lab.example:8080
  ./x up --data demo --api-port 0 --files-port 0 --web-port 0
EOF
}

main() {
  local data=${XDG_DATA_HOME:-$HOME/.local/share}/furrow arguments=()
  while (($#)); do
    case $1 in
      --data) need_value "$1" $#; data=$(caller_path "$2"); shift ;;
      --data=*) data=$(caller_path "${1#*=}") ;;
      --config) need_value "$1" $#; arguments+=(--config "$(caller_path "$2")"); shift ;;
      --config=*) arguments+=(--config "$(caller_path "${1#*=}")") ;;
      *) arguments+=("$1") ;;
    esac
    shift
  done
  build_preset release --target furrow
  exec /usr/bin/python3 tools/x/up.py "$FURROW_BIN" "$data" "${arguments[@]}"
}
