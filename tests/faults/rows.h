// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <ostream>
#include <span>

#include "tests/faults/rig.h"

namespace foretide::tests {

/// What the beam must do.
enum class Beam {
    stays,    ///< nothing: the fault is bridged
    held,     ///< held within the limit, for as long as the fault lasts and the dwell time after it, then on again
    not_yet,  ///< never on: there is no source yet; the engine goes on by itself when there is
    no_word,  ///< nothing comes from the engine any more
};

/// What the session must hold.
enum class Record {
    complete,    ///< everything; all forecasts repeated bit for bit
    broken_off,  ///< everything but the last 250 ms
};

/// When a fault that an action made began and ended, and what it says for the table.
struct Made {
    core::TimePoint began{}, ended{};
    std::string remark;
};

/// A row of the matrix.
struct Row {
    const char* name;   ///< of the test
    const char* fault;  ///< for people
    Source source;
    const char* injected;  ///< --fault of the simulator, or in words what `act` does
    const char* must;      ///< for people
    Beam beam;
    double hold_within_s = 0;      ///< of the fault's begin
    double on_again_within_s = 0;  ///< of its end; not_yet: streaming
    const char* alarm = "";        ///< empty: none may be raised
    double alarm_within_s = 0;     ///< of its begin
    Record record = Record::complete;
    /// Does it, watches until it is over, and judges what only this row knows. `not_yet`: also starts the engine.
    Made (*act)(Rig&) = nullptr;
};

std::span<const Row> rows();

/// As GoogleTest shows it.
inline void PrintTo(const Row& row, std::ostream* out) { *out << row.fault << ": " << row.injected; }

}  // namespace foretide::tests
