#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Foretide authors
#
# Formats every C and C++ source in place; with --check changes nothing and ends with 1 where one is not formatted.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

mapfile -d '' -t sources < <(find . \( -path './.?*' -o -path ./build -o -path ./out \) -prune -o \
    -type f \( -name '*.h' -o -name '*.cpp' -o -name '*.c' \) -print0)
if ((${#sources[@]} == 0)); then
    echo "format.sh: no sources found" >&2
    exit 1
fi

case ${1-} in
    "") printf '%s\0' "${sources[@]}" | xargs -0 clang-format --style=file -i ;;
    --check)
        wrong=0
        for source in "${sources[@]}"; do
            if ! clang-format --style=file --dry-run -Werror "$source" 2>/dev/null; then
                echo "not formatted: $source" >&2
                wrong=$((wrong + 1))
            fi
        done
        echo "${#sources[@]} sources, $wrong not formatted"
        ((wrong == 0))
        ;;
    *)
        echo "usage: scripts/format.sh [--check]" >&2
        exit 2
        ;;
esac
