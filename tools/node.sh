#!/bin/sh
# Node >= 20.19 is the one thing a clone expects to find.
version=$(node --version 2>/dev/null | sed 's/^v//')
major=${version%%.*}; rest=${version#*.}; minor=${rest%%.*}
if [ -z "$version" ] || [ "$major" -lt 20 ] || { [ "$major" -eq 20 ] && [ "$minor" -lt 19 ]; }; then
    echo "需要 Node 20.19 或更新版本来构建页面，现有：${version:-无}。" >&2
    exit 1
fi
