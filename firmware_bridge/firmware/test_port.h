// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The test port of a test image: lines of text on UART1, each answered by one line. All numbers are hexadecimal but
/// those of faults, which are decimal milliseconds.
///
///   status                  time, boots, cause of this boot, … as key=value
///   fault NAME@T[+D][=V]    in T ms from now, for D ms, with value V; test_faults.h names them
///   virtual BOOTS ENTROPY TIME   from now on (until a reset) time and frames come from this port, the link line is
///   deaf poll TIME               lets time pass to TIME [µs]: "STATE REASON PIN REPLY" with REPLY in hexadecimal, -
///   for none frame TIME HEX          a frame arrives at TIME: the same answer broken TIME             something that
///   is no frame arrives at TIME: the same answer
///
/// Whatever else: "error …".

/// Replies to one line (without its end).
void fw_test_command(const char* line, uint64_t now_us);

/// Sends one line.
void fw_test_say(const char* text);
