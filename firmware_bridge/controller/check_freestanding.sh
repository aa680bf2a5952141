#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Foretide authors
#
#   check_freestanding.sh COMPILER NM ROOT FOLDER [FLAG …]
#
# Compiles the controller's C code as firmware does (-ffreestanding, warnings as errors; intermediate files in FOLDER),
# prints the stack that each function takes, and ends with 1 where it needs a symbol from elsewhere or too much stack.
# There is no recursion and no call through a pointer, so that the sum over all functions is an upper bound.
set -euo pipefail
compiler=$1 nm=$2 root=$3 folder=$4
shift 4
largest_frame=320
largest_sum=1280

mkdir -p "$folder"
rm -f "$folder"/*.o "$folder"/*.su
for source in "$root"/firmware_bridge/controller/*.c; do
    "$compiler" -std=c99 -ffreestanding -Os -fstack-usage -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror "$@" \
        -I"$root" -c "$source" -o "$folder/$(basename "$source" .c).o"
done

# GCC may turn copies and zeroing into calls of these two, also when freestanding.
allowed='^(memcpy|memset)$'
defined=$("$nm" -g --defined-only "$folder"/*.o | awk 'NF == 3 { print $3 }' | sort -u)
needed=$("$nm" -u "$folder"/*.o | awk '$1 == "U" { print $2 }' | sort -u)
missing=$(comm -13 <(echo "$defined") <(echo "$needed") | { grep -vE "$allowed" || true; })
if [[ -n $missing ]]; then
    echo "check_freestanding.sh: the controller's code needs what no firmware has: $missing" >&2
    exit 1
fi

cat "$folder"/*.su | awk -F '\t' -v frame=$largest_frame -v most=$largest_sum '
    { n = split($1, place, ":"); name = place[n]; stack[name] = $2; sum += $2
      if ($3 != "static") { print name " takes stack of no fixed size" > "/dev/stderr"; failed = 1 }
      if ($2 > frame) { print name " takes " $2 " bytes of stack, more than " frame > "/dev/stderr"; failed = 1 }
      if ($2 > 32) printf "  %-32s %4d bytes of stack\n", name, $2 }
    END { printf "controller code: at most %d bytes of stack in all, symbols of its own only\n", sum
          if (NR < 10) { print "hardly any function was found" > "/dev/stderr"; failed = 1 }
          if (sum > most) { print "more than " most > "/dev/stderr"; failed = 1 }
          exit failed }'
