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
constexpr double kSpare = 1.3;  // rows kept beyond what the nominal rate needs
constexpr double kTrajectoryStep_s = 0.1, kBeyond_s = 0.6;
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
    check_gate_rule(c.rule, c.window);
    if (internal_axis(c.axis) >= 0 && c.point == nullptr)
        throw std::invalid_argument("the gate's axis '" + c.axis + "' needs a correspondence model");
    if (!c.window && c.learn_holds == 0 &&
        (!(c.auto_share >= 0.02 && c.auto_share <= 0.5) || !(c.auto_from_s >= 0) || !(c.auto_to_s > c.auto_from_s) ||
         c.auto_to_s > kLongestLearning_s))
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

std::vector<int> ascending(std::vector<int> horizons)
{
    std::sort(horizons.begin(), horizons.end());
    horizons.erase(std::unique(horizons.begin(), horizons.end()), horizons.end());
    return horizons;
}

/// Those around T_on and T_off.
std::vector<int> latency_horizons(const GateMonitorConfig& config, double rate_hz, double delay_s)
{
    std::vector<int> horizons;
    for (const double latency_s : {config.t_on_s, config.t_off_s}) {
        const auto [before, after] = around(ahead_samples(latency_s, delay_s, rate_hz));
        for (const int h : {before, after})
            if (h > 0) horizons.push_back(h);
    }
    if (horizons.empty()) horizons.push_back(1);  // both latencies 0: the present decides
    return ascending(std::move(horizons));
}

/// Where a horizon stands among those that are forecast. Throws std::invalid_argument: nowhere.
std::size_t index_among(std::span<const int> horizons, int h)
{
    const auto at = std::ranges::find(horizons, h);
    if (at == horizons.end())
        throw std::invalid_argument("the gate needs a forecast " + std::to_string(h) + " samples ahead");
    return static_cast<std::size_t>(at - horizons.begin());
}

}  // namespace

std::vector<int> GateMonitor::gate_horizons(const GateMonitorConfig& config, double rate_hz, double delay_s)
{
    std::vector<int> horizons = latency_horizons(checked(config), rate_hz, delay_s);
    if (config.rule.kind == GateKind::phase) {  // a trajectory, far enough to see a peak at T_on turn
        const double until = ahead_samples(config.t_on_s + kBeyond_s, delay_s, rate_hz);
        const int step = std::max(1, static_cast<int>(std::lround(kTrajectoryStep_s * rate_hz)));
        for (int h = step; h < until + step; h += step) horizons.push_back(h);
    }
    return ascending(std::move(horizons));
}

GateMonitor::GateMonitor(const GateMonitorConfig& config, const SeriesLayout& layout, std::span<const int> horizons,
                         double delay_s)
    : config_(checked(config)),
      layout_(layout),
      delay_s_(delay_s),
      bound_horizons_(latency_horizons(checked(config), layout.rate_hz, delay_s)),
      bounds_(layout.rate_hz, bound_horizons_, config.confidence > 0 ? config.confidence : 0.5),
      window_(config.window),
      internal_axis_(internal_axis(config.axis)),
      breath_(config.breath, layout.rate_hz, config.t_on_s + delay_s, config.t_off_s + delay_s, config.confidence,
              config.rule.kind == GateKind::phase)
{
    if (!window_ && config.learn_holds > 0) levels_.emplace(config.learn_holds, config.learn_half_width_mm);
    for (const int h : bound_horizons_) from_.push_back(index_among(horizons, h));
    if (config.rule.kind == GateKind::phase) {
        for (const int h : gate_horizons(config, layout.rate_hz, delay_s)) {
            trajectory_from_.push_back(index_among(horizons, h));
            ahead_s_.push_back(h / layout.rate_hz);
        }
    }
    trajectory_mm_.assign(ahead_s_.size(), kNaN);
    on_ = latency(config.t_on_s);
    off_ = latency(config.t_off_s);
    forecast_mm_.assign(bound_horizons_.size(), kNaN);
    wider_mm_.assign(bound_horizons_.size(), 0.0);
    if (internal_axis_ >= 0) {
        point_mm_.assign(3 * (1 + horizons.size()), kNaN);
        half_width_mm_ = point_mm_;
    } else if (config.axis != "pc1")
        axis_ = gate_axis(config.axis, {}, layout.markers);
    double longest_s = axis_known() ? 0 : config.learn_axis_until_s;
    if (!window_ && !levels_) longest_s = std::max(longest_s, config.auto_to_s);
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
    reading_ = {};
    locate(sample.positions_mm, measured_mm, forecasts_mm, ready);
    keep(sample);
    if (!axis_known()) return reading_;
    if (broken) bounds_.break_series();
    bounds_.step(measured_mm_, forecast_mm_);
    read_range(on_, reading_.on_lower_mm, reading_.on_upper_mm);
    read_range(off_, reading_.off_lower_mm, reading_.off_upper_mm);
    if (levels_ && broken) levels_->break_series();
    if (levels_ && !window_ && !due_) levels_->step(to_seconds(sample.time), reading_.coordinate_mm);
    reading_.breath =
        breath_.step(to_seconds(sample.time), reading_.coordinate_mm, window_, ahead_s_, trajectory_mm_, broken);
    return reading_;
}

