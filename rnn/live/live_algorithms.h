// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <memory>
#include <span>

#include "core/forecaster.h"

namespace foretide::rnn {

/// Recursive least squares on spread lags (RlsExpert), alone.
struct RlsOptions {
    int components = 1;
    double ridge = 1;
    double memory_s = 0;  ///< forgetting time constant; 0: never
};

/// The ensemble of least-squares and analog experts.
struct ForetideOptions {
    double loss_memory_s = 3;
    double sharpness = 2;
};

/// Live protocol only. Horizons in samples. Throw std::invalid_argument.
std::unique_ptr<core::Forecaster> make_rls_forecaster(const core::SeriesLayout& layout, std::span<const int> horizons,
                                                      const RlsOptions& options);
std::unique_ptr<core::Forecaster> make_foretide_forecaster(const core::SeriesLayout& layout,
                                                           std::span<const int> horizons,
                                                           const ForetideOptions& options);

}  // namespace foretide::rnn
