#!/usr/bin/env bash
# Installs what Shanqiao needs on Debian 12, and only what is missing.
#   install.sh          what building and running need
#   install.sh tests    also what the tests need (two browsers, speech, sound tools, PostgreSQL, a firewall)
set -euo pipefail

packages=(
  # Building: the linker and C compiler for crypto and SQLite, and GStreamer's headers.
  build-essential cmake clang pkg-config libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev
  # Running: replay is assembled by GStreamer, slides are drawn by poppler and packed by webp, both inside bubblewrap;
  # poppler-data and the fonts draw Chinese letters that a PDF does not bring along.
  gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad
  poppler-utils poppler-data webp fonts-noto-cjk bubblewrap util-linux
)
if [[ ${1:-} == tests ]]; then
  packages+=(chromium firefox-esr espeak-ng sox ffmpeg python3 python3-cairo)
  # A device that speaks WHIP: webrtcbin, and its words for Python.
  packages+=(gstreamer1.0-nice python3-gi gir1.2-gst-plugins-base-1.0 gir1.2-gst-plugins-bad-1.0)
  # The other store of bookings; the tests start it themselves.
  packages+=(postgresql)
  # Requests made out of the description of the API, and a mail server with a reader of calendars, by programs of PyPI.
  packages+=(python3-venv)
  # A network that lets only some ports through.
  packages+=(iproute2 nftables)
fi

missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ $state == installed ]] || missing+=("$package")
done

if ((${#missing[@]})); then
  root=()
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
      echo "install: missing ${missing[*]}" >&2
      echo "install: run this as root: apt-get install ${missing[*]}" >&2
      exit 1
    fi
    root=(sudo)
  fi
  echo "== installing ${missing[*]}"
  "${root[@]}" apt-get update -q
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
fi

newest() { [[ $(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1) == "$1" ]]; }
need() { # tool, oldest version, its version, where it comes from
  if [[ -z $3 ]]; then
    echo "install: $1 is missing: install $1 $2 or newer ($4)" >&2
    exit 1
  fi
  newest "$2" "$3" || { echo "install: $1 is $3, but $2 or newer is needed ($4)" >&2; exit 1; }
}
need cargo 1.95 "$(cargo --version 2>/dev/null | cut -d ' ' -f 2)" "https://rustup.rs"
need node 20.19 "$(node --version 2>/dev/null | tr -d v)" "https://nodejs.org"
