// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/simulated_breathing.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace foretide::acquisition {

namespace {

constexpr std::uint64_t kBreathStream = 1;
constexpr std::uint64_t kHeartStream = 2;

constexpr double kBound = 2.5;  // standard deviations that a single draw may reach

// Shortest flanks of any segment; together longer than every lag, so that two segments are memory enough.
constexpr double kMinRise_s = 0.4;
constexpr double kMinFall_s = 0.9;
static_assert(kMinRise_s + kMinFall_s > kMaxMarkerLag_s);

constexpr bool lags_are_covered()
{
    for (const MarkerGeometry& marker : kMarkerGeometry) {
        for (const double lag_s : marker.lag_s) {
            if (lag_s < 0 || lag_s > kMaxMarkerLag_s) return false;
        }
    }
    return std::all_of(kPatientProfiles.begin(), kPatientProfiles.end(),
                       [](const PatientProfile& p) { return p.lag_scale >= 0 && p.lag_scale <= 1; });
}
static_assert(lags_are_covered());

// Correlation of one breath with the next (Tobin et al. 1995), and of the slow parts.
constexpr double kDepthMemory = 0.30;
constexpr double kInhaleMemory = 0.20;
constexpr double kExhaleMemory = 0.26;
constexpr double kSlowMemory = 0.93;
constexpr double kMixMemory = 0.80;
constexpr double kBaselineMemory = 0.97;
constexpr double kPostureMemory = 0.80;

constexpr double kDepthTimeCoupling = 0.4;  // deeper breaths take longer
constexpr double kMixCv = 0.08;
constexpr double kInhalePower = 1.2;  // n of cos²ⁿ in quiet inhalation

constexpr double kPostureStep_mm = 0.6;
constexpr std::array<double, 3> kDriftDirection{0.08, 0.30, 1.0};  // relative to z
constexpr std::array<double, 3> kHeartDirection{0.20, 0.25, 0.95};

constexpr double kHoldAbdomen_mm = 10.0;
constexpr double kHoldRibCage_mm = 19.0;
constexpr double kHoldSettling_s = 0.6;

constexpr double kCoughRibCageShare = 0.4;
constexpr double kCoughPeak = 0.3;  // of its length

double autoregress(double value, double memory, RandomStream& stream) noexcept
{
    return memory * value + std::sqrt(1.0 - memory * memory) * stream.bounded_normal(kBound);
}

// cos²ⁿ(π v / 2) for |v| ≤ 1: 1 at v = 0, flat there and (n > ½) at v = ±1.
double cosine_power(double v, double n) noexcept
{
    const double c = std::max(0.0, std::cos(0.5 * std::numbers::pi * v));
    return std::pow(c * c, n);
}

double smooth_step(double v) noexcept
{
    const double u = std::clamp(v, 0.0, 1.0);
    return u * u * (3.0 - 2.0 * u);
}

// Time course of one cough, v in [0, 1]: a sudden pull, a slower recoil.
double cough_pulse(double v) noexcept
{
    if (v <= 0.0 || v >= 1.0) return 0.0;
    const double quarter = v < kCoughPeak ? (v - kCoughPeak) / kCoughPeak : (v - kCoughPeak) / (1.0 - kCoughPeak);
    return cosine_power(quarter, 1.0);
}

}  // namespace

double SimulatedBreathing::Segment::depth_at(double t_s) const noexcept
{
    double t = t_s - start_s;
    if (t <= 0.0) return 0.0;
    if (t < rise_s) return (1.0 + overshoot) * cosine_power(t / rise_s - 1.0, rise_power);
    t -= rise_s;
    const auto plateau_level = [this](double held_s) {
        const double settling = held_s / kHoldSettling_s;
        const double drooped = plateau_s > 0.0 ? droop * held_s / plateau_s : 0.0;
        return 1.0 + overshoot * (1.0 + settling) * std::exp(-settling) + drooped;
    };
    if (t < plateau_s) return plateau_level(t);
    double v = std::min((t - plateau_s) / fall_s, 1.0);
    if (phrases > 0) {  // the wall nearly stands still between phrases
        const double turns = 2.0 * std::numbers::pi * phrases;
        v -= 0.8 * std::sin(turns * v) / turns;
    }
    return plateau_level(plateau_s) * cosine_power(v, fall_power);
}

