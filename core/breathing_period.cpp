// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/breathing_period.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>

#include "core/gate/gate_window.h"

namespace foretide::core {

namespace {

constexpr double kHalfWindow_s = 10;
constexpr double kHysteresis = 0.15;  // of the amplitude
constexpr std::size_t kBreaths = 5;

struct Level {
    double middle_mm;
    double amplitude_mm;
};

/// Middle and amplitude of the breathing, on a lattice of one second.
class Levels {
public:
    Levels(const std::vector<double>& time_s, const std::vector<double>& coordinate_mm) : start_s_(time_s.front())
    {
        const auto points = static_cast<std::size_t>(time_s.back() - start_s_) + 2;
        for (std::size_t i = 0; i < points; ++i) {
            const double centre_s = std::min(start_s_ + static_cast<double>(i), time_s.back());
            const auto from = std::ranges::lower_bound(time_s, centre_s - kHalfWindow_s) - time_s.begin();
            const auto to = std::ranges::upper_bound(time_s, centre_s + kHalfWindow_s) - time_s.begin();
            const auto window =
                std::span(coordinate_mm).subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(to - from));
            if (window.empty()) {  // a gap longer than the window
                levels_.push_back(levels_.back());
                continue;
            }
            const double low = quantile(window, 0.1);
            const double high = quantile(window, 0.9);
            levels_.push_back({0.5 * (low + high), high - low});
        }
    }

    Level at(double time_s) const
    {
        const double position = time_s - start_s_;
        const auto below = std::min(static_cast<std::size_t>(position), levels_.size() - 2);
        const double share = position - static_cast<double>(below);
        const Level &a = levels_[below], &b = levels_[below + 1];
        return {std::lerp(a.middle_mm, b.middle_mm, share), std::lerp(a.amplitude_mm, b.amplitude_mm, share)};
    }

private:
    double start_s_;
    std::vector<Level> levels_;
};

}  // namespace

BreathingPeriod::BreathingPeriod(std::span<const double> time_s, std::span<const double> coordinate_mm)
{
    if (time_s.size() != coordinate_mm.size()) {
        throw std::runtime_error("breathing period: " + std::to_string(time_s.size()) + " times for " +
                                 std::to_string(coordinate_mm.size()) + " positions");
    }
    std::vector<double> times;
    std::vector<double> values;
    for (std::size_t k = 0; k < time_s.size(); ++k) {
        if (k > 0 && !(time_s[k] > time_s[k - 1])) {
            throw std::runtime_error("breathing period: times must increase, but sample " + std::to_string(k) +
                                     " is at " + std::to_string(time_s[k]) + " s after " +
                                     std::to_string(time_s[k - 1]) + " s");
        }
        if (std::isfinite(coordinate_mm[k])) {
            times.push_back(time_s[k]);
            values.push_back(coordinate_mm[k]);
        }
    }
    if (times.empty()) {
        return;
    }
    const Levels levels(times, values);
    bool armed = false;
    for (std::size_t k = 0; k < times.size(); ++k) {
        const Level level = levels.at(times[k]);
        const double margin = kHysteresis * level.amplitude_mm;
        if (values[k] < level.middle_mm - margin) {
            armed = true;
        } else if (armed && values[k] > level.middle_mm + margin) {
            starts_s_.push_back(times[k]);
            armed = false;
        }
    }
}

double BreathingPeriod::at(double time_s) const
{
    if (starts_s_.size() < 2) {
        return kTypical_s;
    }
    struct Breath {
        double distance_s;
        double length_s;
    };
    std::vector<Breath> breaths;
    for (std::size_t i = 1; i < starts_s_.size(); ++i) {
        breaths.push_back(
            {std::abs(0.5 * (starts_s_[i] + starts_s_[i - 1]) - time_s), starts_s_[i] - starts_s_[i - 1]});
    }
    const std::size_t used = std::min(kBreaths, breaths.size());
    std::ranges::partial_sort(breaths, breaths.begin() + static_cast<std::ptrdiff_t>(used), {}, &Breath::distance_s);
    std::vector<double> lengths;
    for (std::size_t i = 0; i < used; ++i) {
        lengths.push_back(breaths[i].length_s);
    }
    return quantile(lengths, 0.5);
}

}  // namespace foretide::core