/// Coordinate now, as measured and as forecast.
void GateMonitor::locate(std::span<const double> positions_mm, std::span<const double> measured_mm,
                         std::span<const double> forecasts_mm, bool ready) noexcept
{
    const std::size_t p = measured_mm.size();
    if (internal_axis_ >= 0) {
        config_.point->locate(positions_mm, forecasts_mm, point_mm_, half_width_mm_);
        const auto axis = static_cast<std::size_t>(internal_axis_);
        const auto forecast = [&](std::size_t h) { return ready ? point_mm_[3 * (1 + h) + axis] : kNaN; };
        for (std::size_t k = 0; k < from_.size(); ++k) wider_mm_[k] = half_width_mm_[3 * (1 + from_[k]) + axis];
        std::ranges::transform(from_, forecast_mm_.begin(), forecast);
        std::ranges::transform(trajectory_from_, trajectory_mm_.begin(), forecast);
        reading_.model_valid = config_.point->valid();
        reading_.coordinate_mm = point_mm_[axis];
        reading_.half_width_mm = half_width_mm_[axis];
        const bool all = std::ranges::none_of(measured_mm, [](double v) { return std::isnan(v); });
        measured_mm_ = all ? reading_.coordinate_mm : kNaN;
        return;
    }
    if (axis_.direction.empty()) return;
    const auto forecast = [&](std::size_t h) { return ready ? axis_.project(forecasts_mm.subspan(h * p, p)) : kNaN; };
    std::ranges::transform(from_, forecast_mm_.begin(), forecast);
    std::ranges::transform(trajectory_from_, trajectory_mm_.begin(), forecast);
    reading_.coordinate_mm = axis_.project(positions_mm);
    measured_mm_ = axis_.project(measured_mm);
}

void GateMonitor::read_range(const Latency& at, double& lower_mm, double& upper_mm) const noexcept
{
    if (at.now) {
        lower_mm = reading_.coordinate_mm - reading_.half_width_mm;
        upper_mm = reading_.coordinate_mm + reading_.half_width_mm;
        return;
    }
    const double wider_mm = between(wider_mm_, at);
    const bool bounds = config_.confidence > 0;
    lower_mm = between(bounds ? bounds_.lower_mm() : forecast_mm_, at) - wider_mm;
    upper_mm = between(bounds ? bounds_.upper_mm() : forecast_mm_, at) + wider_mm;
}

void GateMonitor::keep(const ConditionedSample& sample) noexcept
{
    const bool axis_wanted = !axis_known();
    if (due_ || !(axis_wanted || !window_)) return;
    if (levels_ && !axis_wanted) {
        due_ = levels_->window().has_value();
        return;
    }
    const double now_s = to_seconds(sample.time);
    if (std::isnan(first_s_)) first_s_ = now_s;
    if (kept_ < kept_s_.size()) {
        const std::span<const double> row =
            internal_axis_ >= 0 ? std::span<const double>(&reading_.coordinate_mm, 1) : sample.positions_mm;
        std::ranges::copy(row, kept_mm_.begin() + static_cast<std::ptrdiff_t>(kept_ * row.size()));
        kept_s_[kept_++] = now_s - first_s_;
    }
    const double until_s = axis_wanted ? config_.learn_axis_until_s : config_.auto_to_s;
    due_ = now_s - first_s_ >= until_s + extra_s_;
}

GateMonitor::Learned GateMonitor::learn() const
{
    Learned out;
    const auto p = static_cast<std::size_t>(layout_.coordinates());
    const std::span<const double> rows{kept_mm_.data(), kept_ * (internal_axis_ >= 0 ? 1 : p)};
    if (!axis_known()) {
        out.axis = principal_axis(rows, layout_.markers);
    } else if (levels_) {
        out.window = levels_->window();
    } else if (!window_) {
        std::vector<double> coordinate_mm(rows.begin(), rows.end());
        if (internal_axis_ < 0) {
            coordinate_mm.clear();
            for (std::size_t k = 0; k < kept_; ++k) coordinate_mm.push_back(axis_.project(rows.subspan(k * p, p)));
        }
        out.window = automatic_exhale_window({kept_s_.data(), kept_}, coordinate_mm, config_.auto_share,
                                             config_.auto_from_s, config_.auto_to_s + extra_s_);
    }
    return out;
}

void GateMonitor::apply_learned(Learned& learned) noexcept
{
    if (learned.axis) std::swap(axis_, *learned.axis);
    if (learned.window && !window_) set_window(*learned.window);
    due_ = false;
}

void GateMonitor::retry_learning() noexcept
{
    // Begins anew: there is room for the longest stretch that is asked for, and what was kept did not do.
    extra_s_ += config_.auto_to_s - config_.auto_from_s;
    kept_ = 0;
    due_ = false;
}

void GateMonitor::set_window(const GateWindow& window) noexcept
{
    window_ = window;
    breath_.window_set();
}

bool GateMonitor::rebase() noexcept
{
    const double drift_mm = reading_.breath.drift_mm;
    if (!window_ || std::isnan(drift_mm)) return false;
    set_window({window_->lower_mm + drift_mm, window_->upper_mm + drift_mm});
    reading_.breath.drift_mm = 0;  // asked for twice before the next sample: moved once
    return true;
}

}  // namespace foretide::core
