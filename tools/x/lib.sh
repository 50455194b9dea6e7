# SPDX-License-Identifier: Apache-2.0
# What the subcommands share: messages, Debian packages, builds, virtual environments.
# Sourced by `x` with the repository's root as working directory.

say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }
[[ -t 2 ]] || say() { printf '== %s\n' "$*" >&2; }

# fail MESSAGE [STATUS]
fail() {
  printf 'x: %s\n' "$1" >&2
  exit "${2:-1}"
}

# A path as the caller meant it: relative to where they stood, not to the root.
caller_path() {
  case $1 in
    /*) echo "$1" ;;
    *) echo "$X_CWD/$1" ;;
  esac
}

# need_value OPTION COUNT: fails when an option that takes a value came last.
need_value() { (($2 >= 2)) || fail "$1 needs a value" 2; }

listed_packages() { sed 's/#.*//' "$1" | tr -s ' \t' '\n' | sed '/^$/d' | sort -u; }

# need_packages [GROUP]: installs what tools/packages[-GROUP].txt lists and the machine lacks.
# Exits with status 3 when a download failed.
need_packages() {
  local list=tools/packages${1:+-$1}.txt missing=()
  command -v dpkg-query >/dev/null ||
    fail "this sets up Debian 12 only; elsewhere install the equivalents of $list by hand"
  mapfile -t missing < <(comm -23 <(listed_packages "$list") \
    <(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' | sed -n 's/^ii //p' | sort -u))
  ((${#missing[@]})) || return 0
  say "installing Debian packages: ${missing[*]}"
  local root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      fail "neither root nor sudo; as root: apt-get install --no-install-recommends ${missing[*]}"
    root=(sudo)
    [[ -t 0 ]] || root=(sudo -n)
  fi
  local apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
  mkdir -p build
  {
    "${apt[@]}" update &&
      "${apt[@]}" install -y --no-install-recommends --no-remove "${missing[@]}"
  } </dev/null >build/apt.log 2>&1 || {
    tail -n 20 build/apt.log >&2
    fail "could not install: ${missing[*]} (build/apt.log has everything)" 3
  }
}

presets() { sed -n 's/.*"name": "\([a-z0-9]*\)", "configurePreset".*/\1/p' CMakePresets.json; }

# Whether a build holds the web pages, which need Node; `x build --no-web` says OFF.
FURROW_WEB=${FURROW_WEB:-ON}

# build_preset PRESET [NINJA ARGUMENTS]: sets up, configures when needed, builds.
build_preset() {
  local preset=$1 web=()
  shift
  grep -qx "$preset" <(presets) || fail "no preset '$preset'; there are: $(presets | tr '\n' ' ')" 2
  need_packages
  case $preset in
    clang | fuzz) need_packages clang ;;
    arm64)
      need_packages arm64
      tools/arm64/sysroot.sh
      ;;
  esac
  case $preset in
    clang | fuzz) ;;  # what they build is not run, or asks for no network
    *)
      tools/x/onnxruntime.sh "$preset" ||
        say "going on without ONNX Runtime: networks will not run"
      [[ $FURROW_WEB == OFF ]] || tools/x/node.sh ||
        fail "the web pages need Node; ./x build --no-web builds a server without them" 3
      web=(-DFURROW_WEB="$FURROW_WEB")
      ;;
  esac
  if [[ ! -f build/$preset/build.ninja || CMakePresets.json -nt build/$preset/build.ninja ]] ||
    { ((${#web[@]})) && ! grep -qsx "FURROW_WEB:BOOL=$FURROW_WEB" "build/$preset/CMakeCache.txt"; }
  then
    say "configuring $preset"
    mkdir -p build
    cmake --preset "$preset" "${web[@]}" >"build/configure-$preset.log" 2>&1 || {
      tail -n 40 "build/configure-$preset.log" >&2
      fail "configuring $preset failed"
    }
  fi
  say "building $preset"
  cmake --build "build/$preset" "$@"
}

# need_venvs NAME…: makes build/venv/NAME from its section of tools/requirements.txt.
need_venvs() {
  local name
  for name in "$@"; do
    tools/x/venv.sh "$name" || return $?
  done
}

# What the suites, the demo and the benchmarks may rely on.
export FURROW_ROOT=$PWD
export FURROW_BIN=$PWD/build/release/bin/furrow
export FURROW_VENVS=$PWD/build/venv
