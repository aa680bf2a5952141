// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/gate_replay.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <string>

#include "core/gate/gate_window.h"
#include "core/gate/gate_window_request.h"
#include "core/gate/gating_metrics.h"
#include "core/intervals/gate_bounds.h"
#include "validation/text.h"

namespace foretide::validation {

namespace {

core::GateWindow window_of(const std::string& request, std::span<const double> time_s,
                           std::span<const double> coordinate_mm)
{
    const core::WindowRequest window = core::parse_window_request(request);
    return window.typed ? *window.typed
                        : core::automatic_exhale_window(time_s, coordinate_mm, window.share,
                                                        time_s.front() + window.from_s, time_s.front() + window.to_s);
}

/// What the gate is told about the coordinate `latency` samples ahead, one entry a sample: a point, and the range that
/// must lie inside the window.
struct Told {
    double latency = 0;
    bool calibrated = false;  ///< the range is an interval of stated confidence
    std::vector<double> point_mm, lower_mm, upper_mm;

    core::ForecastRange range() const { return {lower_mm, upper_mm}; }
};

Told told_points(double latency, const std::vector<double>& point_mm)
{
    return {latency, false, point_mm, point_mm, point_mm};
}

/// The horizons that a latency is interpolated between: each its own for a whole number of samples; below one sample
/// the first horizon stands for the latency.
struct Neighbours {
    int before = 0, after = 0;
    double share = 0;  ///< of `after`
};

Neighbours neighbours(double latency)
{
    constexpr double on_grid = 1e-6;
    const double nearest = std::round(latency);
    if (std::abs(latency - nearest) < on_grid) return {static_cast<int>(nearest), static_cast<int>(nearest), 0};
    const int after = static_cast<int>(std::ceil(latency));
    return {std::max(1, after - 1), after, latency - std::floor(latency)};
}

void interpolate(std::vector<double>& before, const std::vector<double>& after, double share)
{
    if (share == 0) return;
    for (std::size_t k = 0; k < before.size(); ++k) before[k] += share * (after[k] - before[k]);
}

/// Replaces the range by calibrated bounds of one horizon. Causal: sample by sample, as the forecasts are made. Without
/// latency the range is the measured coordinate itself.
void calibrate(Told& told, int horizon, const GateSeries& series, const std::vector<double>& truth_mm,
               double confidence)
{
    told.calibrated = true;
    if (horizon == 0) {
        told.lower_mm = told.upper_mm = truth_mm;
        return;
    }
    core::GateBounds bounds(series.rate_hz, {&horizon, 1}, confidence);
    for (std::size_t k = 0; k < truth_mm.size(); ++k) {
        if (k > 0 && series.breaks[k] != series.breaks[k - 1]) bounds.break_series();
        const double forecast_mm = series.warm_up[k] != 0 ? core::kNaN : told.point_mm[k];
        bounds.step(truth_mm[k], {&forecast_mm, 1});
        told.lower_mm[k] = bounds.lower_mm()[0];
        told.upper_mm[k] = bounds.upper_mm()[0];
    }
}

/// What was told `latency` samples before each sample about it, between two samples interpolated; NaN where nothing
/// was.
std::vector<double> by_target(const std::vector<double>& told_mm, double latency)
{
    std::vector<double> out(told_mm.size(), core::kNaN);
    const auto after = static_cast<std::size_t>(std::floor(latency));
    const double share = latency - std::floor(latency);  // of the sample before
    for (std::size_t k = after + (share > 0 ? 1 : 0); k < out.size(); ++k) {
        const double newer = told_mm[k - after];
        out[k] = share > 0 ? newer + share * (told_mm[k - after - 1] - newer) : newer;
    }
    return out;
}

/// The share of a replay that is scored.
struct Part {
    std::size_t from, count;

