// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cmath>
#include <cstddef>
#include <functional>
#include <random>
#include <vector>

namespace foretide::tests {

/// Breathing in several coordinates and forecasts of it that are wrong by a noise of one's choice: what is true and
/// what is forecast at each sample. forecasts_mm[n] is made at n, H × p.
struct NoisySeries {
    using Noise = std::function<double(std::mt19937&, std::size_t target)>;

    NoisySeries(std::size_t samples, double rate_hz, std::vector<int> all_horizons, std::size_t coordinates,
                const Noise& noise, unsigned seed = 1)
        : horizons(std::move(all_horizons)), p(coordinates)
    {
        std::mt19937 engine(seed);
        const auto position = [&](std::size_t n, std::size_t c) {
            return (3.0 + static_cast<double>(c)) * std::cos(2 * M_PI * static_cast<double>(n) / (4 * rate_hz));
        };
        for (std::size_t n = 0; n < samples; ++n) {
            positions_mm.emplace_back();
            for (std::size_t c = 0; c < p; ++c) positions_mm.back().push_back(position(n, c));
            forecasts_mm.emplace_back();
            for (const int h : horizons)
                for (std::size_t c = 0; c < p; ++c) {
                    const std::size_t target = n + static_cast<std::size_t>(h);
                    forecasts_mm.back().push_back(position(target, c) - noise(engine, target));
                }
        }
    }

    /// Error of the forecast made at n, or NaN where its target lies beyond the end.
    double error_mm(std::size_t n, std::size_t h, std::size_t c) const
    {
        const std::size_t target = n + static_cast<std::size_t>(horizons[h]);
        return target < positions_mm.size() ? positions_mm[target][c] - forecasts_mm[n][h * p + c] : std::nan("");
    }

    std::vector<int> horizons;
    std::size_t p;
    std::vector<std::vector<double>> positions_mm, forecasts_mm;
};

}  // namespace foretide::tests
