#!/usr/bin/env bash
# Installs what some tests need beyond Python: PostgreSQL, Chromium, Chinese fonts, slapd, Node with the YAML language server.
# Only where that is possible without a question, on Debian as root; else it says what will be skipped.
set -euo pipefail

missing=()
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || missing+=(postgresql)
[ -n "${CHROME_BIN:-}" ] || command -v chromium >/dev/null || missing+=(chromium)
compgen -G '/usr/share/fonts/*/noto/*CJK*' >/dev/null || missing+=(fonts-noto-cjk)
command -v npm >/dev/null || missing+=(nodejs npm)
[ -x /usr/sbin/slapd ] || missing+=(slapd)

editor=$(dirname "$0")/editor
install_editor_parts() {
  command -v npm >/dev/null || return 0
  cmp -s "$editor/package-lock.json" "$editor/node_modules/.installed-lock" && return 0
  npm ci --prefix "$editor" --ignore-scripts --silent --no-progress </dev/null >/dev/null &&
    cp "$editor/package-lock.json" "$editor/node_modules/.installed-lock" && return 0
  echo "Not installed: the YAML language server. Tests that need it are skipped." >&2
}

if [ ${#missing[@]} -eq 0 ]; then
  install_editor_parts
  exit 0
fi

if [ "$(id -u)" -eq 0 ] && [ -e /etc/debian_version ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq &&
    apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}" </dev/null >/dev/null &&
    install_editor_parts && exit 0
fi
install_editor_parts
echo "Not installed: ${missing[*]}. Tests that need them are skipped." >&2
