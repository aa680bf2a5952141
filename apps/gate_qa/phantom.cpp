// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/gate_qa/phantom.h"

#include <cmath>
#include <functional>
#include <numbers>
#include <stdexcept>

#include "acquisition/random_stream.h"

namespace foretide::apps {

namespace {

constexpr double kWarmUpPeriod_s = 4;
constexpr double kWindowShare = 0.35;  // of the excursion, from the low extreme
constexpr double kWindowBelow = 0.2;   // … and below it
constexpr double kTail_s = 5;          // after the ramp has left the window well behind

struct Programme {
    struct Part {
        double from_s, to_s;
        std::function<double(double)> depth;  // since the part's begin [s] → excursion [0 … 1, more for the ramp]
    };
    std::vector<Part> parts;
    double end_s = 0;

    void add(double length_s, std::function<double(double)> depth)
    {
        parts.push_back({end_s, end_s + length_s, std::move(depth)});
        end_s += length_s;
    }
};

auto sinusoid(double period_s)
{
    return [period_s](double t) { return 0.5 - 0.5 * std::cos(2 * std::numbers::pi * t / period_s); };
}

double whole_periods(double least_s, double period_s) { return std::ceil(least_s / period_s - 1e-9) * period_s; }

void check(const PhantomOptions& o)
{
    const auto between = [](double v, double lo, double hi) { return v >= lo && v <= hi; };
    if (o.periods_s.empty() || o.periods_s.size() > 50) throw std::invalid_argument("give 1 to 50 periods");
    for (const double p : o.periods_s)
        if (!between(p, 1, 15)) throw std::invalid_argument("the periods must be 1 to 15 s");
    if (o.cycles < 4 || o.cycles > 1000) throw std::invalid_argument("4 to 1000 cycles are judged");
    if (!between(o.amplitude_mm, 2, 100) || !between(o.noise_mm, 0, 5) || !between(o.rate_hz, 5, 60) ||
        !between(o.drift_mm_min, 0.5, 60) || !between(o.warm_up_s, 0, 600) || !between(o.settle_s, 0, 600) ||
        !between(o.still_s, 5, 3600))
        throw std::invalid_argument(
            "the phantom needs an amplitude of 2 to 100 mm, noise of 0 to 5 mm, 5 to 60 Hz, drift of 0.5 to 60 mm/min, "
            "warm-up and settling of 0 to 600 s, and stillness of 5 to 3600 s");
}

}  // namespace

const char* to_string(GateTestKind kind) noexcept
{
    switch (kind) {
    case GateTestKind::latency:
        return "latency";
    case GateTestKind::still:
        return "static";
    case GateTestKind::drift:
        return "drift";
    }
    return "unknown";
}

PhantomProgramme make_phantom(const PhantomOptions& o)
{
    check(o);
    PhantomProgramme out;
    constexpr double low_mm = 0;
    out.window = {low_mm - kWindowBelow * o.amplitude_mm, low_mm + kWindowShare * o.amplitude_mm};
    Programme programme;
    programme.add(whole_periods(o.warm_up_s, kWarmUpPeriod_s), sinusoid(kWarmUpPeriod_s));
    for (const double period_s : o.periods_s) {
        const double settle_s = whole_periods(o.settle_s, period_s), judged_s = o.cycles * period_s;
        out.stretches.push_back(
            {GateTestKind::latency, programme.end_s + settle_s, programme.end_s + settle_s + judged_s, period_s});
        programme.add(settle_s + judged_s, sinusoid(period_s));
    }
    out.stretches.push_back(
        {GateTestKind::still, programme.end_s + o.settle_s, programme.end_s + o.settle_s + o.still_s, 0});
    programme.add(o.settle_s + o.still_s, [](double) { return 0.0; });
    const double speed = o.drift_mm_min / 60 / o.amplitude_mm;  // of the excursion [1/s]
    const double ramp_s = 2 * kWindowShare / speed + kTail_s;
    out.stretches.push_back({GateTestKind::drift, programme.end_s, programme.end_s + ramp_s, 0});
    programme.add(ramp_s, [speed](double t) { return speed * t; });

    out.recording.files = {"phantom"};
    out.recording.format = "simulated";
    out.recording.markers = 3;
    out.recording.nominal_rate_hz = o.rate_hz;
    acquisition::RandomStream noise(o.seed, 1);
    std::size_t part = 0;
    for (std::uint64_t k = 0;; ++k) {
        const double t = static_cast<double>(k) / o.rate_hz;
        while (part < programme.parts.size() && t >= programme.parts[part].to_s) ++part;
        if (part == programme.parts.size()) break;
        const double z_mm = low_mm + o.amplitude_mm * programme.parts[part].depth(t - programme.parts[part].from_s);
        core::MarkerFrame frame;
        frame.acquired = frame.arrived = core::TimePoint{core::from_seconds(t)};
        frame.sequence = k;
        frame.marker_count = 3;
        for (std::size_t m = 0; m < 3; ++m) {
            const double share = 1 - 0.3 * static_cast<double>(m);
            const double at_mm = 120.0 * static_cast<double>(m);
            core::MarkerSample& marker = frame.markers[m];
            marker.position_mm = {at_mm + o.noise_mm * noise.normal(),
                                  at_mm / 2 + 0.2 * share * z_mm + o.noise_mm * noise.normal(),
                                  share * z_mm + o.noise_mm * noise.normal()};
            marker.visibility = core::Visibility::visible;
        }
        out.recording.frames.push_back(frame);
    }
    return out;
}

}  // namespace foretide::apps
