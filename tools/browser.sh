#!/bin/sh
# Chromium for the browser tests, bubblewrap for the sandbox, strace for the tests that strike at every call. On Debian as root they are installed, else one line says what is missing.
set -eu
missing=
command -v chromium >/dev/null || missing="$missing chromium"
command -v bwrap >/dev/null || missing="$missing bubblewrap"
command -v strace >/dev/null || missing="$missing strace"
fc-list 2>/dev/null | grep -qi 'cjk' || missing="$missing fonts-noto-cjk"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "浏览器测试缺少：$missing。请先安装：apt-get install$missing" >&2
    exit 1
fi
