// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <sstream>

#include "acquisition/session_csv.h"
#include "acquisition/session_csv_writer.h"
#include "tests/fuzz/reader_fuzzing.h"

namespace {

using namespace foretide;
using namespace foretide::acquisition;

/// What was accepted is written, read again and written again without a difference.
core::Recording parse_and_round_trip(std::string_view text)
{
    core::Recording recording = parse_session_csv(text, "fuzz.csv");
    std::ostringstream first, second;
    write_session_csv(recording, first);
    const core::Recording again = parse_session_csv(first.str(), "again.csv");
    write_session_csv(again, second);
    fuzz::require(first.str() == second.str(), "writing round-trips");
    fuzz::require(again.frames.size() == recording.frames.size(), "no frame is lost");
    for (std::size_t i = 0; i < again.frames.size(); ++i) {
        fuzz::require(again.frames[i].acquired == recording.frames[i].acquired, "times round-trip");
    }
    return recording;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    return fuzz::run_reader(data, size, parse_and_round_trip);
}
