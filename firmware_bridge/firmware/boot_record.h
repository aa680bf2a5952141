// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <stdint.h>

/// What outlives a reset: RAM that the start-up code neither clears nor loads, guarded by a magic number and a sum.
/// After power-on it holds anything; then the count starts at 1.

typedef enum {
    FW_BOOT_POWER_ON = 0,  ///< no record was there
    FW_BOOT_RESET = 1,     ///< the reset line, or the watchdog after an NMI handler that did not run either
    FW_BOOT_WATCHDOG = 2,  ///< NMI: the main loop did not feed the watchdog
    FW_BOOT_FAULT = 3,     ///< a processor fault or an exception nobody expects
    FW_BOOT_TRIPPED = 4,   ///< the output had been taken away: the main loop was late, or it read back otherwise
    FW_BOOT_TEST = 5,      ///< the reset of a test image's fault schedule
} fw_boot_cause;

typedef struct {
    uint32_t magic;
    uint32_t boots;      ///< this boot is the boots-th since power-on
    uint32_t cause;      ///< fw_boot_cause of this boot
    uint32_t next;       ///< fw_boot_cause to find at the next one
    uint32_t exception;  ///< IPSR of the last fault, 0 = none
    uint32_t status;     ///< CFSR of the last fault
    uint32_t entropy;    ///< state of fw_boot_entropy()
    uint32_t sum;
} fw_boot_record;

/// Once, at boot: counts it.
void fw_boot_open(void);

const fw_boot_record* fw_boot(void);

/// Says why the next boot will come.
void fw_boot_expect(fw_boot_cause cause, uint32_t exception, uint32_t status);

/// A number for the nonces of the link. It mixes those before (they outlive a reset), the number of this boot and the
/// 25 MHz counter at the moment of the call. Not a secret: it tells connections apart by accident, not against an
/// attacker.
uint32_t fw_boot_entropy(void);

/// Resets the chip.
void fw_boot_reset(void) __attribute__((noreturn));
