// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/study/study_units.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <stdexcept>

#include "validation/replay_json.h"
#include "validation/report/measured_series.h"
#include "validation/text.h"

namespace foretide::validation {

using Json = nlohmann::ordered_json;

namespace {

constexpr double kStretch_s = 40;  // drawn of each sequence

template <class Work>
Json or_error(Work&& work)
{
    try {
        return work();
    } catch (const std::bad_alloc&) {
        throw;  // the machine's fault, not the algorithm's
    } catch (const std::exception& error) {
        return {{"error", error.what()}};
    }
}

ReplayOptions replay_options(const StudyOptions& o, const StudyTask& task, const rnn::Parameters& parameters)
{
    ReplayOptions replay;
    replay.algorithm = {o.algorithms[task.algorithm].name, parameters, o.seed, o.protocols[task.protocol]};
    for (const std::size_t h : task.horizons) replay.horizons_s.push_back(o.horizons_s[h]);
    replay.train_end_s = o.train_end_s;
    return replay;
}

void restrict_to_test(const StudyOptions& o, ReplayOptions& replay)
{
    replay.eval_start_s = o.eval_start_s;
    replay.eval_end_s = o.eval_end_s;
}

/// A gate with latencies of its own is scored once, not with every horizon.
std::optional<GateRequest> gate_of(const StudyOptions& o, const StudyTask& task, double rate_hz)
{
    if (!o.gate || (!o.gate->t_on_s && !o.gate->t_off_s)) return o.gate;
    const bool here = std::ranges::find(task.horizons, gate_horizon(o, rate_hz)) != task.horizons.end();
    return here ? o.gate : std::nullopt;
}

void require_scored(const HorizonResult& horizon, const Sequence& sequence, double from_s)
{
    if (horizon.metrics.n > 0 && std::isfinite(horizon.metrics.nrmse)) return;
    throw std::runtime_error("nothing to score at the horizon " + horizon_label(horizon.horizon_s) + " s from " +
                             fixed(from_s, 1) + " s on: the recording ends at " + fixed(sequence.duration_s, 1) + " s");
}

struct Stretch {
    double from_s, to_s;
    bool holds(double t) const noexcept { return t >= from_s && t <= to_s; }
};

/// The middle of the scored part.
Stretch drawn_stretch(const ReplayResult& result)
{
    const double begin_s = result.time_s.front();
    const double lo = begin_s + result.eval_start_s, hi = begin_s + result.eval_end_s;
    const double half = std::min(kStretch_s, hi - lo) / 2;
    return {(lo + hi) / 2 - half, (lo + hi) / 2 + half};
}

double to_thousandths(double value) { return std::round(1000 * value) / 1000; }

Coordinate drawn_coordinate(const MeasuredSeries& measured, const ReplayResult& result)
{
    auto principal = measured.principal_coordinate(result.time_s.front() + result.train_end_s);
    return principal ? std::move(*principal) : measured.plain_coordinate(0);
}

/// Rows inside the stretch as {"coordinate", "time_s", "position_mm"}.
Json trace_json(const ReplayResult& result, std::span<const double> time_s, std::span<const double> rows_mm)
{
    const MeasuredSeries measured(result);
    const Coordinate coordinate = drawn_coordinate(measured, result);
    const Stretch stretch = drawn_stretch(result);
    const std::size_t p = measured.coordinates();
    Json times = Json::array(), positions = Json::array();
    for (std::size_t k = 0; k < time_s.size(); ++k) {
        if (!stretch.holds(time_s[k])) continue;
        const double position_mm = coordinate.axis.project(rows_mm.subspan(k * p, p));
        times.push_back(to_thousandths(time_s[k]));
        positions.push_back(std::isfinite(position_mm) ? Json(to_thousandths(position_mm)) : Json(nullptr));
    }
    return {{"coordinate", coordinate.label}, {"time_s", std::move(times)}, {"position_mm", std::move(positions)}};
}

}  // namespace

Json selection_unit(const StudyOptions& options, const Sequence& sequence, const StudyTask& task,
                    const rnn::Parameters& candidate)
{
    return or_error([&]() -> Json {
        ReplayOptions replay_with = replay_options(options, task, candidate);
        replay_with.runs = task.select_seeds;
        replay_with.eval_start_s = options.train_end_s;
        const ReplayResult result = replay(sequence.selection, replay_with);
        double sum = 0;
        for (const HorizonResult& horizon : result.horizons) {
            require_scored(horizon, sequence, replay_with.eval_start_s);
            sum += horizon.mean_over_runs.at("nrmse");
        }
        return {{"nrmse", sum / static_cast<double>(result.horizons.size())}, {"seconds", result.wall_s}};
    });
}

Json test_unit(const StudyOptions& options, const Sequence& sequence, const StudyTask& task,
               const rnn::Parameters& chosen, int seed_index)
{
    return or_error([&]() -> Json {
        ReplayOptions replay_with = replay_options(options, task, chosen);
        restrict_to_test(options, replay_with);
        replay_with.algorithm.seed += static_cast<std::uint64_t>(seed_index);
        replay_with.gate = gate_of(options, task, sequence.rate_hz);
        const ReplayResult result = replay(sequence.whole, replay_with);
        Json json;
        json["parameters"] = result.parameters;
        json["horizons"] = Json::array();
        Json trace;
        for (std::size_t h = 0; h < result.horizons.size(); ++h) {
            const HorizonResult& horizon = result.horizons[h];
            require_scored(horizon, sequence, options.eval_start_s);
            Json metrics = horizon_json(result, horizon);
            if (h == 0) {
                json["step_us"] = metrics["step_us"];
                json["forecast_us"] = metrics["forecast_us"];
            }
            metrics.erase("step_us");
            metrics.erase("forecast_us");
            json["horizons"].push_back(std::move(metrics));
            if (seed_index == 0 && task.horizons[h] == trace_horizon(options))
                trace = trace_json(result, horizon.target_time_s, horizon.forecast_mm);
        }
        if (!trace.is_null()) json["trace"] = std::move(trace);
        json["seconds"] = result.wall_s;
        return json;
    });
}

Json reference_unit(const StudyOptions& options, const Sequence& sequence)
{
    return or_error([&]() -> Json {
        // Whatever h is, the target of the sample before the one asked for has been revealed: with it repeated, the
        // same pairs are compared as by a forecaster that says the last position one sample ahead.
        ReplayOptions replay_with;
        replay_with.algorithm = {"last", {}, options.seed, rnn::Protocol::published};
        replay_with.horizons_s = {1 / sequence.rate_hz};
        replay_with.train_end_s = options.train_end_s;
        restrict_to_test(options, replay_with);
        const ReplayResult result = replay(sequence.whole, replay_with);
        require_scored(result.horizons.front(), sequence, options.eval_start_s);
        return {{"leaked_nrmse", result.horizons.front().metrics.nrmse},
                {"trace", trace_json(result, result.time_s, result.measured_mm)}};
    });
}

}  // namespace foretide::validation