double SimulatedBreathing::Segment::level_at(double t_s, int axis) const noexcept
{
    const auto a = static_cast<std::size_t>(axis);
    const double moved = smooth_step((t_s - start_s - rise_s - plateau_s) / fall_s);
    return level_mm[0][a] + (level_mm[1][a] - level_mm[0][a]) * moved;
}

double SimulatedBreathing::Segment::cough_pull_at(double t_s) const noexcept
{
    double pull_mm = 0.0;
    for (int i = 0; i < coughs; ++i) {
        const Cough& c = cough[static_cast<std::size_t>(i)];
        pull_mm += c.pull_mm * cough_pulse((t_s - c.start_s) / c.length_s);
    }
    return pull_mm;
}

double SimulatedBreathing::Segment::cough_jerk_at(double t_s, int axis) const noexcept
{
    double jerk_mm = 0.0;
    for (int i = 0; i < coughs; ++i) {
        const Cough& c = cough[static_cast<std::size_t>(i)];
        jerk_mm += c.jerk_mm[static_cast<std::size_t>(axis)] * cough_pulse((t_s - c.start_s) / c.length_s);
    }
    return jerk_mm;
}

SimulatedBreathing::SimulatedBreathing(const PatientProfile& profile, std::uint64_t seed) noexcept
    : profile_(profile), breath_stream_(seed, kBreathStream), heart_stream_(seed, kHeartStream)
{
    if (profile_.behaviour == Behaviour::coughs_and_speech) next_event_s_ = breath_stream_.uniform(12.0, 30.0);
    if (profile_.behaviour == Behaviour::breath_holds) breaths_to_hold_ = 8 + breath_stream_.below(4);
    // Begin somewhere within a breath that covers every lag before the start of the session.
    const double begun = breath_stream_.uniform();
    current_ = next_segment(0.0);
    const double shift_s = kMaxMarkerLag_s + begun * (current_.end_s() - kMaxMarkerLag_s);
    current_.start_s -= shift_s;
    previous_ = current_;
    beat_until(0.0);
}

SimulatedPose SimulatedBreathing::at(core::Duration since_start) noexcept FORETIDE_NONBLOCKING
{
    const double t_s = core::to_seconds(since_start);
    while (t_s >= current_.end_s()) {
        previous_ = current_;
        current_ = next_segment(previous_.end_s());
    }
    beat_until(t_s);

    const double beat = 2.0 * std::numbers::pi * (t_s - beat_start_s_) / beat_length_s_;
    const double heart = std::cos(beat) + 0.45 * std::cos(2.0 * beat + 0.8);
    const double pull_mm = current_.cough_pull_at(t_s);

    SimulatedPose pose;
    pose.irregular = current_.irregular;
    for (std::size_t m = 0; m < kMarkerGeometry.size(); ++m) {
        const MarkerGeometry& marker = kMarkerGeometry[m];
        const double cough_mm = -pull_mm * (marker.abdomen_share + kCoughRibCageShare * marker.rib_cage_share);
        for (int axis = 0; axis < 3; ++axis) {
            const auto a = static_cast<std::size_t>(axis);
            const double lagged_s = t_s - profile_.lag_scale * marker.lag_s[a];
            const Segment& seen = lagged_s < current_.start_s ? previous_ : current_;
            const double excursion_mm =
                marker.abdomen_share * seen.abdomen_mm + marker.rib_cage_share * seen.rib_cage_mm;
            pose.position_mm[m][a] = marker.rest_mm[a] + seen.level_at(lagged_s, axis) +
                                     marker.direction[a] * (excursion_mm * seen.depth_at(lagged_s) + cough_mm) +
                                     current_.cough_jerk_at(t_s, axis) + kHeartDirection[a] * marker.heart_mm * heart;
        }
    }
    return pose;
}

