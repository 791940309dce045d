#!/usr/bin/env bash
# Says where loadline is put, and by which key it is cached. In: LOADLINE_VERSION. Out: `folder` and `key`, both empty for what is
# on the path already.
set -euo pipefail

version=${LOADLINE_VERSION:-}
if [[ $version == installed ]]; then
    command -v loadline >/dev/null || { echo "::error::there is no \`loadline\` on the path"; exit 64; }
    exit 0
fi
if [[ -n $version && ! $version =~ ^[0-9A-Za-z][0-9A-Za-z._-]*$ ]]; then
    echo "::error::\`version\` is a release such as 0.2.0, or a commit"
    exit 64
fi

digest() {
    if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -d ' ' -f 1
}

# Without a version it is built from what this action was fetched with, so that what it is made of names it.
if [[ -z $version ]]; then
    version=$(cd "$GITHUB_ACTION_PATH" && find Cargo.toml Cargo.lock schema src stdlib -type f | LC_ALL=C sort |
        while IFS= read -r file; do printf '%s ' "$file"; digest <"$file"; done | digest)
fi
{
    echo "folder=$RUNNER_TEMP/loadline-bin"
    echo "key=loadline-${RUNNER_OS:-$(uname -s)}-${RUNNER_ARCH:-$(uname -m)}-$version"
} >>"$GITHUB_OUTPUT"
