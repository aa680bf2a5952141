// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "acquisition/read_error.h"
#include "acquisition/reader_options.h"
#include "acquisition/recording_reader.h"
#include "core/recording.h"

namespace foretide::acquisition::fuzz {

/// Ends the run as a finding.
inline void require(bool condition, const char* what)
{
    if (!condition) {
        std::fprintf(stderr, "broken promise: %s\n", what);
        std::abort();
    }
}

/// What every reader promises of what it accepts.
inline void check_recording(const core::Recording& recording)
{
    require(!recording.files.empty() && !recording.format.empty(), "the origin is told");
    require(recording.markers >= 1 && recording.markers <= core::kMaxMarkers, "1 to kMaxMarkers markers");
    require(!recording.frames.empty() && recording.frames.size() <= kMaxFrames, "1 to kMaxFrames frames");
    for (const core::MarkerFrame& frame : recording.frames) {
        require(frame.marker_count == recording.markers, "the same number of markers in every frame");
        require(frame.acquired != core::kUnknownTime && frame.arrived == frame.acquired, "known times");
        require(std::abs(core::to_seconds(frame.acquired)) <= 2.001 * kMaxTime_s, "times within the limit");
        for (std::size_t m = 0; m < frame.markers.size(); ++m) {
            const core::MarkerSample& marker = frame.markers[m];
            const bool seen = marker.visibility != core::Visibility::missing;
            require(!seen || m < static_cast<std::size_t>(recording.markers), "no marker past the count");
            for (const double value : marker.position_mm) {
                require(seen ? std::abs(value) <= kMaxPosition_mm : std::isnan(value), "positions fit visibility");
            }
        }
    }
    for (const core::RecordingNote& note : recording.notes) require(!note.text.empty(), "notes say something");
}

/// Runs a reader on a fuzzer's input. Any exception but ReadError ends the run as a finding.
template <typename Parse>
int run_reader(const std::uint8_t* data, std::size_t size, Parse&& parse)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    detect_format(text);
    try {
        check_recording(parse(text));
    } catch (const ReadError& error) {
        require(!error.problem().empty() && !error.hint().empty(), "errors say what is wrong and what to do");
    }
    return 0;
}

/// Reader options that depend on the input's length, so that all of them are met.
inline ReaderOptions varied_options(std::size_t size)
{
    ReaderOptions options;
    options.vxp_valid = static_cast<VxpValidity>(size % 3);
    options.ttl_in_beam_on = static_cast<BeamPolarity>(size / 3 % 3);
    options.ndi_points = static_cast<NdiPoints>(size / 9 % 3);
    return options;
}

}  // namespace foretide::acquisition::fuzz
