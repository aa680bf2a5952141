// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/gate_replay.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>
#include <string>

#include "core/gate_window.h"
#include "core/gating_metrics.h"

namespace foretide::validation {

namespace {

/// Reads a number at the front of `text` and takes it off.
std::optional<double> take_number(std::string_view& text)
{
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || !std::isfinite(value)) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

bool take(std::string_view& text, std::string_view prefix)
{
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

core::GateWindow window_of(const std::string& request, std::span<const double> time_s,
                           std::span<const double> coordinate_mm)
{
    std::string_view text = request;
    if (take(text, "auto:")) {
        const auto share = take_number(text);
        const bool at = take(text, "@");
        const auto from = take_number(text);
        const bool dash = take(text, "-");
        const auto to = take_number(text);
        if (share && at && from && dash && to && text.empty() && *share >= 0.02 && *share <= 0.5)
            return core::automatic_exhale_window(time_s, coordinate_mm, *share, time_s.front() + *from,
                                                 time_s.front() + *to);
    } else {
        const auto lower = take_number(text);
        const bool comma = take(text, ",");
        const auto upper = take_number(text);
        if (lower && comma && upper && text.empty() && *lower < *upper) return {*lower, *upper};
    }
    throw std::invalid_argument("gate window '" + request +
                                "': give lower,upper in mm with lower < upper, or auto:SHARE@FROM-TO with a share of "
                                "0.02 to 0.5, like auto:0.4@30-60");
}

/// A coordinate that does not exist is the request's fault, a principal axis that does not the recording's.
core::GateAxis axis_of(const std::string& name, std::span<const double> positions_mm, int markers)
{
    if (name == "pc1") return core::principal_axis(positions_mm, markers);
    try {
        return core::gate_axis(name, positions_mm, markers);
    } catch (const std::runtime_error& error) {
        throw std::invalid_argument(error.what());
    }
}

}  // namespace

GateLatencies gate_latencies(const GateRequest& request, double rate_hz, std::vector<int>& horizons)
{
    if (!request.t_on_s && !request.t_off_s) return {};
    if (!request.t_on_s || !request.t_off_s) throw std::invalid_argument("give both --t-on and --t-off, or neither");
    const auto samples = [rate_hz](double seconds) {
        if (!(seconds >= 0 && seconds * rate_hz <= kMaxHorizonSamples))
            throw std::invalid_argument("--t-on and --t-off must be at least 0 s and at most 1000 samples");
        return static_cast<int>(std::lround(seconds * rate_hz));
    };
    const int on = samples(*request.t_on_s), off = samples(*request.t_off_s);
    const auto nearest = std::min_element(horizons.begin(), horizons.end(),
                                          [on](int a, int b) { return std::abs(a - on) < std::abs(b - on); });
    const auto scored_with = static_cast<std::size_t>(nearest - horizons.begin());
    for (const int n : {on, off})
        if (n > 0 && std::find(horizons.begin(), horizons.end(), n) == horizons.end()) horizons.push_back(n);
    return {on, off, scored_with};
}

std::optional<GateOutcome> replay_gate(const GateRequest& request, const GateSeries& series,
                                       const GateLatencies& latencies, std::size_t h, double train_end_s, double from_s,
                                       double to_s)
{
    if (latencies.on && latencies.scored_with != h) return std::nullopt;
    const int on = latencies.on.value_or(series.horizons[h]), off = latencies.off.value_or(series.horizons[h]);
    const auto p = static_cast<std::size_t>(3 * series.markers);
    const std::size_t n = series.time_s.size();
    const auto training = std::min(n, static_cast<std::size_t>(std::lround(train_end_s * series.rate_hz)));
    const core::GateAxis axis = axis_of(request.axis, series.last_mm.first(training * p), series.markers);
    const auto project = [&](std::span<const double> rows) {
        std::vector<double> coordinate(rows.size() / p);
        for (std::size_t k = 0; k < coordinate.size(); ++k) coordinate[k] = axis.project(rows.subspan(k * p, p));
        return coordinate;
    };
    const std::vector<double> measured_last = project(series.last_mm);
    const std::vector<double> truth = project(series.measured_mm);
    const auto forecast_at = [&](int samples) {
        if (samples == 0) return project(series.positions_mm);
        const auto found = std::find(series.horizons.begin(), series.horizons.end(), samples);
        return project(series.forecast_mm[static_cast<std::size_t>(found - series.horizons.begin())]);
    };
    const std::vector<double> forecast_on = forecast_at(on), forecast_off = forecast_at(off);

    GateOutcome outcome;
    outcome.axis = request.axis;
    const core::GateWindow window = window_of(request.window, series.time_s, truth);
    outcome.lower_mm = window.lower_mm;
    outcome.upper_mm = window.upper_mm;
    outcome.t_on_s = on / series.rate_hz;
    outcome.t_off_s = off / series.rate_hz;

    const auto first = std::lower_bound(series.time_s.begin(), series.time_s.end(), from_s) - series.time_s.begin();
    const auto last = std::upper_bound(series.time_s.begin(), series.time_s.end(), to_s) - series.time_s.begin();
    const auto scored = [&](const std::vector<double>& at_on, const std::vector<double>& at_off) {
        const std::vector<std::uint8_t> beam = core::simulate_point_gate(at_on, at_off, window, on, off);
        std::vector<double> predicted(n, core::kNaN);
        for (std::size_t k = static_cast<std::size_t>(on); k < n; ++k)
            predicted[k] = at_on[k - static_cast<std::size_t>(on)];
        const auto from = static_cast<std::size_t>(first), count = static_cast<std::size_t>(last - first);
        return core::gating_metrics({series.time_s.subspan(from, count), std::span(truth).subspan(from, count),
                                     std::span(beam).subspan(from, count), std::span(predicted).subspan(from, count),
                                     window});
    };
    outcome.forecast = scored(forecast_on, forecast_off);
    outcome.no_prediction = scored(measured_last, measured_last);
    return outcome;
}

}  // namespace foretide::validation
