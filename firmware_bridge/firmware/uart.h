// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A CMSDK UART: interrupts move bytes between the registers and two rings; the main loop works on the rings. One
/// writer and one reader each, so no locks. Each interrupt moves one byte: bounded.

enum { FW_UART_RING = 1024 };  // power of two; at 921600 baud 11 ms of line, and the loop turns each millisecond

typedef struct {
    uint32_t base;
    volatile uint32_t received;  // written by the interrupt; index modulo FW_UART_RING
    volatile uint32_t taken;     // written by the loop
    volatile uint32_t queued;    // written by the loop
    volatile uint32_t sent;      // written by the interrupt, and by the loop with interrupts masked
    volatile uint32_t lost;      // received while the ring was full, or overrun in the register
    uint8_t in[FW_UART_RING];
    uint8_t out[FW_UART_RING];
} fw_uart;

void fw_uart_open(fw_uart* uart, uint32_t base, uint32_t baud);

/// One received byte; false where there is none.
bool fw_uart_take(fw_uart* uart, uint8_t* byte);

/// True where a byte waits.
bool fw_uart_waiting(const fw_uart* uart);

/// Queues all of it, or nothing (false) where it does not fit: half a frame helps nobody.
bool fw_uart_put(fw_uart* uart, const uint8_t* bytes, size_t size);

/// The two interrupts.
void fw_uart_on_receive(fw_uart* uart);
void fw_uart_on_sent(fw_uart* uart);
