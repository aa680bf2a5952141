#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Foretide authors
#
# The controller's code compiles freestanding at several levels; and the check finds a symbol and a stack that are not
# allowed, once they are planted.
set -euo pipefail
compiler=$1 nm=$2 root=$3 folder=$4
check=$root/firmware_bridge/controller/check_freestanding.sh

for level in -Os -O2 -O3; do "$check" "$compiler" "$nm" "$root" "$folder/plain" "$level"; done

copy=$folder/planted
plant() {
    rm -rf "$copy"
    mkdir -p "$copy/firmware_bridge"
    cp -r "$root/firmware_bridge/controller" "$copy/firmware_bridge/"
    echo "$2" >>"$copy/firmware_bridge/controller/ft_frame.c"
    if "$check" "$compiler" "$nm" "$copy" "$folder/objects" >"$folder/log" 2>&1; then
        echo "a planted fault was not found: $1" >&2
        exit 1
    fi
    if ! grep -q "$3" "$folder/log"; then
        echo "$1: found, but for another reason:" >&2
        cat "$folder/log" >&2
        exit 1
    fi
}
plant symbol 'int puts(const char*); int ft_planted(void); int ft_planted(void) { return puts("x"); }' 'needs what no firmware has: puts'
plant stack 'void ft_use(char*); void ft_use(char* x) { *x = 1; } int ft_planted(void); __attribute__((noinline)) int ft_planted(void) { volatile char x[900]; x[899] = 1; return x[899]; }' 'bytes of stack, more than'
plant warning 'int ft_planted(int x); int ft_planted(int x) { char y = x; return y; }' 'Wconversion\|conversion'
