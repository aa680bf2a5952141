// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/gate_qa/latency_test.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <stdexcept>

#include <Eigen/Dense>
#include <boost/math/distributions/students_t.hpp>

#include "validation/text.h"

namespace foretide::validation {

namespace {

constexpr double kShortest_s = 1, kLongest_s = 15;

/// offset + a·cos(ωt) + b·sin(ωt), least squares.
struct Sinusoid {
    double omega = 0;
    Eigen::Vector3d offset_a_b = Eigen::Vector3d::Zero();
    double rms_mm = core::kNaN;

    double amplitude_mm() const { return std::hypot(offset_a_b[1], offset_a_b[2]); }
    double period_s() const { return 2 * std::numbers::pi / omega; }
    /// Time of the maximum next after t, or at it.
    double maximum_from(double t) const
    {
        const double peak = std::atan2(offset_a_b[2], offset_a_b[1]) / omega;
        return peak + std::ceil((t - peak) / period_s()) * period_s();
    }
};

Sinusoid fit_at(double omega, const Eigen::VectorXd& t, const Eigen::VectorXd& x)
{
    Eigen::MatrixXd z(t.size(), 3);
    z << Eigen::VectorXd::Ones(t.size()), (omega * t.array()).cos(), (omega * t.array()).sin();
    Sinusoid out;
    out.omega = omega;
    out.offset_a_b = (z.transpose() * z).ldlt().solve(z.transpose() * x);
    out.rms_mm = std::sqrt((x - z * out.offset_a_b).squaredNorm() / static_cast<double>(t.size()));
    return out;
}

/// The best frequency: a grid fine enough for the length, then golden section.
Sinusoid fit_sinusoid(const Eigen::VectorXd& t, const Eigen::VectorXd& x)
{
    const double length_s = t[t.size() - 1] - t[0];
    const double step = std::numbers::pi / (2 * length_s);
    const double least = 2 * std::numbers::pi / kLongest_s, most = 2 * std::numbers::pi / kShortest_s;
    Sinusoid best = fit_at(least, t, x);
    for (double omega = least + step; omega <= most; omega += step)
        if (const Sinusoid s = fit_at(omega, t, x); s.rms_mm < best.rms_mm) best = s;
    double lo = best.omega - step, hi = best.omega + step;
    constexpr int steps = 35;
    for (int k = 0; k < steps; ++k) {
        const double a = hi - (hi - lo) / std::numbers::phi, b = lo + (hi - lo) / std::numbers::phi;
        const bool left = fit_at(a, t, x).rms_mm < fit_at(b, t, x).rms_mm;
        (left ? hi : lo) = left ? b : a;
    }
    return fit_at((lo + hi) / 2, t, x);
}

double mean(const std::vector<double>& values)
{
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

GatedMotion part_of(const GatedMotion& motion, double from_s, double to_s)
{
    GatedMotion out;
    for (std::size_t k = 0; k < motion.time_s.size(); ++k) {
        if (motion.time_s[k] < from_s || motion.time_s[k] > to_s) continue;
        out.time_s.push_back(motion.time_s[k]);
        out.coordinate_mm.push_back(motion.coordinate_mm[k]);
    }
    if (motion.edges.empty()) return out;
    bool state = !motion.edges.front().on;
    for (const acquisition::BeamEdge& edge : motion.edges) {
        if (edge.time_s <= from_s) {
            state = edge.on;
            continue;
        }
        if (edge.time_s > to_s) break;
        if (out.edges.empty()) out.edges.push_back({from_s, state});
        out.edges.push_back(edge);
    }
    if (out.edges.empty()) out.edges.push_back({from_s, state});
    return out;
}

double LatencyRun::mean_delay_s() const { return mean(delay_s); }
double LatencyRun::mean_duration_s() const { return mean(duration_s); }

LatencyRun latency_run(const GatedMotion& motion, WindowSide side)
{
    std::vector<double> times, values;
    for (std::size_t k = 0; k < motion.time_s.size(); ++k) {
        if (!std::isfinite(motion.coordinate_mm[k])) continue;
        times.push_back(motion.time_s[k]);
        values.push_back(motion.coordinate_mm[k]);
    }
    constexpr std::size_t fewest = 20;
    if (times.size() < fewest || !(times.back() - times.front() > 3 * kShortest_s))
        throw std::runtime_error("the motion is too short for a latency test: at least three periods are needed");
    const double origin_s = times.front();
    const auto n = static_cast<Eigen::Index>(times.size());
    const Eigen::VectorXd t = Eigen::Map<const Eigen::VectorXd>(times.data(), n).array() - origin_s;
    const Eigen::VectorXd x = Eigen::Map<const Eigen::VectorXd>(values.data(), n);
    const Sinusoid wave = fit_sinusoid(t, x);
    constexpr double largest_residual = 0.2;
    if (!(wave.rms_mm <= largest_residual * wave.amplitude_mm()))
        throw std::runtime_error("the motion is no sinusoid of 1 to 15 s: the best one (period " +
                                 fixed(wave.period_s(), 2) + " s, amplitude " + fixed(wave.amplitude_mm(), 2) +
                                 " mm) leaves " + fixed(wave.rms_mm, 2) + " mm");
    if (t[n - 1] < 3 * wave.period_s())
        throw std::runtime_error("the motion holds fewer than three periods of " + fixed(wave.period_s(), 2) + " s");

    LatencyRun out;
    out.period_s = wave.period_s();
    out.amplitude_mm = wave.amplitude_mm();
    out.fit_rms_mm = wave.rms_mm;
    const double to_extreme_s = side == WindowSide::high ? 0 : out.period_s / 2;
    // The first extreme from ¾ of a period before a moment on.
    const auto extreme_of = [&](double t_s) {
        return wave.maximum_from(t_s - 0.75 * out.period_s - to_extreme_s) + to_extreme_s;
    };
    struct Pulse {
        double on_s, off_s, extreme_s;
    };
    std::vector<Pulse> pulses;
    for (std::size_t k = 0; k + 1 < motion.edges.size(); ++k) {
        if (!motion.edges[k].on || motion.edges[k + 1].on) continue;
        const double on_s = motion.edges[k].time_s - origin_s, off_s = motion.edges[k + 1].time_s - origin_s;
        const double extreme_s = extreme_of((on_s + off_s) / 2);
        if (!pulses.empty() && extreme_s < pulses.back().extreme_s + out.period_s / 2) {
            pulses.back().off_s = off_s;
            ++out.interruptions;
        } else {
            pulses.push_back({on_s, off_s, extreme_s});
        }
    }
    // The beam log may begin or end in the midst of a pulse that was interrupted.
    const double last_s = t[n - 1];
    for (const Pulse& pulse : pulses) {
        const double middle_s = (pulse.on_s + pulse.off_s) / 2;
        if (pulse.extreme_s < out.period_s / 2 || pulse.extreme_s > last_s - out.period_s / 2) continue;
        out.time_s.push_back(middle_s + origin_s);
        out.delay_s.push_back(middle_s - pulse.extreme_s);
        out.duration_s.push_back(pulse.off_s - pulse.on_s);
    }
    constexpr std::size_t fewest_pulses = 3;
    if (out.delay_s.size() < fewest_pulses)
        throw std::runtime_error("the beam log holds " + std::to_string(out.delay_s.size()) +
                                 " whole pulses while the phantom moves with " + fixed(out.period_s, 2) +
                                 " s; at least 3 are needed: does the gate open at all, and are the clocks the same?");
    return out;
}

LatencyResult estimate_latency(std::vector<LatencyRun> runs)
{
    std::ranges::sort(runs, {}, &LatencyRun::period_s);
    constexpr double different = 1.1;
    std::size_t periods = runs.empty() ? 0 : 1;
    for (std::size_t k = 1; k < runs.size(); ++k)
        periods += runs[k].period_s > different * runs[k - 1].period_s ? 1 : 0;
    if (periods < 3)
        throw std::runtime_error(
            "the latency needs sinusoids of at least three different periods, like 2, 4 and 6 s; "
            "there are " +
            std::to_string(periods));
    const auto n = static_cast<Eigen::Index>(runs.size());
    Eigen::MatrixXd z(n, 2);
    Eigen::VectorXd duration(n), delay(n);
    for (Eigen::Index k = 0; k < n; ++k) {
        const LatencyRun& run = runs[static_cast<std::size_t>(k)];
        z.row(k) << 1, run.period_s;
        duration[k] = run.mean_duration_s();
        delay[k] = run.mean_delay_s();
    }
    const Eigen::Matrix2d gram = (z.transpose() * z).inverse();
    const Eigen::Vector2d line = gram * z.transpose() * duration;
    const double freedom = static_cast<double>(n - 2);
    const double line_variance = (duration - z * line).squaredNorm() / freedom * gram(0, 0);
    const double mean_variance =
        (delay.array() - delay.mean()).square().sum() / static_cast<double>(n - 1) / static_cast<double>(n);
    const double quantile = boost::math::quantile(boost::math::students_t(freedom), 0.975);

    LatencyResult out;
    out.duty_cycle = line[1];
    out.mean_s = {delay.mean(), quantile * std::sqrt(mean_variance)};
    out.difference_s = {line[0], quantile * std::sqrt(line_variance)};
    const double half_width = quantile * std::sqrt(mean_variance + line_variance / 4);
    out.on_s = {delay.mean() - line[0] / 2, half_width};
    out.off_s = {delay.mean() + line[0] / 2, half_width};
    out.runs = std::move(runs);
    return out;
}

}  // namespace foretide::validation
