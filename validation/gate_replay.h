// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "validation/replay.h"
#include "validation/replay_result.h"

namespace foretide::validation {

/// What a gate is replayed on: the uniform series and all forecasts made on it, one row a sample.
struct GateSeries {
    std::span<const double> time_s;                       ///< N
    std::span<const double> positions_mm;                 ///< N × p, finite; as the forecaster was given them
    std::span<const double> last_mm;                      ///< N × p, finite; measured last: without prediction
    std::span<const double> measured_mm;                  ///< N × p, NaN where not measured
    const std::vector<std::vector<double>>& forecast_mm;  ///< H, each N × p
    std::span<const std::uint8_t> warm_up;                ///< N, 1: forecasts are not to be relied on
    std::span<const std::int64_t> breaks;                 ///< N, discontinuities up to and with a sample
    std::span<const int> horizons;                        ///< H [samples]
    int markers = 0;
    double rate_hz = 0;
};

/// Latencies of the request in samples, fractions allowed; nothing where each horizon stands for its own.
struct GateLatencies {
    std::optional<double> on, off;
    std::size_t scored_with = 0;  ///< latencies given: index of the horizon whose outcome is theirs
};

/// Adds the horizons around the latencies to `horizons` where they are missing, so that they are forecast: what the
/// gate is told is interpolated between them, as the engine does. They are scored with the horizon nearest T_on among
/// those that were there before (the first of equals). Throws std::invalid_argument: negative, beyond 1000 samples, or
/// only one of the two given.
GateLatencies gate_latencies(const GateRequest& request, double rate_hz, std::vector<int>& horizons);

/// Throws std::invalid_argument unless 0 ≤ confidence ≤ core::kLargestGateConfidence.
void check_confidence(const GateRequest& request);

/// core::gate_axis() of a request. Throws std::invalid_argument for a name that is none, std::runtime_error for a
/// principal axis that does not exist.
core::GateAxis replay_axis(const std::string& name, std::span<const double> positions_mm, int markers);

/// Beam on forecasts (at a confidence: on the bounds of the gate coordinate, calibrated sample by sample from the first
/// forecast on, hold where they are not known) and without prediction, both against the ideal gate, scored over
/// [from_s, to_s]. The latencies are those given, else horizon `h` for both. With given latencies only one horizon has
/// an outcome. Throws std::invalid_argument (window, axis), std::runtime_error (a window that cannot be learned).
std::optional<GateOutcome> replay_gate(const GateRequest& request, const GateSeries& series,
                                       const GateLatencies& latencies, std::size_t h, double train_end_s, double from_s,
                                       double to_s);

}  // namespace foretide::validation
