// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "firmware_bridge/firmware/uart.h"

#include "firmware_bridge/firmware/board.h"

enum {
    kData = 0x00,
    kState = 0x04,
    kControl = 0x08,
    kIntClear = 0x0C,
    kBaud = 0x10,
    kStateTxFull = 1,
    kStateRxFull = 2,
    kStateRxOverrun = 8,
    kControlAll = 0x0F,  // transmitter, receiver and the interrupts of both
    kIntTx = 1,
    kIntRx = 2,
    kRingMask = FW_UART_RING - 1,
};

void fw_uart_open(fw_uart* uart, uint32_t base, uint32_t baud)
{
    uart->base = base;
    uart->received = uart->taken = uart->queued = uart->sent = uart->lost = 0;
    fw_write(base + kControl, 0);
    fw_write(base + kBaud, (FW_CLOCK_HZ + baud / 2) / baud);
    fw_write(base + kIntClear, kIntTx | kIntRx);
    fw_write(base + kControl, kControlAll);
}

bool fw_uart_waiting(const fw_uart* uart) { return uart->received != uart->taken; }

bool fw_uart_take(fw_uart* uart, uint8_t* byte)
{
    if (!fw_uart_waiting(uart)) return false;
    *byte = uart->in[uart->taken & kRingMask];
    ++uart->taken;
    return true;
}

void fw_uart_on_receive(fw_uart* uart)
{
    fw_write(uart->base + kIntClear, kIntRx);
    const uint32_t state = fw_read(uart->base + kState);
    if (state & kStateRxOverrun) {
        fw_write(uart->base + kState, kStateRxOverrun);
        ++uart->lost;
    }
    if (!(state & kStateRxFull)) return;
    const uint8_t byte = (uint8_t)fw_read(uart->base + kData);
    if (uart->received - uart->taken >= FW_UART_RING) {
        ++uart->lost;
        return;
    }
    uart->in[uart->received & kRingMask] = byte;
    ++uart->received;
}

// Hands the next byte to the register where it is free. Not interruptible by its own interrupt.
static void send_next(fw_uart* uart)
{
    if (uart->sent == uart->queued || (fw_read(uart->base + kState) & kStateTxFull)) return;
    fw_write(uart->base + kData, uart->out[uart->sent & kRingMask]);
    ++uart->sent;
}

void fw_uart_on_sent(fw_uart* uart)
{
    fw_write(uart->base + kIntClear, kIntTx);
    send_next(uart);
}

bool fw_uart_put(fw_uart* uart, const uint8_t* bytes, size_t size)
{
    if (size > FW_UART_RING - (uart->queued - uart->sent)) return false;
    for (size_t i = 0; i < size; ++i) uart->out[(uart->queued + i) & kRingMask] = bytes[i];
    const uint32_t mask = fw_mask_interrupts();
    uart->queued += (uint32_t)size;
    send_next(uart);  // the interrupt comes when this byte has left
    fw_restore_interrupts(mask);
    return true;
}
