// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/gate_qa/hold_tests.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace foretide::validation {

namespace {

/// Least-squares line through the coordinate.
struct Line {
    double from_s = 0, to_s = 0, at_from_mm = 0, slope_mm_s = 0, rms_mm = 0;

    double at(double t_s) const { return at_from_mm + slope_mm_s * (t_s - from_s); }
    double mean_mm() const { return at((from_s + to_s) / 2); }
};

Line line_through(const GatedMotion& motion)
{
    Line out;
    double n = 0, t = 0, x = 0, tt = 0, tx = 0, xx = 0;
    for (std::size_t k = 0; k < motion.time_s.size(); ++k) {
        if (!std::isfinite(motion.coordinate_mm[k])) continue;
        if (n == 0) out.from_s = motion.time_s[k];
        out.to_s = motion.time_s[k];
        // Running means and central sums: times may be large.
        n += 1;
        const double dt = motion.time_s[k] - t, dx = motion.coordinate_mm[k] - x;
        t += dt / n;
        x += dx / n;
        tt += dt * (motion.time_s[k] - t);
        tx += dt * (motion.coordinate_mm[k] - x);
        xx += dx * (motion.coordinate_mm[k] - x);
    }
    if (!(out.to_s - out.from_s >= 1) || n < 10)
        throw std::runtime_error("the motion of a static or drift test must last at least a second, better a minute");
    out.slope_mm_s = tx / tt;
    out.at_from_mm = x + out.slope_mm_s * (out.from_s - t);
    out.rms_mm = std::sqrt(std::max(0.0, xx - tx * tx / tt) / (n - 2));
    return out;
}

/// Time with the beam on between two times. Before its first edge the beam is in the other state.
double beam_on_s(const GatedMotion& motion, double from_s, double to_s)
{
    bool on = !motion.edges.empty() && !motion.edges.front().on;
    double at_s = from_s, sum_s = 0;
    for (const acquisition::BeamEdge& edge : motion.edges) {
        const double t = std::clamp(edge.time_s, from_s, to_s);
        if (on) sum_s += t - at_s;
        at_s = t;
        on = edge.on;
    }
    return sum_s + (on ? to_s - at_s : 0);
}

}  // namespace

StaticResult static_test(const GatedMotion& motion, const core::GateWindow& window)
{
    const Line line = line_through(motion);
    StaticResult out;
    out.length_s = line.to_s - line.from_s;
    out.noise_mm = line.rms_mm;
    out.drift_mm_min = 60 * line.slope_mm_s;
    out.beam_on_share = beam_on_s(motion, line.from_s, line.to_s) / out.length_s;
    for (std::size_t k = 1; k < motion.edges.size(); ++k) out.interruptions += motion.edges[k].on ? 0 : 1;
    out.inside = window.contains(line.mean_mm());
    return out;
}

DriftResult drift_test(const GatedMotion& motion, const core::GateWindow& window)
{
    const Line line = line_through(motion);
    DriftResult out;
    out.drift_mm_min = 60 * line.slope_mm_s;
    out.total_mm = line.slope_mm_s * (line.to_s - line.from_s);
    const double edge_mm = line.slope_mm_s > 0 ? window.upper_mm : window.lower_mm;
    const double left_s = line.from_s + (edge_mm - line.at_from_mm) / line.slope_mm_s;
    if (left_s >= line.from_s && left_s <= line.to_s) out.left_s = left_s;
    out.was_on = beam_on_s(motion, line.from_s, line.to_s) > 0;
    if (!motion.edges.empty() && !motion.edges.back().on) {
        out.closed_s = motion.edges.back().time_s;
        const double off_mm = line.at(out.closed_s) - edge_mm;
        out.overshoot_mm = line.slope_mm_s > 0 ? off_mm : -off_mm;
    }
    if (std::isfinite(out.left_s)) out.outside_s = beam_on_s(motion, out.left_s, line.to_s);
    return out;
}

}  // namespace foretide::validation
