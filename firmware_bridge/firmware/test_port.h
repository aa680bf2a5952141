// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The test port of a test image: lines of text on UART1, each answered by one line.
///
///   status                time, boots, cause of this boot, … as key=value, hexadecimal
///   fault NAME@T[+D][=V]  in T ms from now, for D ms, with value V; test_faults.h names them
///   reset …               from now on (until a reset of the chip) time and frames come from this port and the link
///   line frame TIME BYTES      is deaf: calls as in the vector files (firmware_bridge/vectors/README.md), each
///   answered as broken TIME -         there ("STATE ENABLED REASON REPLY", `reset` with "ok"); ENABLED is read back
///   from the pin poll TIME - trip TIME -
///
/// Whatever else: "error …". After each boot it says "ready".

/// Replies to one line (without its end).
void fw_test_command(const char* line, uint64_t now_us);

/// Sends one line.
void fw_test_say(const char* text);
