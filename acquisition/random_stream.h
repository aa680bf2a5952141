// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>

namespace foretide::acquisition {

/// Random numbers that are the same with every standard library: a 64-bit Mersenne Twister, whose output the
/// standard fixes, and own distributions (53-bit uniforms, Box–Muller normals), which the standard leaves open.
///
/// Streams of one seed with different `stream` numbers are independent: drawing more from one never moves
/// another. One thread at a time; no allocation; does not fail.
class RandomStream {
public:
    RandomStream(std::uint64_t seed, std::uint64_t stream) noexcept : engine_(mix(mix(seed) + stream)) {}

    /// Uniform in [0, 1), on a grid of 2⁻⁵³.
    double uniform() noexcept { return static_cast<double>(engine_() >> 11U) * 0x1.0p-53; }

    /// Uniform in [low, high).
    double uniform(double low, double high) noexcept { return low + (high - low) * uniform(); }

    /// Uniform in {0, …, count − 1}; count ≥ 1.
    int below(int count) noexcept { return static_cast<int>(uniform() * count); }

    /// Normal with mean 0 and variance 1.
    double normal() noexcept
    {
        if (has_spare_) {
            has_spare_ = false;
            return spare_;
        }
        const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
        const double angle = 2.0 * std::numbers::pi * uniform();
        spare_ = radius * std::sin(angle);
        has_spare_ = true;
        return radius * std::cos(angle);
    }

    /// Normal held within ±limit, so that no draw leaves the physiological range.
    double bounded_normal(double limit) noexcept { return std::clamp(normal(), -limit, limit); }

    /// Exponential waiting time with the given mean.
    double exponential(double mean) noexcept { return -mean * std::log(1.0 - uniform()); }

private:
    /// The SplitMix64 finaliser: neighbouring seeds give unrelated engine states.
    static std::uint64_t mix(std::uint64_t x) noexcept
    {
        x += 0x9E3779B97F4A7C15U;
        x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
        x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
        return x ^ (x >> 31U);
    }

    std::mt19937_64 engine_;
    double spare_ = 0;
    bool has_spare_ = false;
};

}  // namespace foretide::acquisition
