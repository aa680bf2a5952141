// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/gate/gate_window.h"
#include "core/recording.h"

namespace foretide::apps {

enum class GateTestKind { latency, still, drift };
const char* to_string(GateTestKind kind) noexcept;

/// A stretch of the phantom's programme that is judged.
struct PhantomStretch {
    GateTestKind kind = GateTestKind::latency;
    double from_s = 0, to_s = 0;
    double period_s = 0;  ///< latency
};

struct PhantomOptions {
    std::vector<double> periods_s{2, 3, 4, 5, 6};
    int cycles = 15;           ///< judged of each period
    double amplitude_mm = 10;  ///< peak to peak, along z of marker 1
    double warm_up_s = 40;     ///< of breathing with 4 s before the first test
    double settle_s = 20;      ///< after each change of motion, not judged
    double still_s = 30;
    double drift_mm_min = 6;
    double noise_mm = 0.1;  ///< of the camera, each axis
    double rate_hz = 30;
    std::uint64_t seed = 1;
};

/// What the phantom does, one recording: warm-up, a sinusoid for each period, stillness inside the window, a slow ramp
/// out of it. Continuous throughout; sinusoids begin and end at the low extreme, which the window holds.
struct PhantomProgramme {
    core::Recording recording;  ///< 3 markers, as a camera sees them
    std::vector<PhantomStretch> stretches;
    core::GateWindow window;  ///< of m1.z [mm]
    static constexpr const char* kAxis = "m1.z";
};

/// Throws std::invalid_argument for options out of range.
PhantomProgramme make_phantom(const PhantomOptions& options);

}  // namespace foretide::apps
