// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <stdint.h>

/// What the firmware uses of Arm's MPS2 board with the AN385 image (Cortex-M3, 25 MHz): addresses and register offsets
/// from Arm's Application Note 385 and the Cortex-M System Design Kit manual (DDI 0479). QEMU's machine `mps2-an385`
/// models all of these; README.md says what it does not.

enum {
    FW_CLOCK_HZ = 25000000,
    FW_TICKS_PER_US = FW_CLOCK_HZ / 1000000,
    FW_TICKS_PER_MS = FW_CLOCK_HZ / 1000,
};

// Bases.
#define FW_CODE UINT32_C(0x00000000)
#define FW_RAM UINT32_C(0x20000000)
#define FW_PERIPHERALS UINT32_C(0x40000000)
#define FW_TIMER0 UINT32_C(0x40000000)
#define FW_DUAL_TIMER UINT32_C(0x40002000)
#define FW_UART0 UINT32_C(0x40004000)
#define FW_UART1 UINT32_C(0x40005000)
#define FW_WATCHDOG UINT32_C(0x40008000)
#define FW_FPGAIO_LED UINT32_C(0x40028000)
#define FW_SCB_CFSR UINT32_C(0xE000ED28)
#define FW_SCB_AIRCR UINT32_C(0xE000ED0C)
#define FW_NVIC_ISER UINT32_C(0xE000E100)

// Interrupt numbers.
enum { FW_IRQ_UART0_RX = 0, FW_IRQ_UART0_TX = 1, FW_IRQ_UART1_RX = 2, FW_IRQ_UART1_TX = 3, FW_IRQ_TIMER0 = 8 };

static inline uint32_t fw_read(uint32_t address) { return *(volatile uint32_t*)(uintptr_t)address; }

static inline void fw_write(uint32_t address, uint32_t value) { *(volatile uint32_t*)(uintptr_t)address = value; }

static inline void fw_enable_interrupt(uint32_t number) { fw_write(FW_NVIC_ISER, UINT32_C(1) << number); }

/// Masks interrupts (not the NMI, not faults) and gives what to restore.
static inline uint32_t fw_mask_interrupts(void)
{
    uint32_t before;
    __asm__ volatile("mrs %0, primask\n\tcpsid i" : "=r"(before) : : "memory");
    return before;
}

static inline void fw_restore_interrupts(uint32_t before)
{
    __asm__ volatile("msr primask, %0" : : "r"(before) : "memory");
}

/// Sleeps until an interrupt is pending, masked or not.
static inline void fw_sleep(void) { __asm__ volatile("dsb\n\twfi" : : : "memory"); }
