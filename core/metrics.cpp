// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/metrics.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

namespace foretide::core {

namespace {

constexpr double kMissRate = 0.1;  // of the intervals: 1 − 0.9

double squared_distance(const double* a, const double* b) noexcept
{
    double sum = 0;
    for (int c = 0; c < 3; ++c) {
        sum += (a[c] - b[c]) * (a[c] - b[c]);
    }
    return sum;
}

bool any_nan(const double* position) noexcept
{
    return std::isnan(position[0]) || std::isnan(position[1]) || std::isnan(position[2]);
}

void check(const ForecastSeries& s)
{
    const auto fail = [](const std::string& what) { throw std::runtime_error("metrics: " + what); };
    if (s.markers < 1) {
        fail("number of markers must be at least 1, got " + std::to_string(s.markers));
    }
    const std::size_t p = 3 * static_cast<std::size_t>(s.markers);
    const std::size_t values = s.target_mm.size();
    if (values % p != 0) {
        fail(std::to_string(values) + " target values are not a whole number of samples of " + std::to_string(p));
    }
    const auto same = [&](std::span<const double> x) { return x.size() == values; };
    if (!same(s.forecast_mm) || (!s.last_mm.empty() && !same(s.last_mm)) || s.lower_mm.size() != s.upper_mm.size() ||
        (!s.lower_mm.empty() && !same(s.lower_mm)) ||
        (!s.sample_index.empty() && s.sample_index.size() != values / p)) {
        fail("targets, forecasts, last positions, bounds and sample indices must have the same number of samples");
    }
    if (const auto bad = std::ranges::find_if_not(s.forecast_mm, [](double v) { return std::isfinite(v); });
        bad != s.forecast_mm.end()) {
        fail("forecast " + std::to_string(static_cast<std::size_t>(bad - s.forecast_mm.begin()) / p) +
             " is not finite");
    }
}

void score_positions(const ForecastSeries& s, ForecastMetrics& out)
{
    const auto n_markers = static_cast<std::size_t>(s.markers);
    const std::size_t p = 3 * n_markers;
    const std::size_t rows = s.target_mm.size() / p;

    std::vector<double> mean(p, 0.0);
    std::vector<std::int64_t> seen(n_markers, 0);
    for (std::size_t k = 0; k < rows; ++k) {
        for (std::size_t m = 0; m < n_markers; ++m) {
            const double* truth = &s.target_mm[k * p + 3 * m];
            if (!any_nan(truth)) {
                ++seen[m];
                for (std::size_t c = 0; c < 3; ++c) {
                    mean[3 * m + c] += truth[c];
                }
            }
        }
    }
    for (std::size_t c = 0; c < p; ++c) {
        mean[c] /= static_cast<double>(std::max<std::int64_t>(1, seen[c / 3]));
    }

    double sum = 0, sum_sq = 0, spread_sq = 0, largest = 0;
    double compared_sq = 0, last_sq = 0;  // where a last position is known
    std::int64_t errors = 0, compared = 0;
    for (std::size_t k = 0; k < rows; ++k) {
        bool scored = false;
        for (std::size_t m = 0; m < n_markers; ++m) {
            const std::size_t at = k * p + 3 * m;
            const double* truth = &s.target_mm[at];
            if (any_nan(truth)) {
                continue;
            }
            scored = true;
            const double error_sq = squared_distance(truth, &s.forecast_mm[at]);
            const double error = std::sqrt(error_sq);
            ++errors;
            sum += error;
            sum_sq += error_sq;
            largest = std::max(largest, error);
            spread_sq += squared_distance(truth, &mean[3 * m]);
            if (!s.last_mm.empty() && !any_nan(&s.last_mm[at])) {
                ++compared;
                compared_sq += error_sq;
                last_sq += squared_distance(truth, &s.last_mm[at]);
            }
        }
        out.n += scored ? 1 : 0;
    }
    if (errors == 0) {
        return;
    }
    out.mae_mm = sum / static_cast<double>(errors);
    out.rmse_mm = std::sqrt(sum_sq / static_cast<double>(errors));
    out.max_mm = largest;
    if (spread_sq > 0) {
        out.nrmse = std::sqrt(sum_sq / spread_sq);
    }
    if (compared > 0 && last_sq > 0) {
        out.rel_rmse = std::sqrt(compared_sq / last_sq);
    }
}

void score_jitter(const ForecastSeries& s, ForecastMetrics& out)
{
    const std::size_t p = 3 * static_cast<std::size_t>(s.markers);
    const std::size_t rows = s.forecast_mm.size() / p;
    double sum = 0;
    std::int64_t steps = 0;
    for (std::size_t k = 1; k < rows; ++k) {
        if (!s.sample_index.empty() && s.sample_index[k] != s.sample_index[k - 1] + 1) {
            continue;
        }
        for (std::size_t at = k * p; at < (k + 1) * p; at += 3) {
            sum += std::sqrt(squared_distance(&s.forecast_mm[at], &s.forecast_mm[at - p]));
            ++steps;
        }
    }
    if (steps > 0) {
        out.jitter_mm = sum / static_cast<double>(steps);
    }
}

void score_intervals(const ForecastSeries& s, ForecastMetrics& out)
{
    const std::size_t p = 3 * static_cast<std::size_t>(s.markers);
    std::vector<std::int64_t> stated(p, 0);
    std::vector<std::int64_t> inside(p, 0);
    double width = 0, score = 0;
    for (std::size_t i = 0; i < s.lower_mm.size(); ++i) {
        const double low = s.lower_mm[i], high = s.upper_mm[i], truth = s.target_mm[i];
        if (any_nan(&s.target_mm[i - i % 3]) || std::isnan(low) || std::isnan(high)) {
            continue;
        }
        const double outside = std::max({low - truth, truth - high, 0.0});
        ++stated[i % p];
        inside[i % p] += truth >= low && truth <= high ? 1 : 0;
        width += high - low;
        score += high - low + 2.0 / kMissRate * outside;
    }
    double coverage = 0;
    std::int64_t coordinates = 0, total = 0;
    for (std::size_t c = 0; c < p; ++c) {
        if (stated[c] > 0) {
            coverage += static_cast<double>(inside[c]) / static_cast<double>(stated[c]);
            ++coordinates;
            total += stated[c];
        }
    }
    if (total > 0) {
        out.coverage90 = coverage / static_cast<double>(coordinates);
        out.interval_width_mm = width / static_cast<double>(total);
        out.winkler_mm = score / static_cast<double>(total);
    }
}

}  // namespace

ForecastMetrics forecast_metrics(const ForecastSeries& series)
{
    check(series);
    ForecastMetrics out;
    score_positions(series, out);
    score_jitter(series, out);
    score_intervals(series, out);
    return out;
}

MeanCi95 mean_ci95(std::span<const double> values)
{
    MeanCi95 out;
    if (values.empty()) {
        return out;
    }
    const auto n = static_cast<double>(values.size());
    double sum = 0;
    for (const double v : values) {
        sum += v;
    }
    out.mean = sum / n;
    if (values.size() > 1) {
        double squares = 0;
        for (const double v : values) {
            squares += (v - out.mean) * (v - out.mean);
        }
        out.half_width = 1.96 * std::sqrt(squares / (n - 1)) / std::sqrt(n);
    }
    return out;
}

}  // namespace foretide::core
