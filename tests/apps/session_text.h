// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <functional>
#include <string>
#include <vector>

namespace foretide::apps {

/// Position of coordinate c at frame k [mm]; NaN: the marker is not seen.
using FrameMotion = std::function<double(int k, int c)>;

/// Breathing (period 4 s at 10 Hz) on three axes, every marker some millimetres apart.
double breathing_mm(int k, int c);

/// A session CSV of `frames` rows at 10 Hz.
std::string session_csv(int frames, int markers, const FrameMotion& motion = breathing_mm);

/// The same breathing of one marker in each of the formats that `foretide replay` reads, some 25 s long.
struct FormatSample {
    const char* format;  ///< as --format has it
    std::string name;    ///< of the file
    std::string text;
};
std::vector<FormatSample> format_samples();

}  // namespace foretide::apps
