// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "firmware_bridge/firmware/memory_protection.h"

#include "firmware_bridge/firmware/board.h"

// Armv7-M reference manual, B3.5.
#define kControl UINT32_C(0xE000ED94)
#define kBase UINT32_C(0xE000ED9C)
#define kAttributes UINT32_C(0xE000EDA0)
#define kExecuteNever (UINT32_C(1) << 28)
#define kReadWrite (UINT32_C(1) << 24)
#define kReadOnly (UINT32_C(6) << 24)
#define kNormal (UINT32_C(1) << 17)                          // TEX,S,C,B = 0,0,1,0
#define kDevice ((UINT32_C(1) << 18) | (UINT32_C(1) << 16))  // 0,1,0,1

// `bits`: the region's size is 2^bits bytes, and its base a multiple of that.
static void set_region(uint32_t number, uint32_t base, uint32_t bits, uint32_t attributes)
{
    const uint32_t kValid = 1U << 4, kEnable = 1;
    fw_write(kBase, base | kValid | number);
    fw_write(kAttributes, attributes | ((bits - 1) << 1) | kEnable);
}

void fw_protect_memory(void)
{
    // Sizes as in mps2_an385.ld.
    enum { kCodeBits = 16, kRamBits = 14, kPeripheralBits = 18, kEnable = 1 };
    set_region(0, FW_CODE, kCodeBits, kReadOnly | kNormal);
    set_region(1, FW_RAM, kRamBits, kReadWrite | kNormal | kExecuteNever);
    set_region(2, FW_PERIPHERALS, kPeripheralBits, kReadWrite | kDevice | kExecuteNever);
    fw_write(kControl, kEnable);
    __asm__ volatile("dsb\n\tisb" : : : "memory");
}
