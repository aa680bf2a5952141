// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/rule_replay.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "core/gate/beam_gate.h"
#include "core/gate/gate_monitor.h"
#include "core/gate/gate_window_request.h"
#include "core/gate/gating_metrics.h"

namespace foretide::validation {

namespace {

constexpr const char* kProjected = "tumour.x";  // what ProjectedPoint is followed as

/// A coordinate known from the beginning, also where it is a principal axis.
class ProjectedPoint final : public core::InternalPoint {
public:
    explicit ProjectedPoint(core::GateAxis axis) : axis_(std::move(axis)) {}
    void locate(std::span<const double> positions_mm, std::span<const double> forecasts_mm, std::span<double> point_mm,
                std::span<double> half_width_mm) noexcept override
    {
        const std::size_t p = positions_mm.size();
        std::ranges::fill(half_width_mm, 0.0);
        point_mm[0] = axis_.project(positions_mm);
        for (std::size_t row = 1; 3 * row < point_mm.size(); ++row)
            point_mm[3 * row] = axis_.project(forecasts_mm.subspan((row - 1) * p, p));
    }
    bool valid() const noexcept override { return true; }
    double project(std::span<const double> positions_mm) const { return axis_.project(positions_mm); }

private:
    core::GateAxis axis_;
};

core::GateMonitorConfig monitor_config(const GateRequest& request)
{
    if (!request.t_on_s || !request.t_off_s)
        throw std::invalid_argument("this gate needs its latencies: give --t-on and --t-off, or --linac");
    core::GateMonitorConfig c;
    c.axis = "m1.x";  // replaced by whoever replays
    c.rule = request.rule;
    c.breath = request.breath;
    c.t_on_s = *request.t_on_s;
    c.t_off_s = *request.t_off_s;
    c.confidence = request.confidence;
    return c;
}

core::GateWindow window_of(const GateRequest& request, const GateSeries& series, const std::vector<double>& truth_mm)
{
    const core::WindowRequest window = core::parse_window_request(request.window);
    if (window.typed) return *window.typed;
    if (window.holds == 0)
        return core::automatic_exhale_window(series.time_s, truth_mm, window.share,
                                             series.time_s.front() + window.from_s,
                                             series.time_s.front() + window.to_s);
    core::HoldLevels levels(window.holds, window.half_width_mm);
    for (std::size_t k = 0; k < truth_mm.size(); ++k) {
        levels.step(series.time_s[k], truth_mm[k]);
        if (const auto found = levels.window()) return *found;
    }
    throw std::runtime_error("the window cannot be learned: there are only " + std::to_string(levels.holds_seen()) +
                             " breath holds in the recording, or they do not agree");
}

/// By sample: an ideal gate has the beam on.
std::vector<std::uint8_t> ideal_gate(const GateRequest& request, const core::GateWindow& window,
                                     const GateSeries& series, const std::vector<double>& truth_mm)
{
    const std::size_t n = truth_mm.size();
    std::vector<std::uint8_t> ideal(n, 0);
    if (request.rule.kind == core::GateKind::breath_hold) {
        core::BreathHold hold(request.breath.hold, series.rate_hz);
        for (std::size_t k = 0; k < n; ++k) {
            hold.step(series.time_s[k], truth_mm[k], window);
            ideal[k] = hold.stage() == core::BreathHoldStage::steady ? 1 : 0;
        }
        return ideal;
    }
    if (request.rule.kind == core::GateKind::amplitude) {
        for (std::size_t k = 0; k < n; ++k) ideal[k] = window.contains(truth_mm[k]) ? 1 : 0;
        return ideal;
    }
    // Twice: the side of inhale is known after the first time.
    core::BreathingCycle side(request.breath.inhale);
    for (std::size_t k = 0; k < n; ++k) side.step(series.time_s[k], truth_mm[k]);
    if (side.inhale() == core::Inhale::automatic)
        throw std::runtime_error("which way inhale goes cannot be told from the breathing: give --inhale up or down");
    core::BreathDetector detector;
    std::vector<double> peaks_s;
    for (std::size_t k = 0; k < n; ++k)
        if (detector.step(series.time_s[k], truth_mm[k]) && side.is_peak(detector.last()))
            peaks_s.push_back(detector.last().time_s);
    for (std::size_t k = 0, peak = 0; k < n; ++k) {
        while (peak + 1 < peaks_s.size() && peaks_s[peak + 1] <= series.time_s[k]) ++peak;
        if (peak + 1 >= peaks_s.size() || series.time_s[k] < peaks_s[peak]) continue;
        const double percent = 100 * (series.time_s[k] - peaks_s[peak]) / (peaks_s[peak + 1] - peaks_s[peak]);
        ideal[k] = request.rule.phase.contains(percent, percent) ? 1 : 0;
    }
    return ideal;
}

/// What a run of the gate gave, one entry a sample.
struct Gated {
    std::vector<std::uint8_t> beam;
    std::vector<double> predicted_mm, lower_mm, upper_mm;  ///< of the sample, as told T_on before
};

/// `forecast`: writes the forecasts of a sample, H × p.
template <class Forecast>
Gated run_gate(const GateRequest& request, const core::GateMonitorConfig& config, const GateSeries& series,
               Forecast&& forecast)
{
    const core::SeriesLayout layout{series.markers, series.rate_hz};
    const auto p = static_cast<std::size_t>(layout.coordinates());
    const std::size_t n = series.time_s.size();
    core::GateMonitor monitor(config, layout, series.horizons, 0);
    core::BeamGateConfig beam;
    beam.dwell = core::Duration::zero();
    beam.t_on = core::from_seconds(*request.t_on_s);
    beam.t_off = core::from_seconds(*request.t_off_s);
    beam.min_on = core::from_seconds(request.min_on_s);
    beam.min_off = core::from_seconds(request.min_off_s);
    core::BeamGate gate(beam);
    gate.arm({}, {}, {});
    gate.release({}, {}, {});

    Gated out{std::vector<std::uint8_t>(n, 0), std::vector<double>(n, core::kNaN), std::vector<double>(n, core::kNaN),
              std::vector<double>(n, core::kNaN)};
    const auto samples = [&](double s) { return static_cast<std::size_t>(std::lround(s * series.rate_hz)); };
    const std::size_t on_later = samples(*request.t_on_s), off_later = samples(*request.t_off_s);
    std::vector<double> forecasts(series.horizons.size() * p);
    core::BeamCommand before = core::BeamCommand::hold;
    for (std::size_t k = 0; k < n; ++k) {
        forecast(k, forecasts);
        core::ConditionedSample sample;
        sample.index = static_cast<std::int64_t>(k);
        sample.time = core::TimePoint{core::from_seconds(series.time_s[k])};
        sample.positions_mm = series.positions_mm.subspan(k * p, p);
        const bool warm_up = series.warm_up[k] != 0;
        const bool broken = k > 0 && series.breaks[k] != series.breaks[k - 1];
        const core::GateReading& r =
            monitor.step(sample, series.measured_mm.subspan(k * p, p), forecasts, !warm_up, broken);
        const auto decision =
            gate.decide(sample.time, warm_up ? core::HoldReason::warming_up : core::HoldReason::none, monitor.judge());
        if (decision.beam != before) {
            // From its effect on, an order decides all later samples until a later order overwrites it.
            before = decision.beam;
            const bool on = before == core::BeamCommand::on;
            const std::size_t from = std::min(n, k + (on ? on_later : off_later));
            std::fill(out.beam.begin() + static_cast<std::ptrdiff_t>(from), out.beam.end(), std::uint8_t{on});
        }
        if (k + on_later >= n) continue;
        out.predicted_mm[k + on_later] = 0.5 * (r.on_lower_mm + r.on_upper_mm);
        out.lower_mm[k + on_later] = r.on_lower_mm;
        out.upper_mm[k + on_later] = r.on_upper_mm;
    }
    return out;
}

}  // namespace

bool has_rule(const GateRequest& request)
{
    const core::GateRule& rule = request.rule;
    return rule.kind != core::GateKind::amplitude || rule.margin_lower_mm > 0 || rule.margin_upper_mm > 0 ||
           request.min_on_s > 0 || request.min_off_s > 0 || core::parse_window_request(request.window).holds > 0;
}

nlohmann::ordered_json rule_json(const GateRequest& request)
{
    const core::GateRule& rule = request.rule;
    const core::BreathHoldConfig& hold = request.breath.hold;
    return {{"kind", core::to_string(rule.kind)},
            {"margin_lower_mm", rule.margin_lower_mm},
            {"margin_upper_mm", rule.margin_upper_mm},
            {"phase_percent", {rule.phase.from_percent, rule.phase.to_percent}},
            {"inhale", core::to_string(request.breath.inhale)},
            {"hold_settle_s", hold.settle_s},
            {"hold_longest_s", hold.longest_s},
            {"hold_slow_mm_s", hold.slow_mm_s},
            {"min_on_s", request.min_on_s},
            {"min_off_s", request.min_off_s}};
}

std::size_t rule_horizons(const GateRequest& request, double rate_hz, std::vector<int>& horizons)
{
    const core::GateMonitorConfig config = monitor_config(request);
    const double on = config.t_on_s * rate_hz;
    const auto nearest =
        std::ranges::min_element(horizons, [on](int a, int b) { return std::abs(a - on) < std::abs(b - on); });
    const auto scored_with = static_cast<std::size_t>(nearest - horizons.begin());
    core::GateMonitorConfig now = config;  // without prediction the phase now decides
    now.t_on_s = now.t_off_s = 0;
    for (const core::GateMonitorConfig& c : {config, now})
        for (const int h : core::GateMonitor::gate_horizons(c, rate_hz, 0))
            if (std::ranges::find(horizons, h) == horizons.end()) horizons.push_back(h);
    return scored_with;
}

GateOutcome replay_rule(const GateRequest& request, const GateSeries& series, double train_end_s, double from_s,
                        double to_s)
{
    const auto p = static_cast<std::size_t>(3 * series.markers);
    const std::size_t n = series.time_s.size();
    const auto training = std::min(n, static_cast<std::size_t>(std::lround(train_end_s * series.rate_hz)));
    ProjectedPoint point(replay_axis(request.axis, series.last_mm.first(training * p), series.markers));
    std::vector<double> truth(n);
    for (std::size_t k = 0; k < n; ++k) truth[k] = point.project(series.measured_mm.subspan(k * p, p));
    const core::GateWindow window = window_of(request, series, truth);
    core::GateMonitorConfig config = monitor_config(request);
    config.axis = kProjected;
    config.point = &point;
    config.window = window;
    const std::vector<std::uint8_t> ideal = ideal_gate(request, window, series, truth);

    const Gated forecast = run_gate(request, config, series, [&](std::size_t k, std::vector<double>& out) {
        for (std::size_t h = 0; h < series.horizons.size(); ++h)
            std::copy_n(series.forecast_mm[h].begin() + static_cast<std::ptrdiff_t>(k * p), p,
                        out.begin() + static_cast<std::ptrdiff_t>(h * p));
    });
    core::GateMonitorConfig points = config;  // what was measured last has no calibrated interval
    points.confidence = 0;
    if (request.rule.kind == core::GateKind::phase) points.t_on_s = points.t_off_s = 0;  // the phase now
    const Gated last = run_gate(request, points, series, [&](std::size_t k, std::vector<double>& out) {
        for (std::size_t h = 0; h < series.horizons.size(); ++h)
            std::copy_n(series.last_mm.begin() + static_cast<std::ptrdiff_t>(k * p), p,
                        out.begin() + static_cast<std::ptrdiff_t>(h * p));
    });

    GateOutcome outcome;
    outcome.axis = request.axis;
    outcome.kind = request.rule.kind;
    outcome.lower_mm = window.lower_mm;
    outcome.upper_mm = window.upper_mm;
    outcome.t_on_s = config.t_on_s;
    outcome.t_off_s = config.t_off_s;
    outcome.confidence = request.confidence;
    const auto first =
        static_cast<std::size_t>(std::ranges::lower_bound(series.time_s, from_s) - series.time_s.begin());
    const auto end = static_cast<std::size_t>(std::ranges::upper_bound(series.time_s, to_s) - series.time_s.begin());
    const auto part = [&](const auto& values) { return std::span(values).subspan(first, end - first); };
    const auto metrics = [&](const Gated& gated, bool bounds) {
        core::GatedSeries s{part(series.time_s), part(truth), part(gated.beam)};
        s.window = window;
        s.ideal_on = part(ideal);
        if (request.rule.kind == core::GateKind::amplitude) s.predicted_mm = part(gated.predicted_mm);
        if (bounds) {
            s.lower_mm = part(gated.lower_mm);
            s.upper_mm = part(gated.upper_mm);
        }
        return core::gating_metrics(s);
    };
    outcome.forecast = metrics(forecast, request.confidence > 0);
    outcome.no_prediction = metrics(last, false);
    return outcome;
}

}  // namespace foretide::validation
