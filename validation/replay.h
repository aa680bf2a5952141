// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/gate/breath_monitor.h"
#include "core/gate/gate_rule.h"
#include "core/recording.h"
#include "rnn/algorithms.h"
#include "validation/replay_result.h"

namespace foretide::validation {

/// A gate to score the forecasts with. The window is in mm along the axis.
struct GateRequest {
    std::string window{};                       ///< "lower,upper" or "auto:SHARE@FROM-TO" (ALGORITHMS.md §4)
    std::string axis = "m1.z";                  ///< "m<k>.x|y|z" or "pc1" (principal axis of the first 30 s)
    std::optional<double> t_on_s{}, t_off_s{};  ///< beam-on and beam-off latency; each horizon's own where not given
    double confidence = 0;  ///< of the interval that must lie inside the window (core::GateBounds); 0: point forecasts
    core::GateRule rule{};  ///< kind of gate, hysteresis, phase window
    core::BreathMonitorConfig breath{};
    double min_on_s = 0, min_off_s = 0;
};

struct ReplayOptions {
    rnn::AlgorithmSpec algorithm;
    std::vector<double> horizons_s;    ///< each > 0
    std::optional<double> rate_hz;     ///< working rate; the recording's own where not given
    int runs = 1;                      ///< seeds: algorithm.seed, +1, …
    double train_end_s = 30;           ///< standardisation runs until here
    double eval_start_s = 60;          ///< forecasts whose target is in [eval_start, eval_end] are scored
    std::optional<double> eval_end_s;  ///< the recording's end where not given
    std::optional<GateRequest> gate;
    std::function<void(double share)> progress;  ///< called now and then with 0 … 1
};

inline constexpr int kMaxHorizonSamples = 1000;

/// Runs a recording through one algorithm, in virtual time.
///
/// Live: frame by frame through core::ForecastPipeline, exactly as the engine does. Published (ALGORITHMS.md §3): the
/// conditioned series is standardised by its first `train_end_s` in advance and every target is handed over at
/// once; not causal, for reproducing the papers.
///
/// Times are in seconds from the recording's clock zero; train_end, eval_start and eval_end count from its first
/// sample. Step times are those of one core of this machine, measured around each step.
///
/// Throws std::invalid_argument (options), std::runtime_error (a recording that cannot be used, also one whose clock
/// was set back on the way).
ReplayResult replay(const core::Recording& recording, const ReplayOptions& options);

}  // namespace foretide::validation
