#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Foretide authors
#
# check_image.sh IMAGE OBJECT…: prints size and worst-case stack of a firmware image, and fails where the stack can pass
# what the linker script reserves, where its bound is unknown (recursion, a call through a pointer, a function without
# figures), or where the image holds undefined symbols.
#
# Stack: the frames of the compiler (-fcallgraph-info=su) summed up along the deepest path of calls from main, plus one
# interrupt (all have one priority, none interrupts another) with the frame the processor pushes, plus the frame of a
# fault or NMI, whose handler starts a stack of its own.
set -euo pipefail

image=$1
shift
undefined=$(arm-none-eabi-nm --undefined-only "$image")
if [[ -n $undefined ]]; then
    echo "$image: undefined symbols: $undefined" >&2
    exit 1
fi
read -r text data bss < <(arm-none-eabi-size "$image" | awk 'NR == 2 { print $1, $2, $3 }')
# An absolute symbol: its value is the size.
reserved=$((16#$(arm-none-eabi-nm "$image" | awk '$3 == "fw_stack_size" { print $1 }')))
graphs=()
for object in "$@"; do graphs+=("${object%.c.obj}.c.ci"); done

awk -v reserved="$reserved" -v image="$(basename "$image")" -v text="$text" -v data="$data" -v bss="$bss" '
    function fail(what) { print image ": " what > "/dev/stderr"; failed = 1; exit 1 }
    # "file.c:name" of static functions, "name" of others.
    /^node: / {
        split($0, part, "\"")
        if (match(part[4], /[0-9]+ bytes \([a-z,]*\)/)) {
            figure = substr(part[4], RSTART, RLENGTH)
            if (figure !~ /\(static\)/) fail(part[2] " has a stack of changing size")
            split(figure, word, " ")
            frame[part[2]] = word[1]
        }
    }
    /^edge: / { split($0, part, "\""); calls[part[2]] = calls[part[2]] "\"" part[4] }
    function depth(name,    list, count, i, below, deepest) {
        if (name in known) return known[name]
        if (name == "__indirect_call") fail("a call through a pointer: the stack has no bound")
        if (!(name in frame)) fail("no stack figure for " name)
        if (name in open) fail(name " calls itself: the stack has no bound")
        open[name] = 1
        deepest = 0
        count = split(calls[name], list, "\"")
        for (i = 2; i <= count; ++i) {
            below = depth(list[i])
            if (below > deepest) deepest = below
        }
        delete open[name]
        return known[name] = frame[name] + deepest
    }
    END {
        if (failed) exit 1
        pushed = 36  # eight registers, and a word for alignment
        main = depth("fw_reset_entry")
        for (name in frame) {
            if (name ~ /^fw_on_/ && depth(name) > interrupt) interrupt = depth(name)
        }
        fault = depth("fw_fault")
        worst = main + pushed + interrupt + pushed
        if (fault > worst) worst = fault
        printf "%s: %d bytes of code and constants, %d of RAM; stack at worst %d of %d bytes (main %d, interrupt %d)\n",
            image, text + data, data + bss, worst, reserved, main, interrupt
        if (interrupt == 0) fail("no interrupt found")
        if (worst > reserved) fail("the stack can need " worst " bytes, " reserved " are reserved in mps2_an385.ld")
    }
' "${graphs[@]}"
