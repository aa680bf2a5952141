// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "firmware_bridge/firmware/beam_output.h"
#include "firmware_bridge/firmware/board.h"
#include "firmware_bridge/firmware/boot_record.h"
#include "firmware_bridge/firmware/clock.h"
#include "firmware_bridge/firmware/interrupts.h"
#include "firmware_bridge/firmware/link.h"
#include "firmware_bridge/firmware/test_hooks.h"
#include "firmware_bridge/firmware/watchdog.h"

int main(void);

static volatile uint32_t ticks;

// The tick: an interrupt each millisecond from timer 0. It wakes the loop, and takes the output away from one that does
// not come.
static void open_tick(void)
{
    enum { kControl = 0x00, kValue = 0x04, kReload = 0x08, kEnable = 1, kInterrupt = 8 };
    fw_write(FW_TIMER0 + kReload, FW_TICKS_PER_MS - 1);
    fw_write(FW_TIMER0 + kValue, FW_TICKS_PER_MS - 1);
    fw_write(FW_TIMER0 + kControl, kEnable | kInterrupt);
}

void fw_on_tick(void)
{
    enum { kIntClear = 0x0C };
    fw_write(FW_TIMER0 + kIntClear, 1);
    ++ticks;
    fw_beam_tick();
    (void)fw_clock_us();  // no wrap is missed, whatever the loop does
}

void fw_on_link_receive(void) { fw_uart_on_receive(&fw_link_line); }

void fw_on_link_sent(void) { fw_uart_on_sent(&fw_link_line); }

// Sleeps where nothing waits. With interrupts masked between look and sleep none is missed: a pending one wakes.
static void wait(void)
{
    const uint32_t mask = fw_mask_interrupts();
    if (!fw_uart_waiting(&fw_link_line) && !fw_test_waiting()) fw_sleep();
    fw_restore_interrupts(mask);
}

static void turn(void)
{
    if (fw_beam_tripped()) {
        // The beam stays off, and all that is remembered is doubtful.
        fw_boot_expect(FW_BOOT_TRIPPED, 0, 0);
        fw_boot_reset();
    }
    const uint64_t now_us = fw_clock_us();
    if (!fw_test_turn(now_us)) fw_link_turn(fw_test_time(now_us));
    // Both must live: bytes wake the loop without a tick, too.
    static uint32_t fed_at;
    if (ticks == fed_at) return;
    fed_at = ticks;
    fw_watchdog_feed();
}

int main(void)
{
    (void)fw_mask_interrupts();
    fw_beam_open();
    fw_watchdog_open();
    fw_clock_open();
    fw_boot_open();
    fw_link_open(fw_boot()->boots, fw_boot_entropy(), fw_clock_us());
    fw_test_open();
    open_tick();
    fw_enable_interrupt(FW_IRQ_UART0_RX);
    fw_enable_interrupt(FW_IRQ_UART0_TX);
    fw_enable_interrupt(FW_IRQ_TIMER0);
    fw_restore_interrupts(0);
    for (;;) {
        wait();
        turn();
    }
}
