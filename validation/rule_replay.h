// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "validation/gate_replay.h"

namespace foretide::validation {

/// The request asks for more than a window: another kind of gate, hysteresis, minimum times. replay_rule() scores it.
bool has_rule(const GateRequest& request);

/// What the request asks for beyond a window.
nlohmann::ordered_json rule_json(const GateRequest& request);

/// Adds the horizons [samples] that such a gate needs to `horizons`; returns the index of the one it is scored with,
/// that nearest T_on. Throws std::invalid_argument: no latencies given, or a rule that cannot be met.
std::size_t rule_horizons(const GateRequest& request, double rate_hz, std::vector<int>& horizons);

/// The gate of the live engine (core::GateMonitor, core::BeamGate), released and without dwell time, over a replayed
/// series, on forecasts and on the position measured last (phase gate: the phase now), against an ideal gate without
/// latency over [from_s, to_s].
///
/// Ideal is, amplitude: inside the window. Phase: the time-proportional phase between the peaks of inhale, found
/// afterwards in the whole series, inside the phase window. Breath hold: a steady hold of the true coordinate. Orders
/// act after the latencies, rounded to samples. Throws std::invalid_argument (rule, axis), std::runtime_error (a window
/// that cannot be learned, phases that cannot be told).
GateOutcome replay_rule(const GateRequest& request, const GateSeries& series, double train_end_s, double from_s,
                        double to_s);

}  // namespace foretide::validation
