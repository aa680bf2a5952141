// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "tests/faults/rows.h"

namespace foretide::tests {

/// What came of a row [s]; empty: did not happen.
struct Measured {
    std::optional<double> hold_after_s;      ///< first hold after the fault's begin, as received
    std::optional<double> on_again_after_s;  ///< first beam on after that, from the fault's end; not_yet: streaming
    std::optional<double> alarm_after_s;     ///< shown to the operator, from the fault's begin
    std::string record;                      ///< in words
    std::string remark;
};

/// Reads from what the station saw what happened after the fault.
Measured measure(const Row& row, const Made& made, const Station& station);

/// Expects what the row says (GoogleTest expectations).
void expect_beam(const Row& row, const Made& made, const Measured& measured, const Station& station);
void expect_alarm(const Row& row, const Made& made, const Measured& measured, const Station& station);
/// That of no sample in the session, and of no command received, the beam was on while data were old, refused, repeated
/// or in the dwell time after.
void expect_beam_off_in_doubt(const std::filesystem::path& session, const Station& station);
/// That the session holds what the row says; returns it in words.
std::string expect_record(const Row& row, const Made& made, Rig& rig);

}  // namespace foretide::tests
