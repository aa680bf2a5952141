// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/signal_conditioner.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "core/standardiser.h"

namespace foretide::core {

namespace {

constexpr double kSameRate = 0.1;          // rates this close (relative) are the same: one frame, one sample
constexpr double kPeriodRange = 0.15;      // the true period stays this close to the nominal one (relative)
constexpr double kPeriodMemory_s = 10;     // time constant of the estimate of the true period
constexpr double kLatenessMemory = 0.5;    // share of a frame's lateness that is remembered at the next
constexpr double kGapPeriods = 1.5;        // shortest interval that is a gap
constexpr double kShortestInterval = 0.5;  // frames sooner than this may belong to the sample before

constexpr SampleFlag kFrameEvents =
    SampleFlag::outlier | SampleFlag::implausible | SampleFlag::step_accepted | SampleFlag::swapped;

double seconds_between(TimePoint earlier, TimePoint later) noexcept { return to_seconds(later - earlier); }

/// Within a century of the clock's zero: unknown and garbled times are not, and sums cannot overflow.
bool is_plausible(TimePoint time) noexcept
{
    constexpr Duration kCentury = std::chrono::hours(24 * 36525);
    return time.time_since_epoch() < kCentury && time.time_since_epoch() > -kCentury;
}

double source_rate(const ConditionerConfig& config) noexcept
{
    return std::isnan(config.source_rate_hz) ? config.rate_hz : config.source_rate_hz;
}

std::int64_t to_samples(Duration duration, double rate_hz) noexcept
{
    return std::llround(to_seconds(duration) * rate_hz);
}

SampleFlag from_source(FrameFlag flags) noexcept
{
    SampleFlag out = SampleFlag::none;
    if (has(flags, FrameFlag::time_repaired | FrameFlag::interpolated)) {
        out |= SampleFlag::source_repaired;
    }
    if (has(flags, FrameFlag::not_periodic)) {
        out |= SampleFlag::not_periodic;
    }
    return out;
}

ConditionerConfig checked(const ConditionerConfig& config)
{
    if (!(config.rate_hz > 0) || !(config.rate_hz <= 1000)) {
        throw std::runtime_error("conditioner: the working rate must be above 0 and at most 1000 Hz, got " +
                                 std::to_string(config.rate_hz) + " Hz");
    }
    if (const double rate = source_rate(config); !(rate > 0) || !(rate <= 10000)) {
        throw std::runtime_error("conditioner: the source's rate must be above 0 and at most 10000 Hz, got " +
                                 std::to_string(rate) + " Hz");
    }
    if (config.decimation < 1 || config.decimation > 100 ||
        (config.decimation > 1 &&
         std::abs(source_rate(config) / (config.decimation * config.rate_hz) - 1) > kSameRate)) {
        throw std::runtime_error(
            "conditioner: the source's rate must be the working rate times the decimation (1 … 100), got " +
            std::to_string(source_rate(config)) + " Hz, " + std::to_string(config.rate_hz) + " Hz and " +
            std::to_string(config.decimation));
    }
    if (config.max_bridged_gap < Duration::zero() || config.max_filled_gap < config.max_bridged_gap ||
        config.max_filled_gap > std::chrono::minutes(10) || config.resync_after <= Duration::zero() ||
        config.warm_up < Duration::zero()) {
        throw std::runtime_error(
            "conditioner: need 0 ≤ max_bridged_gap ≤ max_filled_gap ≤ 10 min, resync_after > 0 "
            "and warm_up ≥ 0");
    }
    return config;
}

}  // namespace

int decimation_for(double source_rate_hz) noexcept
{
    constexpr double largest_hz = 30 * (1 + kSameRate);
    return source_rate_hz > largest_hz ? static_cast<int>(std::ceil(source_rate_hz / largest_hz)) : 1;
}

SignalConditioner::SignalConditioner(const ConditionerConfig& config)
    : config_(checked(config)),
      snap_(config.decimation == 1 && std::abs(source_rate(config) / config.rate_hz - 1) <= kSameRate),
      bridge_limit_(to_samples(config.max_bridged_gap, config.rate_hz)),
      fill_limit_(to_samples(config.max_filled_gap, config.rate_hz)),
      warm_up_samples_(core::warm_up_samples(config.warm_up, config.rate_hz)),
      vetting_(config.markers, source_rate(config), config.vetting),
      period_s_(1.0 / source_rate(config))
{
    // A frame completes what it fills in and its own sample; a slow source's, all of one interval too.
    const double samples_a_frame = std::max(1.0, kGapPeriods * (1 + kPeriodRange) * config.rate_hz * period_s_);
    capacity_ = static_cast<int>(fill_limit_) + static_cast<int>(std::ceil(samples_a_frame)) + 1;
    if (config.decimation > 1) ++capacity_;  // a group that the frame of a later one completes
    const auto n = static_cast<std::size_t>(config.markers);
    group_.measured.assign(n, 0);
    group_.sum_mm.assign(3 * n, 0.0);
    group_.mean.resize(n);
    const auto slots = static_cast<std::size_t>(capacity_);
    last_positions_.assign(3 * n, 0.0);
    seen_once_.assign(n, false);
    filled_in_.assign(n, 0);
    previous_.resize(n);
    between_.resize(n);
    lost_.assign(n, VettedMarker{.flags = SampleFlag::gap});
    pending_markers_.assign(n, SampleFlag::none);
    slots_.resize(slots);
    positions_.assign(slots * 3 * n, 0.0);
    marker_flags_.assign(slots * n, SampleFlag::none);
    bridge_.assign(slots * 3 * n, 0.0);
}

bool SignalConditioner::set_bridge(std::span<const double> positions_mm) noexcept
{
    bridge_entries_ = 0;
    const std::size_t p = last_positions_.size();
    if (positions_mm.empty() || positions_mm.size() % p != 0 ||
        !std::ranges::all_of(positions_mm, [](double v) { return std::isfinite(v); })) {
        return false;
    }
    const std::size_t kept = std::min(positions_mm.size(), bridge_.size());
    std::ranges::copy(positions_mm.first(kept), bridge_.begin());
    bridge_entries_ = static_cast<std::int64_t>(kept / p);
    return true;
}

std::span<const double> SignalConditioner::bridge_entry(std::int64_t ahead) const noexcept
{
    const std::size_t p = last_positions_.size();
    return ahead >= 0 && ahead < bridge_entries_ ? std::span(bridge_).subspan(static_cast<std::size_t>(ahead) * p, p)
                                                 : std::span<const double>{};
}

int SignalConditioner::drop(SampleFlag why) noexcept
{
    ++counts_.frames_dropped;
    pending_ |= why;
    return 0;
}

/// False: the frame is not after the last one. A clock that stays set back is recognised and taken over.
bool SignalConditioner::accept_time(const MarkerFrame& frame) noexcept
{
    clock_set_back_ = false;
    if (!has_frame_ || frame.acquired > last_time_) {
        reversed_last_ = kUnknownTime;
        return true;
    }
    const double longest_step_s = std::max(0.5 * to_seconds(config_.resync_after), 3 * period_s_);
    if (reversed_last_ == kUnknownTime || frame.acquired <= reversed_last_ ||
        seconds_between(reversed_last_, frame.acquired) > longest_step_s) {
        reversed_first_ = frame.acquired;
    }
    reversed_last_ = frame.acquired;
    clock_set_back_ = seconds_between(reversed_first_, reversed_last_) >= to_seconds(config_.resync_after);
    return clock_set_back_;
}

int SignalConditioner::ingest(const MarkerFrame& frame) noexcept
{
    emitted_ = 0;
    ++counts_.frames;
    if (!is_plausible(frame.acquired)) {
        return drop(SampleFlag::no_time);
    }
    if (has_frame_ && (frame.sequence == last_sequence_ || frame.acquired == last_time_)) {
        return drop(SampleFlag::duplicate);
    }
    if (!accept_time(frame)) {
        return drop(SampleFlag::time_reversed);
    }
    std::int64_t missing = 0;
    if (clock_set_back_) {
        vetting_.restart();
        pending_ |= SampleFlag::time_reversed | SampleFlag::resumed | SampleFlag::discontinuity;
        reversed_last_ = kUnknownTime;
        lateness_ = 0;
        group_.slot = -1;
    } else if (has_frame_) {
        const double interval_s = seconds_between(last_time_, frame.acquired);
        const double periods = interval_s / period_s_;
        if ((snap_ || config_.decimation > 1) && periods < kShortestInterval &&
            periods + lateness_ < kShortestInterval) {
            return drop(SampleFlag::surplus);
        }
        missing = periods < kGapPeriods ? 0 : std::llround(periods) - 1;
        lateness_ = kLatenessMemory * std::clamp(periods + lateness_ - static_cast<double>(missing + 1), -0.5, 0.5);
        follow_period(interval_s);
    }
    vetting_.vet(frame, snap_ ? bridge_entry(missing) : std::span<const double>{});
    const bool begins = !started_;
    if (!start_if_all_seen()) {
        ++counts_.frames_waited;
    } else if (snap_) {
        snap(last_time_, frame.acquired, vetting_.markers(), from_source(frame.flags), begins ? 0 : missing);
    } else if (config_.decimation > 1) {
        decimate(frame, missing);
    } else {
        if (begins || clock_set_back_) {
            begin_grid(frame.acquired);
        }
        resample(frame);
    }
    std::ranges::copy(vetting_.markers(), previous_.begin());
    has_frame_ = true;
    last_time_ = frame.acquired;
    last_sequence_ = frame.sequence;
    if (emitted_ > 0) {
        bridge_entries_ = 0;
    }
    return emitted_;
}

void SignalConditioner::follow_period(double interval_s) noexcept
{
    const double nominal_s = 1.0 / source_rate(config_);
    if (interval_s > kShortestInterval * period_s_ && interval_s < kGapPeriods * period_s_) {
        const double share = std::min(1.0, nominal_s / kPeriodMemory_s);
        period_s_ += share * (interval_s - period_s_);
        period_s_ = std::clamp(period_s_, (1 - kPeriodRange) * nominal_s, (1 + kPeriodRange) * nominal_s);
    }
}

bool SignalConditioner::start_if_all_seen() noexcept
{
    if (started_) {
        return true;
    }
    const auto markers = vetting_.markers();
    for (std::size_t m = 0; m < markers.size(); ++m) {
        if (markers[m].measured) {
            seen_once_[m] = true;
            std::ranges::copy(markers[m].position_mm, last_positions_.begin() + static_cast<std::ptrdiff_t>(3 * m));
        }
    }
    started_ = std::ranges::all_of(seen_once_, [](bool seen) { return seen; });
    if (started_) {
        pending_ = SampleFlag::none;  // what was dropped before the series concerns none of its samples
    }
    return started_;
}

void SignalConditioner::snap(TimePoint before, TimePoint time, std::span<const VettedMarker> markers, SampleFlag extra,
                             std::int64_t missing) noexcept
{
    const bool too_long = missing > fill_limit_;
    for (std::int64_t j = 1; j <= (too_long ? bridge_limit_ : missing); ++j) {
        const double share = static_cast<double>(j) / static_cast<double>(missing + 1);
        emit_gap(before + from_seconds(share * seconds_between(before, time)));
    }
    if (too_long) {
        pending_ |= SampleFlag::resumed | SampleFlag::discontinuity;
        bridge_entries_ = 0;
    }
    emit(time, markers, extra);
}

Duration SignalConditioner::delay() const noexcept
{
    return from_seconds(0.5 * (config_.decimation - 1) / source_rate(config_));
}

/// Slots are the source's periods since the grid began, frames that did not come included.
void SignalConditioner::decimate(const MarkerFrame& frame, std::int64_t missing) noexcept
{
    const std::int64_t k = config_.decimation;
    if (group_.slot < 0) {  // the series begins, or begins anew
        group_.frames = 0;
        last_group_ = -1;
    } else if (const std::int64_t number = group_.slot / k; (group_.slot + missing + 1) / k > number) {
        close_group(number);
    }
    group_.slot = group_.slot < 0 ? 0 : group_.slot + missing + 1;

    const auto markers = vetting_.markers();
    if (group_.frames == 0) {
        group_.first = frame.acquired;
        group_.since_first = Duration::zero();
        group_.flags = SampleFlag::none;
        std::ranges::fill(group_.measured, 0);
        std::ranges::fill(group_.sum_mm, 0.0);
        for (VettedMarker& mean : group_.mean) mean.flags = SampleFlag::none;
    }
    ++group_.frames;
    group_.since_first += frame.acquired - group_.first;
    group_.flags |= from_source(frame.flags);
    for (std::size_t m = 0; m < markers.size(); ++m) {
        group_.mean[m].flags |= markers[m].flags;
        if (!markers[m].measured) continue;
        ++group_.measured[m];
        for (std::size_t c = 0; c < 3; ++c) group_.sum_mm[3 * m + c] += markers[m].position_mm[c];
    }
    if (group_.slot % k == k - 1) close_group(group_.slot / k);
}

void SignalConditioner::close_group(std::int64_t number) noexcept
{
    if (group_.frames == 0) return;
    const TimePoint time = group_.first + group_.since_first / group_.frames;
    for (std::size_t m = 0; m < group_.mean.size(); ++m) {
        VettedMarker& mean = group_.mean[m];
        mean.measured = group_.measured[m] > 0;
        // A measured mean is no filled-in marker, whatever a frame of the group missed.
        if (mean.measured) mean.flags = mean.flags & (kFrameEvents | SampleFlag::frozen | SampleFlag::out_of_volume);
        for (std::size_t c = 0; mean.measured && c < 3; ++c)
            mean.position_mm[c] = group_.sum_mm[3 * m + c] / group_.measured[m];
    }
    snap(last_group_time_, time, group_.mean, group_.flags, last_group_ < 0 ? 0 : number - last_group_ - 1);
    last_group_ = number;
    last_group_time_ = time;
    group_.frames = 0;
}

void SignalConditioner::begin_grid(TimePoint origin) noexcept
{
    grid_origin_ = origin;
    grid_next_ = 0;
    std::ranges::copy(vetting_.markers(), previous_.begin());
    last_time_ = origin;
}

TimePoint SignalConditioner::grid_time(std::int64_t index) const noexcept
{
    return grid_origin_ + from_seconds(static_cast<double>(index) / config_.rate_hz);
}

void SignalConditioner::resample(const MarkerFrame& frame) noexcept
{
    const auto markers = vetting_.markers();
    for (std::size_t m = 0; m < markers.size(); ++m) {
        pending_markers_[m] |= markers[m].flags & kFrameEvents;
    }
    pending_ |= from_source(frame.flags);
    const double interval_s = seconds_between(last_time_, frame.acquired);
    const double step_s = std::max(period_s_, 1.0 / config_.rate_hz);
    const bool gap = interval_s >= kGapPeriods * step_s;
    const double reach_s = gap ? 0.5 * step_s : interval_s;  // how far from a frame it still tells the position
    if (gap && (interval_s - step_s) * config_.rate_hz > static_cast<double>(fill_limit_)) {
        for (std::int64_t j = 0; j < bridge_limit_; ++j) {
            emit_gap(grid_time(grid_next_++));
        }
        pending_ |= SampleFlag::resumed | SampleFlag::discontinuity;
        bridge_entries_ = 0;
        begin_grid(frame.acquired);
    }
    for (TimePoint time = grid_time(grid_next_); time <= frame.acquired; time = grid_time(++grid_next_)) {
        const double since_s = seconds_between(last_time_, time);
        const double until_s = seconds_between(time, frame.acquired);
        if (until_s == 0) {
            emit(time, markers, SampleFlag::none);
        } else if (std::min(since_s, until_s) > reach_s) {
            emit_gap(time);
        } else {
            const double share = since_s / (since_s + until_s);
            for (std::size_t m = 0; m < markers.size(); ++m) {
                VettedMarker& out = between_[m];
                out.measured = previous_[m].measured && markers[m].measured;
                out.flags = previous_[m].flags | markers[m].flags;
                for (std::size_t c = 0; c < 3; ++c) {
                    const double from = previous_[m].position_mm[c];
                    out.position_mm[c] = from + share * (markers[m].position_mm[c] - from);
                }
            }
            emit(time, between_, SampleFlag::resampled);
        }
    }
}

void SignalConditioner::emit_gap(TimePoint time) noexcept { emit(time, lost_, SampleFlag::gap); }

void SignalConditioner::emit(TimePoint time, std::span<const VettedMarker> markers, SampleFlag extra) noexcept
{
    if (emitted_ >= capacity_) {
        pending_ |= SampleFlag::discontinuity;
        return;
    }
    const auto slot = static_cast<std::size_t>(emitted_);
    const std::size_t n = markers.size();
    const auto out = std::span(positions_).subspan(slot * 3 * n, 3 * n);
    const auto bridge = bridge_entry(emitted_);
    SampleFlag flags = extra | pending_;
    const bool lost = has(extra, SampleFlag::gap);
    for (std::size_t m = 0; m < n; ++m) {
        SampleFlag marker = markers[m].flags;
        if (!lost) {
            marker |= pending_markers_[m];
            pending_markers_[m] = SampleFlag::none;
        }
        if (markers[m].measured) {
            std::ranges::copy(markers[m].position_mm, out.begin() + static_cast<std::ptrdiff_t>(3 * m));
            if (filled_in_[m] > bridge_limit_) {
                marker |= SampleFlag::resumed;
            }
            filled_in_[m] = 0;
        } else {
            const auto from = bridge.empty() ? std::span<const double>(last_positions_) : bridge;
            std::ranges::copy(from.subspan(3 * m, 3), out.begin() + static_cast<std::ptrdiff_t>(3 * m));
            marker |= bridge.empty() ? SampleFlag::held : SampleFlag::predicted;
            if (++filled_in_[m] > bridge_limit_) {
                marker |= SampleFlag::invalid;
            }
        }
        marker_flags_[slot * n + m] = marker;
        flags |= marker;
    }
    if (next_index_ + 1 < warm_up_samples_) {
        flags |= SampleFlag::warm_up;
    }
    std::ranges::copy(out, last_positions_.begin());
    slots_[slot] = {next_index_, time, flags};
    ++next_index_;
    ++emitted_;
    ++counts_.samples;
    counts_.by_flag.add(flags);
    pending_ = SampleFlag::none;
}

ConditionedSample SignalConditioner::sample(int i) const noexcept
{
    const std::size_t p = last_positions_.size();
    const auto slot = static_cast<std::size_t>(i);
    return {slots_[slot].index, slots_[slot].time, std::span(positions_).subspan(slot * p, p),
            has(slots_[slot].flags, SampleFlag::discontinuity)};
}

SampleFlag SignalConditioner::flags(int i) const noexcept { return slots_[static_cast<std::size_t>(i)].flags; }

std::span<const SampleFlag> SignalConditioner::marker_flags(int i) const noexcept
{
    const std::size_t n = filled_in_.size();
    return std::span(marker_flags_).subspan(static_cast<std::size_t>(i) * n, n);
}

}  // namespace foretide::core
