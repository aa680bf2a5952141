// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/report/context.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "validation/replay_json.h"
#include "validation/report/html_report.h"
#include "validation/result_checks.h"
#include "validation/text.h"

namespace foretide::validation {
namespace {

constexpr std::size_t kFirstDrawn = 3;
constexpr std::size_t kColours = 6;
constexpr std::size_t kDashes = 3;

std::span<const ReplayResult> checked(std::span<const ReplayResult> results)
{
    require_comparable(results);
    return results;
}

std::vector<double> all_horizons(std::span<const ReplayResult> results)
{
    std::vector<double> horizons;
    std::set<std::string> seen;
    for (const ReplayResult& result : results) {
        for (const HorizonResult& horizon : result.horizons) {
            if (seen.insert(horizon_label(horizon.horizon_s)).second) horizons.push_back(horizon.horizon_s);
        }
    }
    std::ranges::sort(horizons);
    return horizons;
}

const HorizonResult* find_horizon(const ReplayResult& result, double horizon_s)
{
    const std::string label = horizon_label(horizon_s);
    const auto found = std::ranges::find_if(
        result.horizons, [&](const HorizonResult& h) { return horizon_label(h.horizon_s) == label; });
    return found == result.horizons.end() ? nullptr : &*found;
}

/// Moments at which any forecast was made in warm-up, joined to spans where no more than `gap_s` apart.
std::vector<std::pair<double, double>> warm_up_spans(std::span<const ReplayResult> results, double gap_s)
{
    std::vector<double> moments;
    for (const ReplayResult& result : results) {
        for (const HorizonResult& horizon : result.horizons) {
            for (std::size_t k = 0; k < horizon.warm_up.size(); ++k) {
                if (horizon.warm_up[k] != 0) moments.push_back(horizon.made_time_s[k]);
            }
        }
    }
    std::ranges::sort(moments);
    std::vector<std::pair<double, double>> spans;
    for (const double t : moments) {
        if (spans.empty() || t > spans.back().second + gap_s) spans.emplace_back(t, t);
        spans.back().second = t;
    }
    return spans;
}

}  // namespace

ReportContext::ReportContext(std::span<const ReplayResult> all_results, const ReportOptions& options)
    : results{checked(all_results)},
      labels{algorithm_labels(results)},
      horizons_s{all_horizons(results)},
      measured{results.front()},
      warm_up_s{warm_up_spans(results, measured.longest_gap_s())},
      drawn(results.size(), results.size() <= kFirstDrawn)
{
    for (const ReplayResult& result : results) {
        for (const double horizon_s : horizons_s) {
            const HorizonResult* horizon = find_horizon(result, horizon_s);
            if (horizon == nullptr) {
                cells.emplace_back();
            } else {
                cells.push_back({horizon, horizon_json(result, *horizon), forecast_errors_mm(measured, *horizon)});
            }
        }
    }

    const auto nearest =
        std::ranges::min_element(horizons_s, {}, [&](double h) { return std::abs(h - options.first_horizon_s); });
    default_horizon = static_cast<std::size_t>(nearest - horizons_s.begin());

    if (results.size() > kFirstDrawn) {
        std::vector<std::pair<double, std::size_t>> ranking;
        for (std::size_t a = 0; a < results.size(); ++a) {
            const double nrmse = metric(a, default_horizon, "nrmse");
            ranking.emplace_back(std::isfinite(nrmse) ? nrmse : std::numeric_limits<double>::max(), a);
        }
        std::ranges::sort(ranking);
        for (std::size_t r = 0; r < kFirstDrawn; ++r) drawn[ranking[r].second] = true;
    }

    plottable = measured.size() >= 2;
    if (measured.size() > 0) start_s = measured.time_s(0);
    train_end_s = start_s + first().train_end_s;
    scored_start_s = start_s + first().eval_start_s;
    if (auto principal = measured.principal_coordinate(train_end_s)) coordinates.push_back(std::move(*principal));
    for (int c = 0; c < 3 * first().markers; ++c) coordinates.push_back(measured.plain_coordinate(c));
    if (!plottable) return;

    end_s = measured.time_s(measured.size() - 1);
    scored_end_s = first().eval_end_s > first().eval_start_s ? std::min(start_s + first().eval_end_s, end_s) : end_s;
    const double stretch_s = std::min(options.stretch_s, end_s - start_s);
    const double centre_s =
        scored_start_s < scored_end_s ? (std::max(start_s, scored_start_s) + scored_end_s) / 2 : end_s;
    view_lo_s = std::clamp(centre_s - stretch_s / 2, start_s, end_s - stretch_s);
    view_hi_s = view_lo_s + stretch_s;
}

double ReportContext::metric(std::size_t algorithm, std::size_t horizon, const std::string& key) const
{
    const auto& metrics = cell(algorithm, horizon).metrics;
    const auto found = metrics.find(key);
    return found != metrics.end() && found->is_number() ? found->get<double>()
                                                        : std::numeric_limits<double>::quiet_NaN();
}

std::string ReportContext::series_class(std::size_t algorithm)
{
    return "s" + std::to_string(algorithm % kColours) + " d" + std::to_string(algorithm / kColours % kDashes);
}

}  // namespace foretide::validation
