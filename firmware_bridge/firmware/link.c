// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "firmware_bridge/firmware/link.h"

#include "firmware_bridge/controller/ft_cobs.h"
#include "firmware_bridge/firmware/beam_output.h"
#include "firmware_bridge/firmware/board.h"
#include "firmware_bridge/firmware/boot_record.h"
#include "firmware_bridge/firmware/test_hooks.h"

enum { kControllerId = 0x0385, kFirmwareVersion = 0x000100 };

fw_uart fw_link_line;
ft_controller fw_link_controller;

static ft_cobs_decoder decoder;
static uint64_t last_turn_us;
static bool heard;

void fw_link_config(ft_controller_config* config)
{
    ft_controller_defaults(config);
    config->controller_id = kControllerId;
    config->firmware_version = kFirmwareVersion;
    config->poll_period_us = 2000;  // the loop turns with each tick, and a turn takes less than a tick
}

static void start(uint32_t boot_count, uint32_t entropy, uint64_t now_us)
{
    ft_controller_config config;
    fw_link_config(&config);
    ft_controller_init(&fw_link_controller, &config, boot_count, entropy, now_us);
}

void fw_link_open(uint32_t boot_count, uint32_t entropy, uint64_t now_us)
{
    start(boot_count, entropy, now_us);
    ft_cobs_reset(&decoder);
    last_turn_us = now_us;
    heard = false;
    fw_uart_open(&fw_link_line, FW_UART0, FW_LINK_BAUD);
}

// A reply that does not fit is not sent: the line is slower than what is asked of it, and the next status says more.
static void send(const uint8_t* frame, size_t size)
{
    if (size == 0) return;
    uint8_t line[FT_COBS_MAX];
    const size_t count = ft_cobs_encode(frame, size, line);
    if (fw_test_reply(line, count)) (void)fw_uart_put(&fw_link_line, line, count);
}

// The output first: a status never tells of an output that is not there yet.
static void answer(const uint8_t* reply, size_t size)
{
    fw_beam_refresh(ft_controller_enabled(&fw_link_controller));
    send(reply, size);
}

static void take(uint8_t byte, uint64_t now_us)
{
    const int size = ft_cobs_push(&decoder, byte);
    if (size == 0) return;
    uint8_t reply[FT_FRAME_MAX];
    const size_t count = size > 0
                             ? ft_controller_receive(&fw_link_controller, now_us, decoder.frame, (size_t)size, reply)
                             : ft_controller_receive_broken(&fw_link_controller, now_us, reply);
    answer(reply, count);
}

static void discard(void)
{
    uint8_t byte;
    while (fw_uart_take(&fw_link_line, &byte)) continue;
    ft_cobs_reset(&decoder);
}

void fw_link_turn(uint64_t now_us)
{
    // How long waiting bytes have waited is unknown after a late turn; too old a sample must not pass for a young one.
    if (now_us - last_turn_us > FW_TURN_LATE_US) discard();
    last_turn_us = now_us;

    uint8_t byte;
    for (int i = 0; i < FW_TURN_BYTES && fw_uart_take(&fw_link_line, &byte); ++i) {
        if (!fw_test_received()) continue;
        if (!heard) {
            // The first byte comes at a moment that nothing in here determines: that is what makes nonces differ after
            // a power-on, when everything else is as it was the last time.
            heard = true;
            start(fw_boot()->boots, fw_boot_entropy(), now_us);
        }
        take(byte, now_us);
    }
    uint8_t reply[FT_FRAME_MAX];
    answer(reply, ft_controller_poll(&fw_link_controller, now_us, reply));
}
