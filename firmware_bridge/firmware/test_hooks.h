// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Where a test image interferes (test_port.c). In the shipped image each of these is nothing, and compiles to nothing.

#ifdef FORETIDE_TEST_IMAGE

void fw_test_open(void);
/// Commands and faults that are due; true where virtual time is on and the link gets no turn.
bool fw_test_turn(uint64_t now_us);
bool fw_test_waiting(void);
/// Time as the link is to see it.
uint64_t fw_test_time(uint64_t now_us);
/// A byte was received; false: lose it.
bool fw_test_received(void);
/// A reply as it goes onto the line, may be changed; false: lose it.
bool fw_test_reply(uint8_t* line, size_t count);
/// The output changed.
void fw_test_beam(bool enabled);

#else

static inline void fw_test_open(void) {}
static inline bool fw_test_turn(uint64_t now_us) { return (void)now_us, false; }
static inline bool fw_test_waiting(void) { return false; }
static inline uint64_t fw_test_time(uint64_t now_us) { return now_us; }
static inline bool fw_test_received(void) { return true; }
static inline bool fw_test_reply(uint8_t* line, size_t count) { return (void)line, (void)count, true; }
static inline void fw_test_beam(bool enabled) { (void)enabled; }

#endif
