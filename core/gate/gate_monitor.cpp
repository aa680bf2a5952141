// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/gate/gate_monitor.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace foretide::core {

namespace {

constexpr double kLongestLatency_s = 10;
constexpr double kLongestLearning_s = 600;
constexpr double kSpare = 1.3;    // rows kept beyond what the nominal rate needs
constexpr double kOnGrid = 1e-6;  // samples: this close to a horizon is that horizon

const GateMonitorConfig& checked(const GateMonitorConfig& c)
{
    const auto latency = [](double s) { return s >= 0 && s <= kLongestLatency_s; };
    if (!latency(c.t_on_s) || !latency(c.t_off_s))
        throw std::invalid_argument("the latencies t-on and t-off must be 0 to 10 s");
    if (!(c.confidence >= 0 && c.confidence <= kLargestGateConfidence))
        throw std::invalid_argument("the gate's confidence must be 0 to 0.98");
    if (c.window && !(c.window->lower_mm < c.window->upper_mm))
        throw std::invalid_argument("the gate's window must have lower < upper, in mm");
    if (!c.window && (!(c.auto_share >= 0.02 && c.auto_share <= 0.5) || !(c.auto_from_s >= 0) ||
                      !(c.auto_to_s > c.auto_from_s) || c.auto_to_s > kLongestLearning_s))
        throw std::invalid_argument("an automatic window needs a share of 0.02 to 0.5 and 0 <= from < to <= 600 s");
    return c;
}

double ahead_samples(double latency_s, double delay_s, double rate_hz) { return (latency_s + delay_s) * rate_hz; }

std::pair<int, int> around(double ahead)
{
    const double nearest = std::round(ahead);
    if (std::abs(ahead - nearest) < kOnGrid) return {static_cast<int>(nearest), static_cast<int>(nearest)};
    return {static_cast<int>(std::floor(ahead)), static_cast<int>(std::ceil(ahead))};
}

}  // namespace

std::vector<int> GateMonitor::gate_horizons(const GateMonitorConfig& config, double rate_hz, double delay_s)
{
    checked(config);
    std::vector<int> horizons;
    for (const double latency_s : {config.t_on_s, config.t_off_s}) {
        const auto [before, after] = around(ahead_samples(latency_s, delay_s, rate_hz));
        for (const int h : {before, after})
            if (h > 0) horizons.push_back(h);
    }
    std::sort(horizons.begin(), horizons.end());
    horizons.erase(std::unique(horizons.begin(), horizons.end()), horizons.end());
    if (horizons.empty()) horizons.push_back(1);  // both latencies 0: the present decides
    return horizons;
}

GateMonitor::GateMonitor(const GateMonitorConfig& config, const SeriesLayout& layout, std::span<const int> horizons,
                         double delay_s)
    : config_(checked(config)),
      layout_(layout),
      delay_s_(delay_s),
      bound_horizons_(gate_horizons(config, layout.rate_hz, delay_s)),
      bounds_(layout.rate_hz, bound_horizons_, config.confidence > 0 ? config.confidence : 0.5),
      window_(config.window)
{
    for (const int h : bound_horizons_) {
        const auto at = std::ranges::find(horizons, h);
        if (at == horizons.end())
            throw std::invalid_argument("the gate needs a forecast " + std::to_string(h) + " samples ahead");
        from_.push_back(static_cast<std::size_t>(at - horizons.begin()));
    }
    on_ = latency(config.t_on_s);
    off_ = latency(config.t_off_s);
    forecast_mm_.assign(bound_horizons_.size(), kNaN);
    if (config.axis != "pc1") axis_ = gate_axis(config.axis, {}, layout.markers);
    double longest_s = axis_.direction.empty() ? config.learn_axis_until_s : 0;
    if (!window_) longest_s = std::max(longest_s, config.auto_to_s);
    const auto rows = static_cast<std::size_t>(std::ceil(kSpare * longest_s * layout.rate_hz));
    kept_mm_.assign(rows * static_cast<std::size_t>(layout.coordinates()), 0.0);
    kept_s_.assign(rows, 0.0);
}

