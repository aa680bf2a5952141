// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <memory>
#include <span>

#include "core/forecaster.h"
#include "rnn/network_predictor.h"

namespace foretide::rnn {

/// Recursive least squares on spread lags (RlsExpert), alone.
struct RlsOptions {
    int components = 1;
    double ridge = 1;
    double memory_s = 0;  ///< forgetting time constant; 0: never
};

enum class ExpertChoice { all, least_squares, analog, with_networks };

/// The ensemble of least-squares and analog experts. (With networks it is no better; that choice is for comparison.)
struct ForetideOptions {
    ExpertChoice experts = ExpertChoice::all;
    std::uint64_t seed = 1;  ///< of the networks
    double loss_memory_s = 3;
    double sharpness = 2;
};

/// A recurrent network with a least-squares read-out (RecurrentExpert), alone.
struct NetworkOptions {
    LearningRule rule = LearningRule::snap1;
    int hidden = 20;
    double eta = 0.02;
    double eta_credit = 0.002;      ///< DNI
    double lessons_a_second = 100;  ///< past samples the network is taught a second
    double refit_s = 5;             ///< least time between new read-outs; 0: see RecurrentConfig
    std::uint64_t seed = 1;
};

/// Live protocol only. Horizons in samples. Throw std::invalid_argument.
std::unique_ptr<core::Forecaster> make_rls_forecaster(const core::SeriesLayout& layout, std::span<const int> horizons,
                                                      const RlsOptions& options);
std::unique_ptr<core::Forecaster> make_network_forecaster(const core::SeriesLayout& layout,
                                                          std::span<const int> horizons, const NetworkOptions& options);
std::unique_ptr<core::Forecaster> make_foretide_forecaster(const core::SeriesLayout& layout,
                                                           std::span<const int> horizons,
                                                           const ForetideOptions& options);

}  // namespace foretide::rnn
