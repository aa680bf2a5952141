// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <sstream>

#include "acquisition/session_csv.h"
#include "acquisition/session_csv_writer.h"
#include "tests/fuzz/reader_fuzzing.h"

namespace foretide::acquisition::fuzz {
namespace {

/// What was accepted is written, read again and written again without a difference.
core::Recording parse_and_round_trip(std::string_view text)
{
    core::Recording recording = parse_session_csv(text, "fuzz.csv");
    std::ostringstream first, second;
    write_session_csv(recording, first);
    const core::Recording again = parse_session_csv(first.str(), "again.csv");
    write_session_csv(again, second);
    require(first.str() == second.str(), "writing round-trips");
    require(again.frames.size() == recording.frames.size(), "no frame is lost");
    for (std::size_t i = 0; i < again.frames.size(); ++i) {
        require(again.frames[i].acquired == recording.frames[i].acquired, "times round-trip");
    }
    return recording;
}

}  // namespace
}  // namespace foretide::acquisition::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    return foretide::acquisition::fuzz::run_reader(data, size, foretide::acquisition::fuzz::parse_and_round_trip);
}