// The same number of draws for every kind of segment.
void SimulatedBreathing::vary() noexcept
{
    variation_.depth = autoregress(variation_.depth, kDepthMemory, breath_stream_);
    variation_.depth_slow = autoregress(variation_.depth_slow, kSlowMemory, breath_stream_);
    variation_.inhale = autoregress(variation_.inhale, kInhaleMemory, breath_stream_);
    variation_.exhale = autoregress(variation_.exhale, kExhaleMemory, breath_stream_);
    variation_.time_slow = autoregress(variation_.time_slow, kSlowMemory, breath_stream_);
    variation_.mix = autoregress(variation_.mix, kMixMemory, breath_stream_);
    variation_.baseline_mm =
        kBaselineMemory * variation_.baseline_mm + profile_.baseline_step_mm * breath_stream_.bounded_normal(kBound);
}

SimulatedBreathing::Segment SimulatedBreathing::next_segment(double start_s) noexcept
{
    Segment segment;
    segment.start_s = start_s;
    segment.level_mm[0] = current_.level_mm[1];
    vary();

    switch (profile_.behaviour) {
    case Behaviour::quiet:
        quiet_breath(segment);
        break;
    case Behaviour::coughs_and_speech:
        if (start_s < speech_until_s_) {
            speech_breath(segment);
        } else if (start_s >= next_event_s_) {
            // The first two bouts are of different kinds, so that a recording of two minutes shows both.
            const double draw = breath_stream_.uniform();
            const bool talks = bouts_ == 1 ? !talked_last_ : draw < 0.4;
            const double length_s = talks ? breath_stream_.uniform(8.0, 20.0) : 0.0;
            next_event_s_ = start_s + length_s + breath_stream_.uniform(10.0, 40.0);
            talked_last_ = talks;
            ++bouts_;
            if (talks) {
                speech_until_s_ = start_s + length_s;
                speech_breath(segment);
            } else {
                cough_bout(segment);
            }
        } else {
            quiet_breath(segment);
        }
        break;
    case Behaviour::breath_holds:
        if (breaths_to_hold_ == 0) {
            breath_hold(segment);
            breaths_to_hold_ = 5 + breath_stream_.below(5);
            recovery_breaths_ = 2;
        } else {
            quiet_breath(segment);
            --breaths_to_hold_;
        }
        break;
    }
    finish(segment);
    return segment;
}

void SimulatedBreathing::quiet_breath(Segment& segment) noexcept
{
    const Variation& v = variation_;
    const double fast = profile_.depth_cv_fast;
    const double slow = profile_.depth_cv_slow;
    double depth = std::exp(fast * v.depth + slow * v.depth_slow - 0.5 * (fast * fast + slow * slow));
    double stretch = std::exp(profile_.time_cv_slow * v.time_slow);

    if (breath_stream_.uniform() < profile_.sigh_probability) {
        depth = std::max(depth, breath_stream_.uniform(1.8, 2.3));
        stretch *= 1.25;
    }
    if (recovery_breaths_ > 0) {
        depth *= 1.0 + 0.2 * recovery_breaths_;
        stretch *= 0.9;
        --recovery_breaths_;
    }

    const double own = std::sqrt(1.0 - kDepthTimeCoupling * kDepthTimeCoupling);
    const double inhale = kDepthTimeCoupling * v.depth + own * v.inhale;
    const double exhale = kDepthTimeCoupling * v.depth + own * v.exhale;
    segment.rise_s = profile_.inhale_s * stretch * std::exp(profile_.time_cv_fast * inhale);
    segment.fall_s = profile_.exhale_s * stretch * std::exp(profile_.time_cv_fast * exhale);
    segment.rise_power = kInhalePower;
    segment.fall_power = profile_.exhale_power;
    segment.abdomen_mm = profile_.abdomen_mm * depth * (1.0 - 0.5 * kMixCv * v.mix);
    segment.rib_cage_mm = profile_.rib_cage_mm * depth * (1.0 + kMixCv * v.mix);
}

