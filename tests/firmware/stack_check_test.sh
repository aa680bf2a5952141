#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Foretide authors
#
# stack_check_test.sh CHECK_IMAGE FOLDER: the stack check of the firmware's build passes a sound program, and fails one
# that needs too much stack, calls itself, calls through a pointer, or has a stack of changing size.
set -euo pipefail
check=$1 folder=$2
if ! command -v arm-none-eabi-gcc >/dev/null; then
    echo "SKIPPED: arm-none-eabi-gcc is missing (package gcc-arm-none-eabi): the stack check was not tested"
    exit 77
fi
mkdir -p "$folder"
cd "$folder"
failures=0

# expect pass|fail NAME STACK BODY-OF-MAIN [DECLARATIONS]
expect()
{
    local wanted=$1 name=$2 stack=$3 body=$4 declarations=${5-} got=pass
    cat >"$name.c" <<EOF
void take(volatile char*);
__attribute__((noinline)) void take(volatile char* at) { *at = 1; }
$declarations
void fw_fault(void);
void fw_fault(void) {}
void fw_on_tick(void);
void fw_on_tick(void) { volatile char here[40]; take(here); }
void fw_reset_entry(int n);
void fw_reset_entry(int n) { (void)n; $body }
EOF
    arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb -O1 -ffreestanding -fno-inline -fcallgraph-info=su -c "$name.c" \
        -o "$name.c.obj"
    arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb -nostdlib -Wl,-e,fw_reset_entry -Wl,--defsym=fw_stack_size="$stack" \
        "$name.c.obj" -o "$name.elf"
    "$check" "$name.elf" "$name.c.obj" || got=fail
    if [[ $got != "$wanted" ]]; then
        echo "$name: expected to $wanted" >&2
        failures=$((failures + 1))
    fi
}

expect pass sound 512 'volatile char here[200]; take(here);'
expect fail too_deep 256 'volatile char here[200]; take(here);'
expect fail recursive 512 'again(n);' 'int again(int n); int again(int n) { return n ? again(n - 1) * again(n - 2) : 1; }'
expect fail pointer 512 'go(n);' 'extern void (*volatile go)(int); void (*volatile go)(int);'
expect fail changing 512 'volatile char here[n]; take(here);'
((failures == 0))
