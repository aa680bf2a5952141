// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

/// The CMSDK watchdog, third line of defence: works with the processor hung, interrupts masked or the tick timer dead.
/// Unfed for FW_WATCHDOG_MS it raises the NMI, whose handler takes the beam-enable output away and resets; unfed for as
/// long again (the handler, too, does not run) it resets the chip, and a reset takes the output away by itself.

enum { FW_WATCHDOG_MS = 90 };

void fw_watchdog_open(void);

/// Main loop only, where a tick has come since the last time.
void fw_watchdog_feed(void);
