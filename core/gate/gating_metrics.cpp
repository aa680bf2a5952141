// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/gate/gating_metrics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>

#include "core/breathing_period.h"

namespace foretide::core {

namespace {

struct Pairing {
    double sum_s = 0;  // of |time difference|
    std::int64_t matched = 0;
    std::int64_t unmatched = 0;

    Pairing& operator+=(const Pairing& other)
    {
        sum_s += other.sum_s;
        matched += other.matched;
        unmatched += other.unmatched;
        return *this;
    }
    double mean_ms() const { return matched > 0 ? 1e3 * sum_s / static_cast<double>(matched) : kNaN; }
};

/// Pairs two increasing lists of times one to one, closest first.
Pairing pair_times(const std::vector<double>& found, const std::vector<double>& truth, const BreathingPeriod& period)
{
    struct Candidate {
        double apart_s;
        std::size_t found, truth;
    };
    std::vector<Candidate> candidates;
    for (std::size_t t = 0; t < truth.size(); ++t) {
        const double reach_s = 0.5 * period.at(truth[t]);
        const auto first = std::ranges::lower_bound(found, truth[t] - reach_s);
        for (auto it = first; it != found.end() && *it <= truth[t] + reach_s; ++it) {
            candidates.push_back({std::abs(*it - truth[t]), static_cast<std::size_t>(it - found.begin()), t});
        }
    }
    std::ranges::stable_sort(candidates, {}, &Candidate::apart_s);
    std::vector<bool> found_used(found.size()), truth_used(truth.size());
    Pairing out;
    for (const Candidate& c : candidates) {
        if (!found_used[c.found] && !truth_used[c.truth]) {
            found_used[c.found] = truth_used[c.truth] = true;
            out.sum_s += c.apart_s;
            ++out.matched;
        }
    }
    out.unmatched = std::ssize(found) + std::ssize(truth) - 2 * out.matched;
    return out;
}

/// Times at which `on` changes to `to` between neighbouring samples whose coordinate is known.
template <class State>
std::vector<double> edges(const GatedSeries& s, State&& on, bool to)
{
    std::vector<double> times;
    for (std::size_t k = 1; k < s.time_s.size(); ++k) {
        const bool known = !std::isnan(s.coordinate_mm[k]) && !std::isnan(s.coordinate_mm[k - 1]);
        if (known && on(k) == to && on(k - 1) != to) {
            times.push_back(s.time_s[k]);
        }
    }
    return times;
}

/// Times at which a coordinate crosses a level upwards or downwards, by linear interpolation.
std::vector<double> crossings(std::span<const double> time_s, std::span<const double> coordinate_mm, double level_mm,
                              bool upwards)
{
    std::vector<double> times;
    for (std::size_t k = 1; k < time_s.size(); ++k) {
        const double a = coordinate_mm[k - 1] - level_mm;
        const double b = coordinate_mm[k] - level_mm;
        if (upwards ? (a < 0 && b >= 0) : (a >= 0 && b < 0)) {
            times.push_back(std::lerp(time_s[k - 1], time_s[k], a / (a - b)));
        }
    }
    return times;
}

/// True coordinate where a forecast for the sample exists too, so that both sides are asked the same.
std::vector<double> where_both_known(std::span<const double> values, std::span<const double> other)
{
    std::vector<double> out(values.begin(), values.end());
    for (std::size_t k = 0; k < out.size(); ++k) {
        if (std::isnan(other[k])) {
            out[k] = kNaN;
        }
    }
    return out;
}

void check(const GatedSeries& s)
{
    const std::size_t n = s.time_s.size();
    if (s.coordinate_mm.size() != n || s.beam_on.size() != n ||
        (!s.predicted_mm.empty() && s.predicted_mm.size() != n)) {
        throw std::runtime_error("gating metrics: times, coordinates, beam states and predictions must be as many");
    }
    if (!s.ideal_on.empty() && s.ideal_on.size() != n)
        throw std::runtime_error("gating metrics: the ideal gate must have as many states as there are times");
    if (s.lower_mm.size() != s.upper_mm.size() || (!s.lower_mm.empty() && s.lower_mm.size() != n)) {
        throw std::runtime_error("gating metrics: lower and upper bounds must be as many as the times, or none");
    }
    if (!(s.window.lower_mm <= s.window.upper_mm)) {
        throw std::runtime_error("gating metrics: the window's lower bound " + std::to_string(s.window.lower_mm) +
                                 " mm is above the upper bound " + std::to_string(s.window.upper_mm) + " mm");
    }
}

double median_interval_s(std::span<const double> time_s)
{
    std::vector<double> intervals;
    for (std::size_t k = 1; k < time_s.size(); ++k) {
        intervals.push_back(time_s[k] - time_s[k - 1]);
    }
    return intervals.empty() ? 0.0 : quantile(intervals, 0.5);
}

void score_samples(const GatedSeries& s, GatingMetrics& out)
{
    const double last_interval_s = median_interval_s(s.time_s);
    std::int64_t agree = 0, on = 0, inside = 0;
    double outside_s = 0, total_s = 0, mean = 0, squares = 0;
    for (std::size_t k = 0; k < s.time_s.size(); ++k) {
        const double x = s.coordinate_mm[k];
        if (std::isnan(x)) {
            continue;
        }
        const bool beam = s.beam_on[k] != 0;
        const bool in = s.ideal(k);
        const double span_s = k + 1 < s.time_s.size() ? s.time_s[k + 1] - s.time_s[k] : last_interval_s;
        ++out.n;
        agree += beam == in ? 1 : 0;
        inside += in ? 1 : 0;
        total_s += span_s;
        if (beam) {
            ++on;
            outside_s += in ? 0.0 : span_s;
            const double from_old = x - mean;
            mean += from_old / static_cast<double>(on);
            squares += from_old * (x - mean);
        }
    }
    if (out.n == 0) {
        return;
    }
    const auto share = [&](std::int64_t count) { return static_cast<double>(count) / static_cast<double>(out.n); };
    out.accuracy = share(agree);
    out.duty_cycle = share(on);
    out.ideal_duty_cycle = share(inside);
    out.beam_on_outside_s = outside_s;
    if (total_s > 0) {
        out.beam_on_outside_share = outside_s / total_s;
    }
    if (on > 0) {
        out.residual_mm = std::sqrt(squares / static_cast<double>(on));
    }
}

void score_bounds(const GatedSeries& s, GatingMetrics& out)
{
    std::int64_t stated = 0, above = 0, below = 0;
    double width_mm = 0;
    for (std::size_t k = 0; k < s.lower_mm.size(); ++k) {
        const double x = s.coordinate_mm[k];
        if (std::isnan(x) || std::isnan(s.lower_mm[k]) || std::isnan(s.upper_mm[k])) {
            continue;
        }
        ++stated;
        above += x >= s.lower_mm[k] ? 1 : 0;
        below += x <= s.upper_mm[k] ? 1 : 0;
        width_mm += s.upper_mm[k] - s.lower_mm[k];
    }
    if (stated > 0) {
        out.lower_coverage = static_cast<double>(above) / static_cast<double>(stated);
        out.upper_coverage = static_cast<double>(below) / static_cast<double>(stated);
        out.interval_width_mm = width_mm / static_cast<double>(stated);
    }
}

}  // namespace

GatingMetrics gating_metrics(const GatedSeries& s)
{
    check(s);
    const BreathingPeriod period(s.time_s, s.coordinate_mm);
    GatingMetrics out;
    score_samples(s, out);
    score_bounds(s, out);

    const auto beam = [&](std::size_t k) { return s.beam_on[k] != 0; };
    const auto ideal = [&](std::size_t k) { return s.ideal(k); };
    Pairing gate;
    for (const bool opening : {true, false}) {
        gate += pair_times(edges(s, beam, opening), edges(s, ideal, opening), period);
    }
    out.matched_edges = gate.matched;
    out.unmatched_edges = gate.unmatched;
    out.gating_error_ms = gate.mean_ms();

    if (!s.predicted_mm.empty()) {
        const std::vector<double> truth = where_both_known(s.coordinate_mm, s.predicted_mm);
        const std::vector<double> predicted = where_both_known(s.predicted_mm, s.coordinate_mm);
        Pairing bounds;
        for (const double level : {s.window.lower_mm, s.window.upper_mm}) {
            for (const bool upwards : {true, false}) {
                bounds += pair_times(crossings(s.time_s, predicted, level, upwards),
                                     crossings(s.time_s, truth, level, upwards), period);
            }
        }
        out.matched_crossings = bounds.matched;
        out.unmatched_crossings = bounds.unmatched;
        out.crossing_error_ms = bounds.mean_ms();
    }
    return out;
}

std::vector<std::uint8_t> simulate_gate(const ForecastRange& on, const ForecastRange& off, const GateWindow& window,
                                        double t_on_samples, double t_off_samples)
{
    const std::size_t n = on.lower_mm.size();
    if (on.upper_mm.size() != n || off.lower_mm.size() != n || off.upper_mm.size() != n || !(t_on_samples >= 0) ||
        !(t_off_samples >= 0)) {
        throw std::runtime_error("gate: forecasts at T_on (" + std::to_string(n) + ") and T_off (" +
                                 std::to_string(off.lower_mm.size()) + ") must be as many, latencies not negative");
    }
    std::vector<std::uint8_t> beam(n, 0);
    const auto from = [&](double effect, std::uint8_t state) {
        if (effect < static_cast<double>(n))
            std::fill(beam.begin() + static_cast<std::ptrdiff_t>(std::ceil(effect)), beam.end(), state);
    };
    bool open = false;
    double on_from = 0;  // while open: when the beam comes on [samples]
    for (std::size_t k = 0; k < n; ++k) {
        // From its effect on, an order decides the state of all later samples until a later order overwrites it.
        const auto now = static_cast<double>(k);
        if (!open && on.inside(window, k)) {
            open = true;
            on_from = now + t_on_samples;
            from(on_from, 1);
        } else if (open && now + t_off_samples >= on_from && !off.inside(window, k)) {
            open = false;
            from(now + t_off_samples, 0);
        }
    }
    return beam;
}

std::vector<std::uint8_t> simulate_point_gate(std::span<const double> forecast_on_mm,
                                              std::span<const double> forecast_off_mm, const GateWindow& window,
                                              double t_on_samples, double t_off_samples)
{
    return simulate_gate(ForecastRange::points(forecast_on_mm), ForecastRange::points(forecast_off_mm), window,
                         t_on_samples, t_off_samples);
}

}  // namespace foretide::core
