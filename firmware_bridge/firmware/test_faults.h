// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware_bridge/firmware/test_text.h"

/// Faults on schedule of a test image.
///
///   hang        the main loop stops, interrupts go on
///   deaf        the main loop stops with interrupts masked
///   notick      the tick interrupt stops
///   late        one turn of the main loop takes V ms
///   undefined   an undefined instruction
///   wild        a read where there is nothing
///   overflow    the stack grows without end
///   reset       the chip is reset
///   short       the output is pulled high from outside for a moment
///   drop+D      received bytes are lost for D ms
///   mute+D      replies are lost for D ms
///   corrupt+D   one bit of each reply is wrong for D ms
///   forward=V   the clock of the link jumps ahead by V ms
///   back=V      the clock of the link jumps back by V ms

/// "NAME@T[+D][=V]"; false where it is none of these, or too many wait.
bool fw_fault_schedule(fw_reader* reader, uint64_t now_us);

/// Starts what is due and ends what is over. Some do not return.
void fw_fault_turn(uint64_t now_us);

/// Is it that time of a fault with a duration?
bool fw_fault_drops(void);
bool fw_fault_mutes(void);
bool fw_fault_corrupts(void);

/// By how much the link's clock is ahead [µs], modulo 2^64.
uint64_t fw_fault_clock_offset(void);
