#!/bin/sh
# Puts the two weights that documents are printed in beside the form engine. Open Font License; see the package.
set -eu
cd "$(dirname "$0")/fonts"
npm ci --silent --no-fund --no-audit
to=../../src/liuhen/engines/forms/fonts
mkdir -p "$to"
from=node_modules/@expo-google-fonts/noto-serif-sc
cp "$from/400Regular/NotoSerifSC_400Regular.ttf" "$from/700Bold/NotoSerifSC_700Bold.ttf" "$from/LICENSE_FONT" "$to/"
