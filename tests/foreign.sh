#!/usr/bin/env bash
# Type-checks the program for the systems that it is not built on: Windows and macOS. A system whose standard library is
# not installed is skipped and named, with what would make it checkable; that something is absent is never a failure.
# A target that can be checked and does not compile is one. Nothing is downloaded but crates, and nothing is run.
set -uo pipefail
cd "$(dirname "$0")/.."

log="$(mktemp)"
trap 'rm -f "$log"' EXIT
checked=0
skipped=0
failed=0

skip() { # target, reason
  echo "skipped  $1: $2"
  skipped=$((skipped + 1))
}

# Whether rustc has this target's standard library.
has_std() {
  local folder
  folder="$(rustc --print target-libdir --target "$1" 2>/dev/null)" || return 1
  compgen -G "$folder/libstd-*.rlib" >/dev/null
}

check() { # target, variables for the build scripts...
  local target="$1"
  shift
  if env "$@" cargo check --locked --all-targets --target "$target" >"$log" 2>&1; then
    echo "checked  $target"
    checked=$((checked + 1))
  elif grep -q "failed to run custom build command" "$log"; then
    # The C in a dependency, not a line of ours.
    skip "$target" "$(grep -m1 "failed to run custom build command" "$log" | sed 's/^error: //')"
  elif grep -qE "failed to (download|get|fetch)|--offline" "$log"; then
    skip "$target" "a crate that only this system needs is not at hand"
  else
    echo "FAILED   $target"
    grep -vE "^ +(Checking|Compiling|Downloaded|Downloading) " "$log"
    failed=$((failed + 1))
  fi
}

target=x86_64-pc-windows-gnu
if ! has_std "$target"; then
  skip "$target" "its standard library is not installed (rustup target add $target)"
elif ! command -v x86_64-w64-mingw32-gcc >/dev/null; then
  skip "$target" "no C compiler for it (gcc-mingw-w64-x86-64-win32)"
else
  # The cryptography's assembler parts as they come with it: no NASM is needed.
  check "$target" AWS_LC_SYS_PREBUILT_NASM=1
fi

target=aarch64-apple-darwin
if ! has_std "$target"; then
  skip "$target" "its standard library is not installed (rustup target add $target)"
elif [ "$(uname -s)" = Darwin ]; then
  check "$target"
else
  # Apple's headers are on Apple's systems alone. A check links nothing, so C that is not compiled is not missed.
  check "$target" CC_aarch64_apple_darwin=true AR_aarch64_apple_darwin=true
fi

echo "other systems: $checked checked, $skipped skipped, $failed failed"
[ "$failed" -eq 0 ]
