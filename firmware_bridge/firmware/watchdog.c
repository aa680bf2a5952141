// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "firmware_bridge/firmware/watchdog.h"

#include "firmware_bridge/firmware/board.h"

enum { kLoad = 0x00, kControl = 0x08, kIntClear = 0x0C, kLock = 0xC00, kInterrupt = 1, kReset = 2 };
#define kUnlock UINT32_C(0x1ACCE551)

void fw_watchdog_open(void)
{
    fw_write(FW_WATCHDOG + kLock, kUnlock);
    fw_write(FW_WATCHDOG + kLoad, (uint32_t)FW_WATCHDOG_MS * FW_TICKS_PER_MS);
    fw_write(FW_WATCHDOG + kControl, kInterrupt | kReset);
    fw_write(FW_WATCHDOG + kLock, 0);  // locked: a stray write cannot switch it off
}

void fw_watchdog_feed(void)
{
    fw_write(FW_WATCHDOG + kLock, kUnlock);
    fw_write(FW_WATCHDOG + kIntClear, 1);  // reloads the counter
    fw_write(FW_WATCHDOG + kLock, 0);
}
