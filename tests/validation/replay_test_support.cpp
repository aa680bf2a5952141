// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "tests/validation/replay_test_support.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

namespace foretide::validation {

core::Recording recording_of(const std::vector<double>& times_s, int markers, const Motion& motion)
{
    core::Recording recording;
    recording.files = {"made.csv"};
    recording.format = "csv";
    recording.markers = markers;
    for (std::size_t k = 0; k < times_s.size(); ++k) {
        core::MarkerFrame frame;
        frame.acquired = core::TimePoint{core::from_seconds(times_s[k])};
        frame.arrived = frame.acquired;
        frame.sequence = k;
        frame.marker_count = markers;
        for (int c = 0; c < 3 * markers; ++c) {
            core::MarkerSample& marker = frame.markers[static_cast<std::size_t>(c) / 3];
            marker.position_mm[static_cast<std::size_t>(c) % 3] = motion(times_s[k], c);
            marker.visibility =
                std::isnan(marker.position_mm[0]) ? core::Visibility::missing : core::Visibility::visible;
        }
        recording.frames.push_back(frame);
    }
    return recording;
}

double breathing_mm(double time_s, int c)
{
    const double phase = 2 * std::numbers::pi * time_s / 4.0 - 0.15 * c;
    return 30.0 * c + (2 + 0.5 * c) * std::sin(phase) + 0.4 * std::sin(0.37 * phase + c);
}

std::vector<double> regular_times(int count, double rate_hz, int decimals)
{
    const double unit = std::pow(10, decimals);
    std::vector<double> times;
    for (int k = 0; k < count; ++k) times.push_back(std::round(k / rate_hz * unit) / unit);
    return times;
}

ReplayOptions options_for(const std::string& algorithm, std::vector<double> horizons_s,
                          const rnn::Parameters& parameters)
{
    ReplayOptions options;
    options.algorithm.name = algorithm;
    options.algorithm.parameters = parameters;
    options.horizons_s = std::move(horizons_s);
    return options;
}

NaiveMetrics naive_metrics(const ReplayResult& result, const ReplayResult& last, std::size_t horizon, double from_s,
                           double to_s)
{
    const HorizonResult& h = result.horizons.at(horizon);
    const auto p = static_cast<std::size_t>(3 * result.markers);
    struct Pair {
        std::size_t forecast, target;
    };
    std::vector<Pair> pairs;
    for (std::size_t k = 0; k < h.made_time_s.size(); ++k) {
        const double time = h.target_time_s[k];
        if (time < from_s || time > to_s) continue;
        for (std::size_t at = 0; at < result.time_s.size(); ++at)
            if (std::abs(result.time_s[at] - time) < 1e-6) pairs.push_back({k, at});
    }
    const auto seen = [&](const Pair& pair, std::size_t m) {
        return !std::isnan(result.measured_mm[pair.target * p + 3 * m]);
    };
    const auto distance = [&](std::size_t m, const double* a, const double* b) {
        return std::hypot(a[3 * m] - b[3 * m], a[3 * m + 1] - b[3 * m + 1], a[3 * m + 2] - b[3 * m + 2]);
    };
    std::vector<double> mean(p, 0.0);
    for (std::size_t c = 0; c < p; ++c) {
        double count = 0;
        for (const Pair& pair : pairs)
            if (seen(pair, c / 3)) {
                mean[c] += result.measured_mm[pair.target * p + c];
                ++count;
            }
        mean[c] /= count;
    }
    NaiveMetrics out;
    double errors = 0, squares = 0, spread = 0, last_squares = 0, steps = 0;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        const Pair& pair = pairs[i];
        bool any = false;
        for (std::size_t m = 0; m < p / 3; ++m) {
            const double* forecast = h.forecast_mm.data() + pair.forecast * p;
            if (i > 0 && pair.target == pairs[i - 1].target + 1) {
                out.jitter_mm += distance(m, forecast, h.forecast_mm.data() + pairs[i - 1].forecast * p);
                ++steps;
            }
            if (!seen(pair, m)) continue;
            any = true;
            const double* truth = result.measured_mm.data() + pair.target * p;
            const double error = distance(m, truth, forecast);
            const double of_last = distance(m, truth, last.horizons.at(horizon).forecast_mm.data() + pair.forecast * p);
            const double from_mean = distance(m, truth, mean.data());
            ++errors;
            out.mae_mm += error;
            squares += error * error;
            last_squares += of_last * of_last;
            spread += from_mean * from_mean;
            out.max_mm = std::max(out.max_mm, error);
        }
        out.n += any ? 1 : 0;
    }
    out.mae_mm /= errors;
    out.rmse_mm = std::sqrt(squares / errors);
    out.nrmse = std::sqrt(squares / spread);
    out.rel_rmse = std::sqrt(squares / last_squares);
    out.jitter_mm /= steps;
    return out;
}

bool same_forecasts(const HorizonResult& a, const HorizonResult& b)
{
    return a.forecast_mm.size() == b.forecast_mm.size() && !a.forecast_mm.empty() &&
           std::memcmp(a.forecast_mm.data(), b.forecast_mm.data(), a.forecast_mm.size() * sizeof(double)) == 0;
}

}  // namespace foretide::validation
