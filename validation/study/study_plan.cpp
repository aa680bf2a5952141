// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/study/study_plan.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <stdexcept>

#include "validation/gate_replay.h"
#include "validation/study/grid.h"
#include "validation/text.h"

namespace foretide::validation {

namespace {

/// Nothing where the protocol does not know the algorithm.
std::optional<rnn::AlgorithmInfo> find_info(const StudyAlgorithm& algorithm, rnn::Protocol protocol, double rate_hz)
{
    const std::vector<rnn::AlgorithmInfo> all = rnn::algorithms(protocol, rate_hz);
    if (std::ranges::none_of(all, [&](const rnn::AlgorithmInfo& info) { return info.name == algorithm.name; }))
        return std::nullopt;
    const rnn::Parameters resolved = resolve_parameters(algorithm.name, algorithm.fixed, protocol, rate_hz);
    const auto variant = resolved.find("variant");
    return *std::ranges::find_if(all, [&](const rnn::AlgorithmInfo& info) {
        return info.name == algorithm.name && (variant == resolved.end() || info.variant == variant->second);
    });
}

void check(const StudyOptions& o)
{
    const auto refuse = [](const std::string& what) { throw std::invalid_argument(what); };
    if (o.protocols.empty() || o.algorithms.empty() || o.horizons_s.empty())
        refuse("a study needs at least one protocol, one algorithm and one horizon");
    if (o.runs < 1 || o.select_runs < 0) refuse("the number of runs must be at least 1");
    if (!(o.train_end_s > 0 && o.train_end_s < o.eval_start_s) || (o.eval_end_s && !(*o.eval_end_s > o.eval_start_s)))
        refuse(
            "train-end must be above 0, eval-start after it and eval-end after that: hyper-parameters are chosen "
            "between the first two");
    std::set<std::string> labels, horizons;
    for (const StudyAlgorithm& algorithm : o.algorithms)
        if (!labels.insert(algorithm.label).second) refuse("the algorithm " + algorithm.label + " is given twice");
    for (const double horizon_s : o.horizons_s)
        if (!horizons.insert(horizon_label(horizon_s)).second)
            refuse("the horizon " + horizon_label(horizon_s) + " s is given twice");
}

void check_rate(const StudyOptions& o, const Sequence& sequence)
{
    std::vector<int> samples;
    for (const double horizon_s : o.horizons_s) {
        const double h = std::round(horizon_s * sequence.rate_hz);
        if (!(h >= 1 && h <= kMaxHorizonSamples))
            throw std::invalid_argument("the horizon " + horizon_label(horizon_s) + " s is " + fixed(h, 0) +
                                        " samples at " + significant(sequence.rate_hz, 3) +
                                        " Hz; it must be 1 to 1000 samples");
        samples.push_back(static_cast<int>(h));
    }
    if (o.gate) static_cast<void>(gate_latencies(*o.gate, sequence.rate_hz, samples));
}

double number(const rnn::Parameters& parameters, const std::string& key, double absent)
{
    const auto found = parameters.find(key);
    return found == parameters.end() ? absent : std::stod(found->second);
}

}  // namespace

std::vector<StudyTask> plan_study(const StudyOptions& options, std::span<const Sequence> sequences)
{
    check(options);
    for (const Sequence& sequence : sequences) check_rate(options, sequence);
    std::vector<StudyTask> tasks;
    std::set<std::size_t> used;
    for (std::size_t p = 0; p < options.protocols.size(); ++p)
        for (std::size_t a = 0; a < options.algorithms.size(); ++a) {
            const StudyAlgorithm& algorithm = options.algorithms[a];
            const rnn::Protocol protocol = options.protocols[p];
            const auto info = find_info(algorithm, protocol, options.rate_hz);
            if (!info) continue;
            if (!info->available)
                throw std::invalid_argument(algorithm.name + " is not in this build: it needs OpenCV");
            used.insert(a);
            const auto candidates = grid_candidates(options.grid, algorithm, protocol, options.rate_hz);
            const bool together = info->multi_horizon && protocol == rnn::Protocol::live;
            const std::size_t groups = together ? 1 : options.horizons_s.size();
            for (std::size_t s = 0; s < sequences.size(); ++s)
                for (std::size_t g = 0; g < groups; ++g) {
                    StudyTask task{p, a, s, {}, candidates, 1, 1, {}};
                    if (info->seeded) {
                        task.seeds = options.runs;
                        task.select_seeds = options.choosing_seeds();
                    }
                    for (std::size_t h = 0; h < options.horizons_s.size(); ++h)
                        if (together || h == g) task.horizons.push_back(h);
                    task.key = std::string(protocol_name(protocol)) + "|" + algorithm.label + "|" + sequences[s].name +
                               "|" + (together ? "all" : horizon_label(options.horizons_s[g]));
                    tasks.push_back(std::move(task));
                }
        }
    for (std::size_t a = 0; a < options.algorithms.size(); ++a)
        if (!used.contains(a))  // says what there is
            static_cast<void>(resolve_parameters(options.algorithms[a].name, options.algorithms[a].fixed,
                                                 options.protocols.front(), options.rate_hz));
    return tasks;
}

double estimated_seconds(const StudyOptions& options, const StudyTask& task, const rnn::Parameters& parameters,
                         const core::Recording& recording, int seeds)
{
    const std::string& name = options.algorithms[task.algorithm].name;
    const rnn::Parameters p = resolve_parameters(name, parameters, options.protocols[task.protocol], options.rate_hz);
    // Multiply-adds of a step, at rates measured with `foretide bench` on one AVX-512 core.
    const double outputs = 3.0 * recording.markers;
    const double q = number(p, "hidden", 0), history = outputs * number(p, "shl", 0);
    double step_us = 1 + 1e-4 * q * (q + history);
    if (name == "rtrl") step_us += 1e-5 * q * q * q * (q + history);
    if (name == "ols") step_us += history;
    if (name == "svr") step_us += 200;
    if (name == rnn::kDefaultAlgorithm) step_us += 100;
    const double training_s = name == "svr" ? 0.4 : 0;
    const double stepping_s = 1e-6 * step_us * static_cast<double>(recording.frames.size());
    return (training_s + stepping_s) * static_cast<double>(task.horizons.size()) * seeds;
}

std::size_t gate_horizon(const StudyOptions& options, double rate_hz)
{
    std::vector<int> samples;
    for (const double h : options.horizons_s) samples.push_back(static_cast<int>(std::lround(h * rate_hz)));
    return gate_latencies(options.gate.value(), rate_hz, samples).scored_with;
}

std::size_t trace_horizon(const StudyOptions& options)
{
    constexpr double wanted_s = 0.5;
    const auto nearest =
        std::ranges::min_element(options.horizons_s, {}, [](double h) { return std::abs(h - wanted_s); });
    return static_cast<std::size_t>(nearest - options.horizons_s.begin());
}

}  // namespace foretide::validation
