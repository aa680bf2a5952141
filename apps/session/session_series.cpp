// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/session/session_series.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace foretide::apps {

namespace {

constexpr double kUsualHorizon_s = 0.5;
constexpr double kLongestGap_samples = 2.5;

std::size_t nearest_horizon(const core::SessionHeader& header)
{
    const double wanted_s = std::isfinite(header.t_on_s) ? header.t_on_s : kUsualHorizon_s;
    const auto off = [&](int samples) { return std::abs(samples / header.layout.rate_hz - wanted_s); };
    const auto nearest =
        std::min_element(header.horizons.begin(), header.horizons.end(), [&](int a, int b) { return off(a) < off(b); });
    return static_cast<std::size_t>(nearest - header.horizons.begin());
}

/// Compares each forecast with the sample that it was for, as that comes.
class Outcomes {
public:
    explicit Outcomes(int horizon_samples) : horizon_(horizon_samples) {}

    void add(const core::SampleRecord& sample, double measured_mm, double forecast_mm, double lower_mm, double upper_mm)
    {
        while (next_ < waiting_.size() && waiting_[next_].index < sample.index) ++next_;
        if (next_ < waiting_.size() && waiting_[next_].index == sample.index && !has(sample.flags, core::kFilledIn))
            score(waiting_[next_], measured_mm);
        if (!sample.warming_up && sample.index < std::numeric_limits<std::int64_t>::max() - horizon_)
            waiting_.push_back({sample.index + horizon_, forecast_mm, lower_mm, upper_mm});
    }
    double rmse_mm() const { return count_ > 0 ? std::sqrt(squares_ / count_) : core::kNaN; }
    double coverage() const { return bounded_ > 0 ? inside_ / bounded_ : core::kNaN; }

private:
    struct Waiting {
        std::int64_t index;
        double forecast_mm, lower_mm, upper_mm;
    };

    void score(const Waiting& forecast, double measured_mm)
    {
        ++count_;
        squares_ += (measured_mm - forecast.forecast_mm) * (measured_mm - forecast.forecast_mm);
        if (std::isnan(forecast.lower_mm) || std::isnan(forecast.upper_mm)) return;
        ++bounded_;
        inside_ += measured_mm >= forecast.lower_mm && measured_mm <= forecast.upper_mm ? 1 : 0;
    }

    int horizon_;
    std::vector<Waiting> waiting_;
    std::size_t next_ = 0;
    double count_ = 0, squares_ = 0, bounded_ = 0, inside_ = 0;
};

}  // namespace

SessionSeries read_session_series(core::SessionReader& session, const SessionScan& scan)
{
    const core::SessionHeader& header = session.header();
    SessionSeries s;
    const auto most = std::max_element(scan.sd_mm.begin(), scan.sd_mm.end());
    s.coordinate = static_cast<std::size_t>(most - scan.sd_mm.begin());
    if (scan.sd_mm.empty()) s.coordinate = 0;
    s.rate_hz = header.layout.rate_hz;
    s.longest_gap_s = kLongestGap_samples / s.rate_hz;
    const std::size_t h = nearest_horizon(header);
    s.horizon_s = header.horizons[h] / s.rate_hz;
    const double gate_ahead_s = std::isfinite(header.t_on_s) ? header.t_on_s : s.horizon_s;
    const std::size_t at = h * static_cast<std::size_t>(header.layout.coordinates()) + s.coordinate;

    session.rewind();
    Outcomes outcomes(header.horizons[h]);
    const double start_s = scan.first_sample ? core::to_seconds(*scan.first_sample) : 0;
    for (core::SampleRecord sample; session.next(sample);) {
        const double t = core::to_seconds(sample.time) - start_s;
        const double measured = sample.positions_mm[s.coordinate], forecast = sample.forecasts_mm[at];
        const double lower = static_cast<double>(sample.lower_mm[at]), upper = static_cast<double>(sample.upper_mm[at]);
        s.time_s.push_back(t);
        s.measured_mm.push_back(has(sample.flags, core::kFilledIn) ? core::kNaN : measured);
        outcomes.add(sample, measured, forecast, lower, upper);
        if (!sample.warming_up) {
            s.target_s.push_back(t + s.horizon_s);
            s.forecast_mm.push_back(forecast);
            s.lower_mm.push_back(lower);
            s.upper_mm.push_back(upper);
        }
        s.gate_mm.push_back(sample.gate_coordinate_mm);
        s.baseline_mm.push_back(sample.breath.baseline_mm);
        s.window_lower_mm.push_back(sample.window_lower_mm);
        s.window_upper_mm.push_back(sample.window_upper_mm);
        s.gate_target_s.push_back(t + gate_ahead_s);
        s.gate_lower_mm.push_back(sample.gate_on_lower_mm);
        s.gate_upper_mm.push_back(sample.gate_on_upper_mm);
        if (sample.beam != core::BeamCommand::on) continue;
        if (s.beam_on_s.empty() || t - s.beam_on_s.back().second > s.longest_gap_s) s.beam_on_s.emplace_back(t, t);
        s.beam_on_s.back().second = t + 1 / s.rate_hz;
    }
    session.rewind();
    s.rmse_mm = outcomes.rmse_mm();
    s.coverage = outcomes.coverage();
    return s;
}

}  // namespace foretide::apps
