// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/result_table.h"

#include <algorithm>
#include <cmath>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "apps/column_table.h"
#include "validation/text.h"

namespace foretide::apps {

using validation::fixed;
using validation::GateOutcome;
using validation::HorizonResult;
using validation::ReplayResult;
using validation::significant;

namespace {

/// The mean over runs, with its 95 % half-width where there are several.
std::string mean_of(const HorizonResult& h, const char* key, int decimals)
{
    const auto mean = h.mean_over_runs.find(key);
    if (mean == h.mean_over_runs.end()) return fixed(core::kNaN, decimals);
    const auto ci = h.ci95_over_runs.find(key);
    return fixed(mean->second, decimals) + (ci == h.ci95_over_runs.end() ? "" : " ± " + fixed(ci->second, decimals));
}

/// The same as a percentage.
std::string share_of(const HorizonResult& h, const char* key)
{
    const auto mean = h.mean_over_runs.find(key);
    return fixed(mean == h.mean_over_runs.end() ? core::kNaN : 100 * mean->second, 1);
}

void print_accuracy(std::ostream& out, std::span<const ReplayResult> results)
{
    ColumnTable table({"algorithm", "horizon s", "nRMSE", "RMSE mm", "MAE mm", "max mm", "jitter mm", "vs last",
                       "in 90 %", "width mm", "forecast µs", "step µs", "p99 µs"});
    for (std::size_t h = 0; h < results.front().horizons.size(); ++h) {
        if (h > 0) table.add_rule();
        for (const ReplayResult& r : results) {
            const HorizonResult& horizon = r.horizons.at(h);
            table.add({r.algorithm, validation::horizon_label(horizon.horizon_s), mean_of(horizon, "nrmse", 3),
                       mean_of(horizon, "rmse_mm", 3), mean_of(horizon, "mae_mm", 3), mean_of(horizon, "max_mm", 2),
                       mean_of(horizon, "jitter_mm", 3), mean_of(horizon, "rel_rmse", 3),
                       share_of(horizon, "coverage90"), mean_of(horizon, "interval_width_mm", 2),
                       significant(r.forecast_times.median_us, 3), significant(r.step_times.median_us, 3),
                       significant(r.step_times.p99_us, 3)});
        }
    }
    table.print(out);
    out << "\nnRMSE: 1 is as good as always saying the mean position. vs last: RMSE over that of repeating the last "
           "position.\nin 90 %: percentage of positions inside the 90 % interval stated for them; width: its "
           "mean.\nTimes are of one step for all horizons together: forecast = arrival to forecast, step = with "
           "learning.\n";
}

/// Shares for which the lower and the upper bound held.
std::string bounds_text(const core::GatingMetrics& g)
{
    return std::isnan(g.lower_coverage) ? "–"
                                        : fixed(100 * g.lower_coverage, 1) + " / " + fixed(100 * g.upper_coverage, 1);
}

std::vector<std::string> gating_row(const std::string& name, const std::string& horizon, const core::GatingMetrics& g)
{
    return {name,
            horizon,
            fixed(100 * g.accuracy, 1),
            fixed(100 * g.duty_cycle, 1),
            fixed(100 * g.ideal_duty_cycle, 1),
            fixed(g.beam_on_outside_s, 1),
            fixed(100 * g.beam_on_outside_share, 1),
            fixed(g.gating_error_ms, 0),
            fixed(g.crossing_error_ms, 0),
            std::to_string(g.unmatched_edges),
            fixed(g.residual_mm, 2),
            bounds_text(g)};
}

std::string judged_by(double confidence)
{
    return confidence > 0 ? "on where the " + fixed(100 * confidence, 0) + " % interval lies inside"
                          : std::string("on point forecasts");
}

void print_gating(std::ostream& out, std::span<const ReplayResult> results)
{
    ColumnTable table({"gating", "horizon s", "accuracy %", "duty %", "ideal duty %", "outside s", "outside %",
                       "edges ms", "crossings ms", "unmatched", "residual mm", "bounds hold %"});
    const GateOutcome* any = nullptr;
    for (std::size_t h = 0; h < results.front().horizons.size(); ++h)
        for (std::size_t r = 0; r < results.size(); ++r) {
            const HorizonResult& horizon = results[r].horizons.at(h);
            if (!horizon.gating) continue;
            any = &*horizon.gating;
            const std::string label = validation::horizon_label(horizon.horizon_s);
            if (r == 0) table.add(gating_row("no prediction", label, any->no_prediction));
            table.add(gating_row(results[r].algorithm, label, any->forecast));
        }
    if (any == nullptr) return;
    out << "\nGate on " << any->axis << " from " << fixed(any->lower_mm, 2) << " to " << fixed(any->upper_mm, 2)
        << " mm, " << judged_by(any->confidence) << ", against an ideal gate without latency:\n";
    table.print(out);
}

}  // namespace

void print_results(std::ostream& out, std::span<const ReplayResult> results)
{
    if (results.empty()) throw std::runtime_error("no results to print");
    const ReplayResult& first = results.front();
    out << "\n"
        << (first.inputs.empty() ? std::string("recording") : first.inputs.front())
        << (first.inputs.size() > 1 ? " and " + std::to_string(first.inputs.size() - 1) + " more" : "") << ": "
        << first.markers << " markers at " << significant(first.rate_hz, 4) << " Hz, " << first.protocol
        << " protocol, scored from " << fixed(first.eval_start_s, 1) << " s to " << fixed(first.eval_end_s, 1)
        << " s\n";
    if (first.protocol == "published")
        out << "The published protocol shows the learner the future: a check of the mathematics, not an accuracy that "
               "can be had.\n";
    out << "\n";
    print_accuracy(out, results);
    print_gating(out, results);
    if (first.horizons.front().metrics.n == 0)
        out << "\nNothing was scored: the recording ends before a target at " << fixed(first.eval_start_s, 1)
            << " s; a shorter --eval-start scores shorter recordings.\n";
    for (const ReplayResult& r : results)
        if (r.resets > 0)
            out << "note: " << r.algorithm << ": a part of it ran away and was started anew " << r.resets
                << (r.resets == 1 ? " time" : " times") << "; try a smaller learning rate\n";
    for (const core::RecordingNote& note : first.notes)
        out << "note: " << note.file << (note.line > 0 ? ":" + std::to_string(note.line) : "") << ": " << note.text
            << "\n";
}

}  // namespace foretide::apps
