// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include "validation/replay_result.h"

namespace foretide::validation {

struct SyntheticReplay {
    int markers = 2;
    double rate_hz = 10;
    double duration_s = 90;
    std::vector<double> horizons_s{0.5, 1.0};
    bool with_gate = false;
    bool with_intervals = false;
};

/// A breathing-like motion with drift, and forecasts that are the last position: every number is a plain function
/// of its time, so that tests can compute it again. Metrics are made up (0.1 × the horizon and the like).
ReplayResult synthetic_replay(const SyntheticReplay& what = {});

/// Measured position of coordinate c at a time, as synthetic_replay() has it [mm].
double synthetic_position_mm(double time_s, int c);

}  // namespace foretide::validation
