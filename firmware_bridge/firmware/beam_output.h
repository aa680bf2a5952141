// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <stdbool.h>
#include <stdint.h>

/// The beam-enable output: bit 0 of the FPGA's LED register, 1 = beam enabled. Nothing else writes it.
///
/// Three things must agree before it is 1: the state machine says so, the main loop has come by within FW_LOOP_LIMIT_MS
/// (counted by the tick interrupt), and nothing has tripped since the reset. A trip (the loop late, the
/// output not reading back as written) lasts until the next reset: such a processor is not believed again.

enum { FW_LOOP_LIMIT_MS = 40 };

/// Off. Before interrupts are on.
void fw_beam_open(void);

/// Main loop, each turn: the state machine's word, and the proof that the loop lives.
void fw_beam_refresh(bool enabled);

/// Tick interrupt, each millisecond: takes the output away from a loop that does not come by.
void fw_beam_tick(void);

/// Off for good; from anywhere.
void fw_beam_trip(void);

/// True once tripped.
bool fw_beam_tripped(void);

/// What the pin says now.
bool fw_beam_enabled(void);
