// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <stdint.h>

/// Time since boot from timer 1 of the CMSDK dual timer, free-running at 25 MHz, 32 bit: it wraps each 171.8 s and is
/// extended here. The tick interrupt reads it each millisecond, so no wrap is missed while interrupts are served; a
/// processor that serves none for 90 ms is reset by the watchdog. It starts a second before its first wrap, so that
/// every run and every test passes one.

/// Before interrupts are on.
void fw_clock_open(void);

/// [µs] since fw_clock_open(); never goes back. From the main loop and from interrupts.
uint64_t fw_clock_us(void);

/// The raw counter: its low bits are as random as the moment of asking.
uint32_t fw_clock_ticks(void);
