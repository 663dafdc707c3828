#!/usr/bin/env bash
# Brings what `npm test` needs beside Node: Chromium, CJK and emoji fonts, PostgreSQL and pgvector, all from Debian packages.
# It only installs; the tests start and stop their own servers. A second run finds everything and changes nothing.
# Where it cannot install (not Debian, not root) it says what is missing, and ends with 0 only if nothing is.
set -euo pipefail

# pgvector before 0.8.0 has no iterative index scan, which filtered searches need to return enough rows.
readonly PGVECTOR_MIN=0.8.0
# bookworm has no pgvector package: its source package is built from the suite that has one.
readonly PGVECTOR_SUITE=trixie
# Another process may hold the package lock for a while; waiting is better than failing.
readonly LOCK_WAIT_SECONDS=600

say() { echo "test:setup: $*" >&2; }
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

chromium_here() {
  local name
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null && return 0
  done
  return 1
}
cjk_here() {
  [ -e /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc ] || { command -v fc-list >/dev/null && [ -n "$(fc-list :lang=zh-cn family)" ]; }
}
emoji_here() {
  [ -e /usr/share/fonts/truetype/noto/NotoColorEmoji.ttf ] || { command -v fc-list >/dev/null && [[ "$(fc-list : family)" == *"Color Emoji"* ]]; }
}
# Every pg_config of a PostgreSQL that has its server programs, newest first.
servers() {
  local config
  { ls -d /usr/lib/postgresql/*/bin/pg_config 2>/dev/null | sort -rV; command -v pg_config; } | while read -r config; do
    if [ -x "$("$config" --bindir)/initdb" ]; then echo "$config"; fi
  done || true
}
# Debian's pg_config lives in a -dev package, so the server itself is looked for by its folder.
debian_server() { ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sed 's|/usr/lib/postgresql/\([0-9]*\)/.*|\1|' | sort -rn | head -n 1; }
vector_version() { sed -n "s/^default_version *= *'\([0-9.]*\)'.*/\1/p" "$1/extension/vector.control" 2>/dev/null || true; }
pgvector_here() {
  local dir version
  for dir in /usr/share/postgresql/* $(servers | while read -r config; do "$config" --sharedir; done); do
    version=$(vector_version "$dir")
    if [ -n "$version" ] && at_least "$version" "$PGVECTOR_MIN"; then return 0; fi
  done
  return 1
}
postgres_here() { [ -n "$(debian_server)" ] || [ -n "$(servers)" ]; }

missing() {
  chromium_here || echo "Chromium (Debian package: chromium)"
  cjk_here || echo "a Chinese font (Debian package: fonts-noto-cjk)"
  emoji_here || echo "a colour emoji font (Debian package: fonts-noto-color-emoji)"
  postgres_here || echo "the PostgreSQL server, 15 or newer (Debian package: postgresql)"
  pgvector_here || echo "pgvector $PGVECTOR_MIN or newer for that server (Debian package: postgresql-NN-pgvector, or build it from source)"
}

apt() { apt-get -o "DPkg::Lock::Timeout=$LOCK_WAIT_SECONDS" "$@"; }
updated=
update_once() {
  [ -n "$updated" ] || apt update -qq
  updated=yes
}
install() {
  update_once
  say "installing $*"
  apt install -y -qq --no-install-recommends "$@" >/dev/null
}

# The Debian archive this machine already uses, read from its apt sources (both spellings of them).
mirror() {
  {
    sed -n 's/^URIs: *\([^ ]*\).*/\1/p' /etc/apt/sources.list.d/*.sources || true
    sed -n 's/^deb  *\(\[[^]]*\]  *\)\{0,1\}\(http[^ ]*\).*/\2/p' /etc/apt/sources.list /etc/apt/sources.list.d/*.list || true
  } 2>/dev/null | grep -E '/debian/?$' | head -n 1 | grep .
}

build_pgvector() {
  local version=$1 work config options archive
  install "postgresql-server-dev-$version" build-essential dpkg-dev
  archive=$(mirror) || { say "no Debian archive in the apt sources to fetch pgvector's source package from"; return 1; }
  say "building pgvector for PostgreSQL $version"
  work=$(mktemp -d)
  # shellcheck disable=SC2064  # the folder's name is wanted as it is now
  trap "rm -rf '$work'" EXIT
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
  echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive $PGVECTOR_SUITE main" >"$work/sources.list"
  # Its own lists and sources: the machine's apt state never learns of the other suite.
  options=(-o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$work/lists"
    -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root)
  config=/usr/lib/postgresql/$version/bin/pg_config
  apt-get "${options[@]}" update -qq
  (cd "$work" && apt-get "${options[@]}" source -qq pgvector >/dev/null)
  # OPTFLAGS= drops -march=native: the library stays usable when the machine's image moves to another processor.
  (cd "$work"/pgvector-*/ && make -s with_llvm=no OPTFLAGS= PG_CONFIG="$config" && make -s with_llvm=no install PG_CONFIG="$config") >/dev/null
}

bring_pgvector() {
  local version=$1 candidate
  update_once
  candidate=$(apt-cache policy "postgresql-$version-pgvector" | sed -n 's/^ *Candidate: *\([0-9][^ ]*\).*/\1/p')
  if [ -n "$candidate" ] && at_least "$candidate" "$PGVECTOR_MIN"; then
    install "postgresql-$version-pgvector"
  else
    build_pgvector "$version"
  fi
}

# The stock Web Chat client that the browser tests drive weighs 500 MB, so it has a manifest of its own.
bring_web_chat() {
  local folder
  folder=$(dirname "$0")/../tests/web/web-chat-peer
  if cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed-from"; then return 0; fi
  npm ci --prefix "$folder" --no-audit --no-fund >/dev/null
  cp "$folder/package-lock.json" "$folder/node_modules/.installed-from"
}
bring_web_chat

if [ -z "$(missing)" ]; then
  say "everything is here"
  exit 0
fi

if [ "$( . /etc/os-release 2>/dev/null && echo "${ID:-}")" != debian ] || [ "$(id -u)" != 0 ]; then
  say "this machine lacks the following; it can be installed from here only on Debian as root:"
  missing | sed 's/^/  - /' >&2
  exit 1
fi

export DEBIAN_FRONTEND=noninteractive
packages=()
chromium_here || packages+=(chromium)
cjk_here || packages+=(fonts-noto-cjk)
emoji_here || packages+=(fonts-noto-color-emoji)
if ! postgres_here; then
  # Without this the package makes and starts a cluster that nobody asked for.
  mkdir -p /etc/postgresql-common
  [ -f /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
  packages+=(postgresql)
fi
[ ${#packages[@]} = 0 ] || install "${packages[@]}"
pgvector_here || bring_pgvector "$(debian_server)"

left=$(missing)
if [ -n "$left" ]; then
  say "still missing after the installation:"
  sed 's/^/  - /' <<<"$left" >&2
  exit 1
fi
say "everything is here now"
