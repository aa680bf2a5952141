// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "firmware_bridge/firmware/clock.h"

#include "firmware_bridge/firmware/board.h"

enum { kLoad = 0x00, kValue = 0x04, kControl = 0x08, kEnable = 1 << 7, k32Bit = 1 << 1 };

static uint32_t last_ticks;
static uint32_t rest_ticks;
static uint64_t elapsed_us;

uint32_t fw_clock_ticks(void)
{
    return ~fw_read(FW_DUAL_TIMER + kValue);  // it counts down
}

void fw_clock_open(void)
{
    fw_write(FW_DUAL_TIMER + kControl, 0);
    fw_write(FW_DUAL_TIMER + kLoad, FW_CLOCK_HZ);  // a second; from 0 it goes on at the top
    fw_write(FW_DUAL_TIMER + kControl, kEnable | k32Bit);
    last_ticks = fw_clock_ticks();
    rest_ticks = 0;
    elapsed_us = 0;
}

uint64_t fw_clock_us(void)
{
    const uint32_t mask = fw_mask_interrupts();
    const uint32_t now = fw_clock_ticks();
    // 32-bit arithmetic only; the difference is right across a wrap. The sum cannot overflow: the rest is below 25, and
    // two calls are milliseconds apart.
    const uint32_t ticks = now - last_ticks + rest_ticks;
    last_ticks = now;
    elapsed_us += ticks / FW_TICKS_PER_US;
    rest_ticks = ticks % FW_TICKS_PER_US;
    const uint64_t result = elapsed_us;
    fw_restore_interrupts(mask);
    return result;
}
