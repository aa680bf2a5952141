// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/report/measured_series.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "validation/text.h"

namespace foretide::validation {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kLongestGapPeriods = 2.5;

double median_interval_s(std::span<const double> time_s)
{
    if (time_s.size() < 2) return 0;
    std::vector<double> intervals(time_s.size() - 1);
    for (std::size_t k = 1; k < time_s.size(); ++k) intervals[k - 1] = time_s[k] - time_s[k - 1];
    const auto middle = intervals.begin() + static_cast<std::ptrdiff_t>(intervals.size() / 2);
    std::nth_element(intervals.begin(), middle, intervals.end());
    return *middle;
}

bool all_finite(std::span<const double> values)
{
    return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

}  // namespace

MeasuredSeries::MeasuredSeries(const ReplayResult& result) : p_{static_cast<std::size_t>(3 * result.markers)}
{
    std::vector<std::size_t> order;
    for (std::size_t k = 0; k < result.time_s.size(); ++k) {
        if (std::isfinite(result.time_s[k])) order.push_back(k);
    }
    std::ranges::stable_sort(order, {}, [&](std::size_t k) { return result.time_s[k]; });
    for (const std::size_t k : order) {
        if (!time_s_.empty() && result.time_s[k] == time_s_.back()) continue;
        time_s_.push_back(result.time_s[k]);
        const auto row = result.measured_mm.begin() + static_cast<std::ptrdiff_t>(k * p_);
        positions_mm_.insert(positions_mm_.end(), row, row + static_cast<std::ptrdiff_t>(p_));
    }
    const double nominal_s = result.rate_hz > 0 ? 1 / result.rate_hz : 0.0;
    longest_gap_s_ = kLongestGapPeriods * std::max(nominal_s, median_interval_s(time_s_));
}

void MeasuredSeries::at(double time_s, std::span<double> out_mm) const noexcept
{
    constexpr double kSameInstant_s = 1e-6;
    std::fill(out_mm.begin(), out_mm.end(), kUnknown);
    const auto after = std::lower_bound(time_s_.begin(), time_s_.end(), time_s - kSameInstant_s);
    if (after == time_s_.end()) return;
    const auto k = static_cast<std::size_t>(after - time_s_.begin());
    if (time_s_[k] <= time_s + kSameInstant_s) {
        std::ranges::copy(position_mm(k), out_mm.begin());
        return;
    }
    if (k == 0 || time_s_[k] - time_s_[k - 1] > longest_gap_s_) return;
    const double share = (time_s - time_s_[k - 1]) / (time_s_[k] - time_s_[k - 1]);
    for (std::size_t c = 0; c < p_; ++c) {
        out_mm[c] = (1 - share) * position_mm(k - 1)[c] + share * position_mm(k)[c];
    }
}

std::optional<Coordinate> MeasuredSeries::principal_coordinate(double until_s) const
{
    constexpr int kFewestRows = 3;
    int early_complete = 0;
    std::size_t early = 0;
    for (; early < size() && time_s_[early] < until_s; ++early)
        early_complete += all_finite(position_mm(early)) ? 1 : 0;
    const std::size_t rows = early_complete >= kFewestRows ? early : size();
    try {
        return Coordinate{"pc1", core::principal_axis({positions_mm_.data(), rows * p_}, static_cast<int>(p_ / 3))};
    } catch (const std::runtime_error&) {
        return std::nullopt;  // nothing moves, or no complete rows: there is no such axis to offer
    }
}

Coordinate MeasuredSeries::plain_coordinate(int c) const
{
    return {coordinate_label(c), core::coordinate_axis(static_cast<int>(p_ / 3), c / 3 + 1, "xyz"[c % 3])};
}

std::vector<double> forecast_errors_mm(const MeasuredSeries& measured, const HorizonResult& horizon)
{
    const std::size_t p = measured.coordinates();
    std::vector<double> truth_mm(p);
    std::vector<double> errors(horizon.target_time_s.size(), kUnknown);
    for (std::size_t k = 0; k < errors.size(); ++k) {
        measured.at(horizon.target_time_s[k], truth_mm);
        double sum = 0;
        int seen = 0;
        for (std::size_t m = 0; m < p; m += 3) {
            double squared = 0;
            for (std::size_t c = m; c < m + 3; ++c) {
                const double difference = horizon.forecast_mm[k * p + c] - truth_mm[c];
                squared += difference * difference;
            }
            if (!std::isfinite(squared)) continue;
            sum += squared;
            ++seen;
        }
        if (seen > 0) errors[k] = std::sqrt(sum / seen);
    }
    return errors;
}

RunningRms running_rms(std::span<const double> time_s, std::span<const double> error, double window_s, double from_s,
                       double to_s, int points)
{
    RunningRms out;
    for (int i = 0; i < points; ++i) {
        const double t = points == 1 ? to_s : from_s + (to_s - from_s) * i / (points - 1);
        const auto first = std::upper_bound(time_s.begin(), time_s.end(), t - window_s) - time_s.begin();
        const auto last = std::upper_bound(time_s.begin(), time_s.end(), t) - time_s.begin();
        double sum = 0;
        int n = 0;
        for (auto k = static_cast<std::size_t>(first); k < static_cast<std::size_t>(last); ++k) {
            if (!std::isfinite(error[k])) continue;
            sum += error[k] * error[k];
            ++n;
        }
        out.time_s.push_back(t);
        out.rms.push_back(n > 0 ? std::sqrt(sum / n) : kUnknown);
    }
    return out;
}

}  // namespace foretide::validation