GateMonitor::Latency GateMonitor::latency(double seconds) const
{
    const double ahead = ahead_samples(seconds, delay_s_, layout_.rate_hz);
    const auto [before, after] = around(ahead);
    Latency out;
    if (before == 0) {
        out.now = after == 0;
        out.share = 1;
    }
    const auto index = [&](int h) {
        return static_cast<std::size_t>(std::ranges::find(bound_horizons_, h) - bound_horizons_.begin());
    };
    // Shorter than one sample: the first horizon stands for it.
    out.after = out.now ? 0 : index(after);
    out.before = before > 0 ? index(before) : out.after;
    if (before > 0 && after > before) out.share = ahead - before;
    return out;
}

double GateMonitor::between(std::span<const double> by_horizon, const Latency& at) const noexcept
{
    return by_horizon[at.before] + at.share * (by_horizon[at.after] - by_horizon[at.before]);
}

const GateReading& GateMonitor::step(const ConditionedSample& sample, std::span<const double> measured_mm,
                                     std::span<const double> forecasts_mm, bool ready, bool broken) noexcept
{
    keep(sample);
    reading_ = {};
    if (axis_.direction.empty()) return reading_;
    const std::size_t p = measured_mm.size();
    for (std::size_t k = 0; k < from_.size(); ++k)
        forecast_mm_[k] = ready ? axis_.project(forecasts_mm.subspan(from_[k] * p, p)) : kNaN;
    reading_.coordinate_mm = axis_.project(sample.positions_mm);
    if (broken) bounds_.break_series();
    bounds_.step(axis_.project(measured_mm), forecast_mm_);
    const auto range = [&](const Latency& at, double& lower, double& upper) {
        if (at.now) {
            lower = upper = reading_.coordinate_mm;
        } else if (config_.confidence > 0) {
            lower = between(bounds_.lower_mm(), at);
            upper = between(bounds_.upper_mm(), at);
        } else {
            lower = upper = between(forecast_mm_, at);
        }
    };
    range(on_, reading_.on_lower_mm, reading_.on_upper_mm);
    range(off_, reading_.off_lower_mm, reading_.off_upper_mm);
    return reading_;
}

void GateMonitor::keep(const ConditionedSample& sample) noexcept
{
    const bool axis_wanted = axis_.direction.empty();
    if (due_ || !(axis_wanted || !window_)) return;
    const double now_s = to_seconds(sample.time);
    if (std::isnan(first_s_)) first_s_ = now_s;
    if (kept_ < kept_s_.size()) {
        std::ranges::copy(sample.positions_mm,
                          kept_mm_.begin() + static_cast<std::ptrdiff_t>(kept_ * sample.positions_mm.size()));
        kept_s_[kept_++] = now_s - first_s_;
    }
    const double until_s = axis_wanted ? config_.learn_axis_until_s : config_.auto_to_s;
    due_ = now_s - first_s_ >= until_s + extra_s_;
}

GateMonitor::Learned GateMonitor::learn() const
{
    Learned out;
    const auto p = static_cast<std::size_t>(layout_.coordinates());
    const std::span<const double> rows{kept_mm_.data(), kept_ * p};
    if (axis_.direction.empty()) {
        out.axis = principal_axis(rows, layout_.markers);
    } else if (!window_) {
        std::vector<double> coordinate_mm;
        for (std::size_t k = 0; k < kept_; ++k) coordinate_mm.push_back(axis_.project(rows.subspan(k * p, p)));
        out.window = automatic_exhale_window({kept_s_.data(), kept_}, coordinate_mm, config_.auto_share,
                                             config_.auto_from_s, config_.auto_to_s + extra_s_);
    }
    return out;
}

void GateMonitor::apply_learned(Learned& learned) noexcept
{
    if (learned.axis) std::swap(axis_, *learned.axis);
    if (learned.window && !window_) window_ = learned.window;
    due_ = false;
}

void GateMonitor::retry_learning() noexcept
{
    // Begins anew: there is room for the longest stretch that is asked for, and what was kept did not do.
    extra_s_ += config_.auto_to_s - config_.auto_from_s;
    kept_ = 0;
    due_ = false;
}

void GateMonitor::set_window(const GateWindow& window) noexcept { window_ = window; }

}  // namespace foretide::core
