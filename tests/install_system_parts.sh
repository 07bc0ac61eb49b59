#!/usr/bin/env bash
# Installs what some tests need beyond Python: PostgreSQL, Chromium, Chinese fonts.
# Only where that is possible without a question, on Debian as root; else it says what will be skipped.
set -euo pipefail

missing=()
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || missing+=(postgresql)
[ -n "${CHROME_BIN:-}" ] || command -v chromium >/dev/null || missing+=(chromium)
compgen -G '/usr/share/fonts/*/noto/*CJK*' >/dev/null || missing+=(fonts-noto-cjk)
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -eq 0 ] && [ -e /etc/debian_version ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq &&
    apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}" </dev/null >/dev/null && exit 0
fi
echo "Not installed: ${missing[*]}. Tests that need them are skipped." >&2
