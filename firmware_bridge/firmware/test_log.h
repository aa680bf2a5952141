// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <stdint.h>

/// Times that a test wants to know after the reset that a fault ended in; they outlive it. By the clock of the boot in
/// which they happened, 0 = has not happened.
typedef struct {
    uint32_t magic;
    uint64_t fault_us;  ///< the last fault began
    uint64_t on_us;     ///< the output went on last
    uint64_t off_us;    ///< the output went off last
} fw_test_times;

void fw_test_log_open(void);
void fw_test_log_fault(uint64_t now_us);
void fw_test_log_beam(uint64_t now_us, int enabled);
const fw_test_times* fw_test_log(void);
