// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "firmware_bridge/firmware/boot_record.h"

#include "firmware_bridge/firmware/board.h"
#include "firmware_bridge/firmware/clock.h"

#define kMagic UINT32_C(0x46544231)
#define kResetRequest UINT32_C(0x05FA0004)  // AIRCR: key, SYSRESETREQ

static fw_boot_record record __attribute__((section(".noinit")));

static uint32_t sum_of(const fw_boot_record* r)
{
    return ~(r->magic + 3 * r->boots + 5 * r->cause + 7 * r->next + 11 * r->exception + 13 * r->status +
             17 * r->entropy);
}

// Finaliser of MurmurHash3 (public domain): each input bit moves half of the output bits.
static uint32_t mix(uint32_t x)
{
    x = (x ^ (x >> 16)) * UINT32_C(0x85EBCA6B);
    x = (x ^ (x >> 13)) * UINT32_C(0xC2B2AE35);
    return x ^ (x >> 16);
}

void fw_boot_open(void)
{
    if (record.magic == kMagic && record.sum == sum_of(&record)) {
        ++record.boots;
        record.cause = record.next;
    } else {
        // What the RAM held at power-on is as good as random, where it is anything.
        record.entropy ^= mix(record.magic ^ record.sum);
        record.magic = kMagic;
        record.boots = 1;
        record.cause = FW_BOOT_POWER_ON;
        record.exception = record.status = 0;
    }
    record.next = FW_BOOT_RESET;
    record.sum = sum_of(&record);
}

const fw_boot_record* fw_boot(void) { return &record; }

void fw_boot_expect(fw_boot_cause cause, uint32_t exception, uint32_t status)
{
    record.next = (uint32_t)cause;
    record.exception = exception;
    record.status = status;
    record.sum = sum_of(&record);
}

uint32_t fw_boot_entropy(void)
{
    record.entropy = mix(record.entropy + mix(record.boots) + fw_clock_ticks());
    record.sum = sum_of(&record);
    return record.entropy;
}

void fw_boot_reset(void)
{
    __asm__ volatile("dsb" : : : "memory");
    fw_write(FW_SCB_AIRCR, kResetRequest);
    for (;;) __asm__ volatile("dsb" : : : "memory");
}
