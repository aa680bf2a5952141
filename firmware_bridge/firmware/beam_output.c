// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "firmware_bridge/firmware/beam_output.h"

#include "firmware_bridge/firmware/board.h"
#include "firmware_bridge/firmware/test_hooks.h"

enum { kBeamBit = 1 };

static volatile bool tripped;
static bool written;
static volatile uint32_t ticks_without_loop;

void fw_beam_open(void)
{
    fw_write(FW_FPGAIO_LED, 0);
    tripped = false;
    written = false;
    ticks_without_loop = 0;
}

void fw_beam_refresh(bool enabled)
{
    // The tick interrupt must not trip between the look at `tripped` and the write.
    const uint32_t mask = fw_mask_interrupts();
    if (fw_beam_enabled() != written && !tripped) fw_beam_trip();
    const bool on = enabled && !tripped;
    if (on != written) fw_test_beam(on);
    written = on;
    fw_write(FW_FPGAIO_LED, on ? kBeamBit : 0);
    ticks_without_loop = 0;
    fw_restore_interrupts(mask);
}

void fw_beam_tick(void)
{
    if (++ticks_without_loop >= FW_LOOP_LIMIT_MS) fw_beam_trip();
}

void fw_beam_trip(void)
{
    fw_write(FW_FPGAIO_LED, 0);
    if (!tripped) fw_test_beam(false);
    written = false;
    tripped = true;
}

bool fw_beam_tripped(void) { return tripped; }

bool fw_beam_enabled(void) { return (fw_read(FW_FPGAIO_LED) & kBeamBit) != 0; }
