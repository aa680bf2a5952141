// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

// Pairs of known truth: markers on a chest that breathes, and a point that follows them linearly, curved or by another
// way in than out.

#include <cmath>
#include <random>

#include "core/correspondence/pairs.h"

namespace foretide::core {

struct PairTruth {
    double amplitude_mm = 5;        ///< of the markers
    double gain = 2, curve_mm = 0;  ///< internal z = gain · a + curve · (a/amplitude)² …
    double loop_mm = 0;             ///< … + loop · sin(phase): hysteresis
    double noise_mm = 0;            ///< of the internal point, each axis
    double shift_mm = 0;            ///< of the internal point, z
    double cycle_s = 4;
};

/// Three markers at a phase of the breath (a Lissajous figure with the internal point where it loops).
inline CorrespondencePair pair_at(const PairTruth& truth, double phase, double time_s, std::mt19937& engine)
{
    std::normal_distribution<double> noise(0, 1);
    const double a = -truth.amplitude_mm * std::cos(phase);
    const double rate = 2 * M_PI / truth.cycle_s * truth.amplitude_mm * std::sin(phase);
    CorrespondencePair pair;
    pair.time_s = time_s;
    for (const double share : {1.0, 0.7, 0.4})
        for (const double direction : {0.1, 0.3, 1.0}) {
            pair.markers_mm.push_back(100 * share + share * direction * a);
            pair.velocities_mm_s.push_back(share * direction * rate);
        }
    const double along = truth.gain * a + truth.curve_mm * std::pow(a / truth.amplitude_mm, 2) +
                         truth.loop_mm * std::sin(phase) + truth.shift_mm;
    pair.internal_mm = {20 + 0.1 * along, -30 + 0.3 * along, along};
    for (double& c : pair.internal_mm) c += truth.noise_mm * noise(engine);
    return pair;
}

/// Phases of one cycle, evenly spaced.
inline CorrespondencePairs cycle_pairs(const PairTruth& truth, std::size_t n, unsigned seed = 1)
{
    std::mt19937 engine(seed);
    CorrespondencePairs out;
    out.markers = 3;
    for (std::size_t k = 0; k < n; ++k) {
        const double share = static_cast<double>(k) / static_cast<double>(n);
        out.pairs.push_back(pair_at(truth, 2 * M_PI * share, truth.cycle_s * share, engine));
    }
    return out;
}

/// Images at any phase.
inline CorrespondencePairs image_pairs(const PairTruth& truth, std::size_t n, unsigned seed = 1)
{
    std::mt19937 engine(seed);
    std::uniform_real_distribution<double> phase(0, 2 * M_PI);
    CorrespondencePairs out;
    out.markers = 3;
    for (std::size_t k = 0; k < n; ++k)
        out.pairs.push_back(pair_at(truth, phase(engine), 3.0 * static_cast<double>(k), engine));
    return out;
}

}  // namespace foretide::core