    template <class T>
    std::span<const T> of(std::span<const T> values) const
    {
        return values.subspan(from, count);
    }
};

core::GatingMetrics gate_on(const Told& on, const Told& off, std::span<const double> time_s,
                            const std::vector<double>& truth_mm, const core::GateWindow& window, const Part& part)
{
    const std::vector<std::uint8_t> beam =
        core::simulate_gate(on.range(), off.range(), window, on.latency, off.latency);
    const std::vector<double> predicted = by_target(on.point_mm, on.latency);
    core::GatedSeries series{part.of(time_s), part.of<double>(truth_mm), part.of<std::uint8_t>(beam),
                             part.of<double>(predicted)};
    series.window = window;
    const std::vector<double> lower = by_target(on.lower_mm, on.latency), upper = by_target(on.upper_mm, on.latency);
    if (on.calibrated) {
        series.lower_mm = part.of<double>(lower);
        series.upper_mm = part.of<double>(upper);
    }
    return core::gating_metrics(series);
}

}  // namespace

/// A coordinate that does not exist is the request's fault, a principal axis that does not the recording's.
core::GateAxis replay_axis(const std::string& name, std::span<const double> positions_mm, int markers)
{
    if (name == "pc1") return core::principal_axis(positions_mm, markers);
    try {
        return core::gate_axis(name, positions_mm, markers);
    } catch (const std::runtime_error& error) {
        throw std::invalid_argument(error.what());
    }
}

void check_confidence(const GateRequest& request)
{
    if (!(request.confidence >= 0 && request.confidence <= core::kLargestGateConfidence))
        throw std::invalid_argument("the gate's confidence must lie between 0 (point forecasts) and " +
                                    significant(core::kLargestGateConfidence, 3) + ", not " +
                                    significant(request.confidence, 6));
}

GateLatencies gate_latencies(const GateRequest& request, double rate_hz, std::vector<int>& horizons)
{
    if (!request.t_on_s && !request.t_off_s) return {};
    if (!request.t_on_s || !request.t_off_s) throw std::invalid_argument("give both --t-on and --t-off, or neither");
    const auto samples = [rate_hz](double seconds) {
        if (!(seconds >= 0 && seconds * rate_hz <= kMaxHorizonSamples))
            throw std::invalid_argument("--t-on and --t-off must be at least 0 s and at most 1000 samples");
        return seconds * rate_hz;
    };
    const double on = samples(*request.t_on_s), off = samples(*request.t_off_s);
    const auto nearest = std::min_element(horizons.begin(), horizons.end(),
                                          [on](int a, int b) { return std::abs(a - on) < std::abs(b - on); });
    const auto scored_with = static_cast<std::size_t>(nearest - horizons.begin());
    for (const double latency : {on, off})
        for (const int n : {neighbours(latency).before, neighbours(latency).after})
            if (n > 0 && std::find(horizons.begin(), horizons.end(), n) == horizons.end()) horizons.push_back(n);
    return {on, off, scored_with};
}

std::optional<GateOutcome> replay_gate(const GateRequest& request, const GateSeries& series,
                                       const GateLatencies& latencies, std::size_t h, double train_end_s, double from_s,
                                       double to_s)
{
    if (latencies.on && latencies.scored_with != h) return std::nullopt;
    const double on = latencies.on.value_or(series.horizons[h]), off = latencies.off.value_or(series.horizons[h]);
    const auto p = static_cast<std::size_t>(3 * series.markers);
    const std::size_t n = series.time_s.size();
    const auto training = std::min(n, static_cast<std::size_t>(std::lround(train_end_s * series.rate_hz)));
    const core::GateAxis axis = replay_axis(request.axis, series.last_mm.first(training * p), series.markers);
    const auto project = [&](std::span<const double> rows) {
        std::vector<double> coordinate(rows.size() / p);
        for (std::size_t k = 0; k < coordinate.size(); ++k) coordinate[k] = axis.project(rows.subspan(k * p, p));
        return coordinate;
    };
    const std::vector<double> measured_last = project(series.last_mm);
    const std::vector<double> truth = project(series.measured_mm);
    const auto told_by_horizon = [&](int horizon) {
        const auto found = std::find(series.horizons.begin(), series.horizons.end(), horizon);
        Told told = told_points(
            horizon,
            project(horizon == 0 ? series.positions_mm
                                 : series.forecast_mm[static_cast<std::size_t>(found - series.horizons.begin())]));
        if (request.confidence > 0) calibrate(told, horizon, series, truth, request.confidence);
        return told;
    };
    const auto told_at = [&](double latency) {
        const Neighbours at = neighbours(latency);
        Told told = told_by_horizon(at.before);
        told.latency = latency;
        if (at.after == at.before) return told;
        const Told after = told_by_horizon(at.after);
        interpolate(told.point_mm, after.point_mm, at.share);
        interpolate(told.lower_mm, after.lower_mm, at.share);
        interpolate(told.upper_mm, after.upper_mm, at.share);
        return told;
    };
    const std::array<Told, 2> told{told_at(on), told_at(off)};

    GateOutcome outcome;
    outcome.axis = request.axis;
    const core::GateWindow window = window_of(request.window, series.time_s, truth);
    outcome.lower_mm = window.lower_mm;
    outcome.upper_mm = window.upper_mm;
    outcome.t_on_s = on / series.rate_hz;
    outcome.t_off_s = off / series.rate_hz;
    outcome.confidence = request.confidence;

    const auto first = std::lower_bound(series.time_s.begin(), series.time_s.end(), from_s) - series.time_s.begin();
    const auto last = std::upper_bound(series.time_s.begin(), series.time_s.end(), to_s) - series.time_s.begin();
    const Part part{static_cast<std::size_t>(first), static_cast<std::size_t>(last - first)};
    outcome.forecast = gate_on(told[0], told[1], series.time_s, truth, window, part);
    outcome.no_prediction =
        gate_on(told_points(on, measured_last), told_points(off, measured_last), series.time_s, truth, window, part);
    return outcome;
}

}  // namespace foretide::validation
