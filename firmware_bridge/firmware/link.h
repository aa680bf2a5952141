// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <stdint.h>

#include "firmware_bridge/controller/ft_controller.h"
#include "firmware_bridge/firmware/uart.h"

/// The link between the serial line and the controller's state machine: bytes to frames, frames and time to the state
/// machine, its replies back onto the line, its output to the beam.

enum {
    FW_LINK_BAUD = 921600,
    FW_TURN_BYTES = 256,      ///< taken in one turn at most: a babbling sender does not hold up the loop
    FW_TURN_LATE_US = 10000,  ///< a turn later than this finds bytes of unknown age, and throws them away
};

/// The state machine, for the interrupts of main.c and the test port.
extern fw_uart fw_link_line;
extern ft_controller fw_link_controller;

/// The limits of this controller.
void fw_link_config(ft_controller_config* config);

void fw_link_open(uint32_t boot_count, uint32_t entropy, uint64_t now_us);

/// One turn of the main loop.
void fw_link_turn(uint64_t now_us);
