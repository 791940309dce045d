#!/usr/bin/env bash
# Puts loadline into a folder: the binary of a release, if there is one for this platform and its checksum is right, or else what
# cargo builds. In: LOADLINE_VERSION, LOADLINE_FOLDER.
set -euo pipefail

version=${LOADLINE_VERSION:-}
folder=$LOADLINE_FOLDER
source=https://github.com/loadline/loadline

build() {
    command -v cargo >/dev/null || {
        echo "::error::there is no released binary for this platform, and no cargo to build one: install Rust first"
        exit 64
    }
    echo "loadline is built by cargo: that takes some minutes, once for each version"
    cargo install --locked --root "$folder" "$@"
}

# The name that the release gives to this platform.
target() {
    case "$(uname -s)-$(uname -m)" in
        Linux-x86_64) echo x86_64-unknown-linux-gnu ;;
        Linux-aarch64 | Linux-arm64) echo aarch64-unknown-linux-gnu ;;
        Darwin-arm64) echo aarch64-apple-darwin ;;
        Darwin-x86_64) echo x86_64-apple-darwin ;;
        *) return 1 ;;
    esac
}

check_sum() {
    if command -v sha256sum >/dev/null; then sha256sum --check --status; else shasum -a 256 --check --status; fi
}

# 0: it is there. 1: there is no such release.
download() {
    local archive address work
    archive="loadline-$1-$(target).tar.gz" || return 1
    address="$source/releases/download/v$1/$archive"
    work=$(mktemp -d)
    curl --fail --silent --show-error --location --retry 3 --proto '=https' --output "$work/$archive" "$address" || return 1
    # A release without a checksum, or with another, is not what was released: nothing is put in its place.
    curl --fail --silent --show-error --location --retry 3 --proto '=https' --output "$work/sum" "$address.sha256" || {
        echo "::error::$archive has no checksum"
        exit 70
    }
    (cd "$work" && printf '%s  %s\n' "$(cut -d ' ' -f 1 sum)" "$archive" | check_sum) || {
        echo "::error::$archive has another checksum than its release says"
        exit 70
    }
    mkdir -p "$folder/bin"
    tar -xzf "$work/$archive" -C "$folder/bin" loadline
}

if [[ -z $version ]]; then
    build --path "$GITHUB_ACTION_PATH"
elif [[ $version =~ ^[0-9a-f]{40}$ ]]; then
    build --git "$source" --rev "$version" loadline
else
    version=${version#v}
    download "$version" || build --git "$source" --tag "v$version" loadline
fi
"$folder/bin/loadline" --version