// A quick, shallow breath in, let out slowly phrase by phrase, carried by the rib cage.
void SimulatedBreathing::speech_breath(Segment& segment) noexcept
{
    const double depth = breath_stream_.uniform(0.4, 0.9);
    segment.irregular = true;
    segment.rise_s = breath_stream_.uniform(0.4, 0.7);
    segment.fall_s = std::clamp(2.6 * std::exp(0.45 * breath_stream_.bounded_normal(kBound)), 1.2, 6.0);
    segment.fall_power = 0.75;
    segment.phrases = 1 + static_cast<int>(segment.fall_s / breath_stream_.uniform(0.7, 1.4));
    segment.abdomen_mm = 0.6 * profile_.abdomen_mm * depth;
    segment.rib_cage_mm = 1.2 * profile_.rib_cage_mm * depth;
}

// A quick deep breath in, then coughs that empty the lungs; the body comes to rest a little elsewhere.
void SimulatedBreathing::cough_bout(Segment& segment) noexcept
{
    const double depth = breath_stream_.uniform(1.2, 1.7);
    segment.irregular = true;
    segment.rise_s = breath_stream_.uniform(0.6, 0.9);
    segment.abdomen_mm = profile_.abdomen_mm * depth;
    segment.rib_cage_mm = profile_.rib_cage_mm * depth;
    segment.coughs = 1 + breath_stream_.below(kMaxCoughs);
    double after_rise_s = 0.1;
    for (int i = 0; i < segment.coughs; ++i) {
        Cough& cough = segment.cough[static_cast<std::size_t>(i)];
        cough.start_s = segment.start_s + segment.rise_s + after_rise_s;
        cough.length_s = breath_stream_.uniform(0.20, 0.40);
        cough.pull_mm = breath_stream_.uniform(4.0, 8.0);
        for (double& jerk_mm : cough.jerk_mm) jerk_mm = 0.8 * breath_stream_.bounded_normal(kBound);
        after_rise_s += breath_stream_.uniform(0.45, 0.70);
    }
    segment.fall_s = after_rise_s + breath_stream_.uniform(0.6, 1.2);
    shift_posture();
}

void SimulatedBreathing::breath_hold(Segment& segment) noexcept
{
    segment.rise_s = breath_stream_.uniform(1.6, 2.4);
    segment.plateau_s = breath_stream_.uniform(10.0, 20.0);
    segment.fall_s = breath_stream_.uniform(1.6, 2.4);
    segment.fall_power = profile_.exhale_power;
    segment.abdomen_mm = kHoldAbdomen_mm * (1.0 + 0.04 * breath_stream_.bounded_normal(kBound));
    segment.rib_cage_mm = kHoldRibCage_mm * (1.0 + 0.04 * breath_stream_.bounded_normal(kBound));
    segment.overshoot = breath_stream_.uniform(0.0, 0.06);
    segment.droop = -0.015 + 0.035 * breath_stream_.bounded_normal(kBound);
}

void SimulatedBreathing::shift_posture() noexcept
{
    for (double& offset_mm : variation_.posture_mm) {
        offset_mm = kPostureMemory * offset_mm + kPostureStep_mm * breath_stream_.bounded_normal(kBound);
    }
}

// Keeps the flanks within physiology and sets the level at which the segment ends.
void SimulatedBreathing::finish(Segment& segment) const noexcept
{
    segment.rise_s = std::clamp(segment.rise_s, kMinRise_s, 3.5);
    segment.fall_s = std::clamp(segment.fall_s, kMinFall_s, 6.0);
    const double relaxed = 1.0 - std::exp(-std::max(0.0, segment.end_s()) / profile_.drift_time_s);
    const double level_mm = variation_.baseline_mm + profile_.drift_mm * relaxed;
    for (std::size_t a = 0; a < kDriftDirection.size(); ++a) {
        segment.level_mm[1][a] = kDriftDirection[a] * level_mm + variation_.posture_mm[a];
    }
}

void SimulatedBreathing::beat_until(double t_s) noexcept
{
    while (t_s >= beat_start_s_ + beat_length_s_) {
        beat_start_s_ += beat_length_s_;
        beat_variation_ = autoregress(beat_variation_, 0.8, heart_stream_);
        beat_length_s_ = std::exp(0.04 * beat_variation_) / profile_.heart_rate_hz;
    }
}

}  // namespace foretide::acquisition
