// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <string>
#include <utility>
#include <vector>

#include "apps/session/session_scan.h"
#include "core/session/session_reader.h"

namespace foretide::apps {

/// One coordinate of a session over time, as its report draws it; a number a sample, seconds from the first one on.
struct SessionSeries {
    std::size_t coordinate = 0;  ///< the one that moves most
    double horizon_s = 0;        ///< the one next to the beam-on latency, or to 0.5 s where that is not known
    double rate_hz = 0;
    std::vector<double> time_s, measured_mm;
    std::vector<double> target_s, forecast_mm, lower_mm, upper_mm;  ///< at the moment they are for; warm-up left out
    std::vector<double> gate_mm, gate_target_s, gate_lower_mm, gate_upper_mm;  ///< gate coordinate, forecast at T_on
    std::vector<double> baseline_mm, window_lower_mm, window_upper_mm;         ///< by sample; NaN: not known
    std::vector<std::pair<double, double>> beam_on_s;                          ///< spans
    double rmse_mm = 0;        ///< of the forecasts of that coordinate; NaN where none has come true
    double coverage = 0;       ///< share of measured positions inside the interval; NaN as above
    double longest_gap_s = 0;  ///< longest interval that counts as uninterrupted
};

/// Throws SessionError.
SessionSeries read_session_series(core::SessionReader& session, const SessionScan& scan);

}  // namespace foretide::apps
