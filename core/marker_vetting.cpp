// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/marker_vetting.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace foretide::core {

namespace {

double distance(const std::array<double, 3>& a, const std::array<double, 3>& b) noexcept
{
    return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

constexpr double kSmallestScale_mm = 0.1;  // quantisation of the sensors

}  // namespace

MarkerVetting::MarkerVetting(int markers, double frame_rate_hz, const VettingConfig& config)
    : config_(config), frame_period_s_(1.0 / frame_rate_hz)
{
    if (markers < 1 || markers > kMaxMarkers) {
        throw std::runtime_error("conditioner: number of markers must be 1 to " + std::to_string(kMaxMarkers) +
                                 ", got " + std::to_string(markers));
    }
    if (!(frame_rate_hz > 0) || !std::isfinite(frame_rate_hz)) {
        throw std::runtime_error("conditioner: the source's rate must be positive, got " +
                                 std::to_string(frame_rate_hz) + " Hz");
    }
    if (!(config.max_coordinate_mm > 0) || !(config.outlier_speed_mm_s > 0) || !(config.outlier_scale > 0) ||
        !(config.outlier_min_jump_mm >= 0) || config.step_confirmations < 1 || !(config.swap_min_jump_mm > 0) ||
        !(config.swap_speed_mm_s >= 0) || !(config.swap_max_ratio >= 0) || !(config.swap_max_ratio < 1) ||
        config.frozen_limit <= Duration::zero() || config.all_frozen_limit <= Duration::zero() ||
        config.frozen_min_repeats < 1 || !(config.frozen_others_mm >= 0)) {
        throw std::runtime_error("conditioner: thresholds must be positive, the swap ratio below 1");
    }
    const auto n = static_cast<std::size_t>(markers);
    vetted_.resize(n);
    tracks_.resize(n);
    expected_.resize(n);
    previous_.resize(n);
    previous_seen_.assign(n, false);
    at_first_repeat_.resize(n * n);
}

void MarkerVetting::vet(const MarkerFrame& frame, std::span<const double> predicted_mm) noexcept
{
    for (std::size_t m = 0; m < tracks_.size(); ++m) {
        expected_[m] = predicted_mm.size() == 3 * tracks_.size()
                           ? Vec3{predicted_mm[3 * m], predicted_mm[3 * m + 1], predicted_mm[3 * m + 2]}
                           : tracks_[m].good;
    }
    take(frame);
    undo_swaps();
    watch_repeats(frame.acquired);
    for (std::size_t m = 0; m < tracks_.size(); ++m) {
        previous_seen_[m] = vetted_[m].measured;
        previous_[m] = vetted_[m].measured ? vetted_[m].position_mm : Vec3{kNaN, kNaN, kNaN};
        judge_jump(m, frame.acquired);
    }
}

void MarkerVetting::restart() noexcept
{
    std::ranges::fill(tracks_, Track{});
    std::fill(previous_seen_.begin(), previous_seen_.end(), false);
}

void MarkerVetting::take(const MarkerFrame& frame) noexcept
{
    const int carried = std::clamp<int>(frame.marker_count, 0, kMaxMarkers);
    for (std::size_t m = 0; m < vetted_.size(); ++m) {
        VettedMarker& out = vetted_[m];
        out = VettedMarker{};
        if (static_cast<int>(m) >= carried) {
            out.flags = SampleFlag::missing_marker;
            continue;
        }
        const MarkerSample& in = frame.markers[m];
        const auto any = [&](auto&& test) { return std::ranges::any_of(in.position_mm, test); };
        if (in.visibility == Visibility::missing || any([](double v) { return std::isnan(v); })) {
            out.flags = SampleFlag::missing_marker;
        } else if (any([&](double v) { return !(std::abs(v) <= config_.max_coordinate_mm); })) {
            out.flags = SampleFlag::implausible;
        } else if (in.visibility == Visibility::phantom) {
            out.flags = SampleFlag::phantom;
        } else {
            out.position_mm = in.position_mm;
            out.measured = true;
            out.flags = in.visibility == Visibility::out_of_volume ? SampleFlag::out_of_volume : SampleFlag::none;
        }
    }
}

double MarkerVetting::distance_to_expected(std::size_t position, std::size_t marker) const noexcept
{
    return vetted_[position].measured ? distance(vetted_[position].position_mm, expected_[marker]) : 0.0;
}

void MarkerVetting::undo_swaps() noexcept
{
    const double least_mm = std::max(config_.swap_min_jump_mm, config_.swap_speed_mm_s * frame_period_s_);
    const auto suspicious = [&](std::size_t m) {
        return tracks_[m].known &&
               (!vetted_[m].measured || (distance_to_expected(m, m) >= least_mm &&
                                         distance(vetted_[m].position_mm, tracks_[m].good) >= least_mm));
    };
    for (std::size_t i = 0; i < vetted_.size(); ++i) {
        for (std::size_t j = i + 1; j < vetted_.size() && suspicious(i); ++j) {
            if (!suspicious(j) || (!vetted_[i].measured && !vetted_[j].measured)) {
                continue;
            }
            const double as_is = distance_to_expected(i, i) + distance_to_expected(j, j);
            const double exchanged = distance_to_expected(i, j) + distance_to_expected(j, i);
            if (exchanged <= config_.swap_max_ratio * as_is) {
                std::swap(vetted_[i], vetted_[j]);
                vetted_[i].flags |= SampleFlag::swapped;
                vetted_[j].flags |= SampleFlag::swapped;
            }
        }
    }
}

double MarkerVetting::allowed_jump_mm(const Track& track, TimePoint time) noexcept
{
    const double elapsed_s = std::max(to_seconds(time) - to_seconds(track.seen), 0.0);
    const double by_speed = std::max(config_.outlier_speed_mm_s * elapsed_s, config_.outlier_min_jump_mm);
    double scale_mm = kSmallestScale_mm;
    if (const std::size_t n = std::min(track.step_count, kSteps); n > 0) {
        std::copy_n(track.steps.begin(), n, scratch_.begin());
        const auto middle = scratch_.begin() + static_cast<std::ptrdiff_t>(n / 2);
        std::nth_element(scratch_.begin(), middle, scratch_.begin() + static_cast<std::ptrdiff_t>(n));
        scale_mm = std::max(scale_mm, *middle);
    }
    return std::max(by_speed, config_.outlier_scale * scale_mm * std::max(1.0, elapsed_s / frame_period_s_));
}

void MarkerVetting::judge_jump(std::size_t m, TimePoint time) noexcept
{
    VettedMarker& marker = vetted_[m];
    Track& track = tracks_[m];
    if (!marker.measured) {
        track.step_follows = false;
        return;
    }
    const double step_mm = track.known ? distance(marker.position_mm, track.good) : 0.0;
    const double jump_mm = track.known ? std::min(step_mm, distance_to_expected(m, m)) : 0.0;
    // Cheap bound first: the median is only needed for a jump that is already suspicious.
    if (jump_mm > config_.outlier_min_jump_mm && jump_mm > allowed_jump_mm(track, time)) {
        const bool agrees =
            track.candidates > 0 && distance(marker.position_mm, track.candidate) <= allowed_jump_mm(track, time);
        track.candidates = agrees ? track.candidates + 1 : 1;
        track.candidate = marker.position_mm;
        track.seen = time;
        track.step_follows = false;
        if (track.candidates < config_.step_confirmations) {
            marker.measured = false;
            marker.flags |= SampleFlag::outlier;
            return;
        }
        marker.flags |= SampleFlag::step_accepted;
    } else if (track.step_follows) {
        track.steps[track.step_count % kSteps] = step_mm;
        ++track.step_count;
    }
    track.known = true;
    track.good = marker.position_mm;
    track.seen = time;
    track.candidates = 0;
    track.step_follows = true;
}

void MarkerVetting::watch_repeats(TimePoint time) noexcept
{
    const std::size_t n = tracks_.size();
    bool all_stand = true;  // all markers seen have been repeating for longer than all_frozen_limit
    for (std::size_t m = 0; m < n; ++m) {
        Track& track = tracks_[m];
        if (!vetted_[m].measured) {
            track.repeats = 0;
            continue;
        }
        if (!previous_seen_[m] || vetted_[m].position_mm != previous_[m]) {
            track.repeats = 0;
            track.first_equal = time;
        } else if (++track.repeats == 1) {
            std::copy_n(previous_.begin(), n, at_first_repeat_.begin() + static_cast<std::ptrdiff_t>(m * n));
        }
        all_stand = all_stand && track.repeats >= config_.frozen_min_repeats &&
                    time - track.first_equal > config_.all_frozen_limit;
    }
    for (std::size_t m = 0; m < n; ++m) {
        const Track& track = tracks_[m];
        if (track.repeats < config_.frozen_min_repeats) {
            continue;
        }
        bool others_move = false;
        for (std::size_t o = 0; o < n && !others_move; ++o) {
            others_move = o != m && vetted_[o].measured &&
                          distance(vetted_[o].position_mm, at_first_repeat_[m * n + o]) >= config_.frozen_others_mm;
        }
        if (all_stand || (others_move && time - track.first_equal > config_.frozen_limit)) {
            vetted_[m].flags |= SampleFlag::frozen;
        }
    }
}

}  // namespace foretide::core
