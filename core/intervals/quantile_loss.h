// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <algorithm>

#include "core/rt/nonblocking.h"

namespace foretide::core {

/// What the estimators of margins share: the loss they are judged by, the weight it gives, the level that follows
/// misses.

inline constexpr double kLossMemory_s = 60;  ///< time constant of running losses
/// No error counts as more: what lies further off says nothing about accuracy, and must not fill running means.
inline constexpr double kLargestError_mm = 1000;
inline constexpr double kAdaptation_per_s = 0.01;  ///< γ: step of the miss rate a second

/// Quantile (pinball) loss of a margin for a score that may exceed it with probability `target`, over `target` and but
/// for a term that is the same for all margins. For s = |e| half the Winkler score.
inline double quantile_loss_mm(double score_mm, double margin_mm, double target) noexcept FORETIDE_NONBLOCKING
{
    return margin_mm + std::max(0.0, score_mm - margin_mm) / target;
}

/// (loss / least)^−16, least the smallest of the losses compared; no loss counts as less than 0.1 µm.
inline double loss_weight(double loss_mm, double least_mm) noexcept FORETIDE_NONBLOCKING
{
    constexpr double smallest_mm = 1e-4;
    double weight = std::max(least_mm, smallest_mm) / std::max(loss_mm, smallest_mm);
    for (int i = 0; i < 4; ++i) weight *= weight;
    return weight;
}

/// α ← α + γ·Δt·(α* − missed), kept in [α*/10, 3α*] (Gibbs & Candès, arXiv 2106.00170). `missed`: 0 … 1.
inline double adapted_miss_rate(double miss_rate, double target, double missed, double interval_s) noexcept
    FORETIDE_NONBLOCKING
{
    return std::clamp(miss_rate + kAdaptation_per_s * interval_s * (target - missed), 0.1 * target, 3 * target);
}

}  // namespace foretide::core
