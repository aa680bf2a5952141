// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "firmware_bridge/firmware/test_faults.h"

#include "firmware_bridge/firmware/board.h"
#include "firmware_bridge/firmware/boot_record.h"
#include "firmware_bridge/firmware/clock.h"
#include "firmware_bridge/firmware/test_log.h"

typedef enum {
    kHang,
    kDeaf,
    kNoTick,
    kLate,
    kUndefined,
    kWild,
    kOverflow,
    kReset,
    kShort,
    kDrop,
    kMute,
    kCorrupt,
    kForward,
    kBack,
    kKinds,
} kind_t;

static const char* const names[kKinds] = {"hang",  "deaf",  "notick", "late", "undefined", "wild",    "overflow",
                                          "reset", "short", "drop",   "mute", "corrupt",   "forward", "back"};

typedef struct {
    bool waits;
    kind_t kind;
    uint64_t begin_us;
    uint32_t duration_us, value_us;
} fault_t;

enum { kMostFaults = 8 };
static fault_t faults[kMostFaults];
static uint64_t until_us[kKinds];  // of faults with a duration
static uint64_t present_us;
static uint64_t offset_us;

// [µs] of a decimal number of milliseconds, at most an hour.
static bool read_ms(fw_reader* reader, uint32_t* us)
{
    enum { kMost = 3600000 };
    uint64_t ms = 0;
    if (!fw_read_decimal(reader, &ms) || ms > kMost) return false;
    *us = (uint32_t)ms * 1000;
    return true;
}

bool fw_fault_schedule(fw_reader* reader, uint64_t now_us)
{
    fault_t fault = {true, kKinds, now_us, 0, 0};
    for (int kind = 0; kind < kKinds && fault.kind == kKinds; ++kind) {
        if (fw_read_word(reader, names[kind])) fault.kind = (kind_t)kind;
    }
    uint32_t begin = 0;
    if (fault.kind == kKinds || !fw_read_sign(reader, '@') || !read_ms(reader, &begin)) return false;
    fault.begin_us += begin;
    if (fw_read_sign(reader, '+') && !read_ms(reader, &fault.duration_us)) return false;
    if (fw_read_sign(reader, '=') && !read_ms(reader, &fault.value_us)) return false;
    if (!fw_read_end(reader)) return false;
    for (int i = 0; i < kMostFaults; ++i) {
        if (faults[i].waits) continue;
        faults[i] = fault;
        return true;
    }
    return false;
}

static void spend(uint32_t us)
{
    const uint64_t end = fw_clock_us() + us;
    while (fw_clock_us() < end) continue;
}

static void stop_tick(void) { fw_write(FW_TIMER0, 0); }

static void begin(const fault_t* fault)
{
    switch (fault->kind) {
    case kHang:
        for (;;) continue;
    case kDeaf:
        (void)fw_mask_interrupts();
        for (;;) continue;
    case kNoTick:
        stop_tick();
        break;
    case kLate:
        spend(fault->value_us);
        break;
    case kUndefined:
        __asm__ volatile("udf #0");
        break;
    case kWild:
        (void)fw_read(UINT32_C(0x1FFF0000));
        break;
    case kOverflow:
        __asm__ volatile("0: push {r0}\n\tb 0b");
        break;
    case kReset:
        fw_boot_expect(FW_BOOT_TEST, 0, 0);
        fw_boot_reset();
    case kShort:
        fw_write(FW_FPGAIO_LED, 1);
        break;
    case kForward:
        offset_us += fault->value_us;
        break;
    case kBack:
        offset_us -= fault->value_us;
        break;
    default:
        until_us[fault->kind] = fault->begin_us + fault->duration_us;
        break;
    }
}

void fw_fault_turn(uint64_t now_us)
{
    present_us = now_us;
    for (int i = 0; i < kMostFaults; ++i) {
        if (!faults[i].waits || now_us < faults[i].begin_us) continue;
        faults[i].waits = false;
        fw_test_log_fault(now_us);
        begin(&faults[i]);
    }
}

bool fw_fault_drops(void) { return present_us < until_us[kDrop]; }
bool fw_fault_mutes(void) { return present_us < until_us[kMute]; }
bool fw_fault_corrupts(void) { return present_us < until_us[kCorrupt]; }

uint64_t fw_fault_clock_offset(void) { return offset_us; }
