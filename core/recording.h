// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/marker_frame.h"

namespace foretide::core {

/// Something a reader repaired, dropped or doubted, in words, with the place.
struct RecordingNote {
    std::string file;
    std::size_t line = 0;  ///< 1-based; 0 = the file as a whole
    std::string text;
};

/// A recorded session in memory: frames in the order of the file, as received.
/// Frames may be irregular, out of order or hold NaN: the conditioner decides what becomes of them.
struct Recording {
    std::vector<std::string> files;    ///< where it came from
    std::string format;                ///< "csv", "extmarker", "vxp", "dat", "ndi", "session", "simulated"
    int markers = 0;                   ///< 1 … kMaxMarkers, the same in every frame
    double nominal_rate_hz = kNaN;     ///< as the file states it, NaN where it does not
    std::vector<MarkerFrame> frames;   ///< time zero = first frame's acquisition, except where the file says otherwise
    std::vector<RecordingNote> notes;  ///< every repair, one entry a kind and place (long runs are summarised)
};

/// Rate of a recording: 1 / median interval between consecutive acquisition times [Hz].
/// Returns NaN for fewer than two frames.
double estimate_rate_hz(const Recording& recording);

/// Rate of frames [Hz]: intervals counted over the whole span, gaps of more than ten left out; a whole number where it
/// is one but for jitter. NaN where times do not increase.
double uniform_rate_hz(std::span<const MarkerFrame> frames);
inline double uniform_rate_hz(const Recording& recording) { return uniform_rate_hz(recording.frames); }

}  // namespace foretide::core
