// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/study/study.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/gate/gate_window.h"
#include "core/time.h"
#include "validation/rule_replay.h"
#include "validation/study/content_hash.h"
#include "validation/study/journal.h"
#include "validation/study/sequences.h"
#include "validation/study/study_plan.h"
#include "validation/study/study_units.h"
#include "validation/study/work_pool.h"
#include "validation/version.h"

namespace foretide::validation {

using Json = nlohmann::ordered_json;

namespace {

std::string selection_name(const StudyTask& task, const rnn::Parameters& candidate)
{
    return "choose|" + task.key + "|" + parameters_text(candidate);
}

std::string test_name(const StudyTask& task, int seed_index)
{
    return "test|" + task.key + "|" + std::to_string(seed_index);
}

std::string reference_name(const Sequence& sequence) { return "reference|" + sequence.name; }

/// What one candidate of a task was worth; NaN where it failed.
double selection_nrmse(const Journal& journal, const StudyTask& task, const rnn::Parameters& candidate)
{
    const Json& result = *journal.find(selection_name(task, candidate));
    return result.contains("nrmse") && result["nrmse"].is_number() ? result["nrmse"].get<double>() : core::kNaN;
}

StudyChoice choose(const Journal& journal, const StudyTask& task)
{
    StudyChoice choice{task.protocol,           task.algorithm, task.sequence, task.horizons, task.candidates.size(), 0,
                       task.candidates.front(), core::kNaN};
    if (task.candidates.size() == 1) return choice;
    for (const rnn::Parameters& candidate : task.candidates) {
        const double nrmse = selection_nrmse(journal, task, candidate);
        if (!std::isfinite(nrmse)) {
            ++choice.failed;
        } else if (!(choice.nrmse <= nrmse)) {
            choice.nrmse = nrmse;
            choice.chosen = candidate;
        }
    }
    return choice;
}

std::vector<WorkUnit> selection_units(const StudyOptions& options, const std::vector<Sequence>& sequences,
                                      const std::vector<StudyTask>& tasks)
{
    std::vector<WorkUnit> units;
    for (const StudyTask& task : tasks) {
        if (task.candidates.size() == 1) continue;
        const Sequence& sequence = sequences[task.sequence];
        for (const rnn::Parameters& candidate : task.candidates)
            units.push_back({selection_name(task, candidate),
                             estimated_seconds(options, task, candidate, sequence.selection, task.select_seeds),
                             [&] { return selection_unit(options, sequence, task, candidate); }});
    }
    return units;
}

std::vector<WorkUnit> test_units(const StudyOptions& options, const std::vector<Sequence>& sequences,
                                 const std::vector<StudyTask>& tasks, const std::vector<StudyChoice>& choices)
{
    std::vector<WorkUnit> units;
    for (const Sequence& sequence : sequences)
        units.push_back({reference_name(sequence), 1e-3, [&] { return reference_unit(options, sequence); }});
    for (std::size_t t = 0; t < tasks.size(); ++t) {
        const StudyTask& task = tasks[t];
        const Sequence& sequence = sequences[task.sequence];
        const rnn::Parameters& chosen = choices[t].chosen;
        for (int r = 0; r < task.seeds; ++r)
            units.push_back({test_name(task, r), estimated_seconds(options, task, chosen, sequence.whole, 1),
                             [&, r] { return test_unit(options, sequence, task, chosen, r); }});
    }
    return units;
}

/// Of what is still to be done.
double cost_of(const std::vector<WorkUnit>& units, const Journal& journal)
{
    double sum = 0;
    for (const WorkUnit& unit : units) sum += journal.find(unit.name) == nullptr ? unit.cost : 0;
    return sum;
}

StudyTrace trace_of(const Json& json)
{
    StudyTrace trace;
    trace.time_s = json.at("time_s").get<std::vector<double>>();
    for (const Json& value : json.at("position_mm"))
        trace.position_mm.push_back(value.is_number() ? value.get<double>() : core::kNaN);
    return trace;
}

void add_reference(StudySequence& out, const Json& reference)
{
    if (reference.contains("error")) return;  // whatever else runs on this sequence says so, too
    out.leaked_nrmse = reference.at("leaked_nrmse").get<double>();
    out.coordinate = reference.at("trace").at("coordinate").get<std::string>();
    out.measured = trace_of(reference.at("trace"));
}

/// The cells of one task from the journal; a failure where a seed failed.
void collect_task(const Journal& journal, const StudyTask& task, StudyResult& result)
{
    std::vector<StudyCell> cells;
    for (const std::size_t h : task.horizons)
        cells.push_back({task.protocol, task.algorithm, task.sequence, h, {}, {}, {}});
    std::string error;
    for (int r = 0; r < task.seeds && error.empty(); ++r) {
        const Json& unit = *journal.find(test_name(task, r));
        if (unit.contains("error")) {
            error = unit["error"].get<std::string>();
            break;
        }
        for (std::size_t h = 0; h < cells.size(); ++h) {
            StudyCell& cell = cells[h];
            cell.parameters = unit.at("parameters").get<rnn::Parameters>();
            add_numbers(unit.at("horizons").at(h), {}, cell.by_seed.emplace_back());
            if (r == 0 && unit.contains("trace") && cell.horizon == trace_horizon(result.options))
                cell.forecast = trace_of(unit["trace"]);
        }
    }
    if (!error.empty()) {
        for (StudyCell& cell : cells) cell.by_seed.clear();
        result.failures.push_back({task.protocol, task.algorithm, task.sequence, task.horizons, error});
    }
    std::ranges::move(cells, std::back_inserter(result.cells));
}

double number_at(const Json& json, const std::string& key)
{
    const auto found = json.find(key);
    return found != json.end() && found->is_number() ? found->get<double>() : 0.0;
}

void collect_times(const Journal& journal, const std::vector<StudyTask>& tasks, StudyResult& result)
{
    std::map<std::pair<std::size_t, std::size_t>, std::pair<StudyTimes, std::vector<double>>> times;
    for (const StudyTask& task : tasks) {
        auto& [out, medians] = times[{task.protocol, task.algorithm}];
        out.protocol = task.protocol;
        out.algorithm = task.algorithm;
        out.together = task.horizons.size() > 1;
        if (task.candidates.size() > 1)
            for (const rnn::Parameters& candidate : task.candidates)
                out.work_s += number_at(*journal.find(selection_name(task, candidate)), "seconds");
        for (int r = 0; r < task.seeds; ++r) {
            const Json& unit = *journal.find(test_name(task, r));
            out.work_s += number_at(unit, "seconds");
            if (!unit.contains("step_us")) continue;
            medians.push_back(number_at(unit["step_us"], "median"));
            out.p99_us = std::max(out.p99_us, number_at(unit["step_us"], "p99"));
            out.max_us = std::max(out.max_us, number_at(unit["step_us"], "max"));
        }
    }
    for (auto& [key, entry] : times) {
        if (!entry.second.empty()) entry.first.median_us = core::quantile(entry.second, 0.5);
        result.times.push_back(entry.first);
    }
}

}  // namespace

Json study_settings(const StudyResult& result)
{
    const StudyOptions& o = result.options;
    Json json;
    json["version"] = result.version;
    json["rate_hz"] = o.rate_hz;
    json["protocols"] = Json::array();
    for (const rnn::Protocol protocol : o.protocols) json["protocols"].push_back(protocol_name(protocol));
    json["algorithms"] = Json::array();
    for (const StudyAlgorithm& algorithm : o.algorithms) json["algorithms"].push_back(algorithm.label);
    json["horizons_s"] = o.horizons_s;
    json["grid"] = grid_name(o.grid);
    json["seed"] = o.seed;
    json["runs"] = o.runs;
    json["select_runs"] = o.choosing_seeds();
    json["train_end_s"] = o.train_end_s;
    json["eval_start_s"] = o.eval_start_s;
    json["eval_end_s"] = o.eval_end_s ? Json(*o.eval_end_s) : Json(nullptr);
    json["gate"] = nullptr;
    if (o.gate) {
        json["gate"] = {{"window", o.gate->window}, {"axis", o.gate->axis}, {"confidence", o.gate->confidence}};
        json["gate"]["t_on_s"] = o.gate->t_on_s ? Json(*o.gate->t_on_s) : Json(nullptr);
        json["gate"]["t_off_s"] = o.gate->t_off_s ? Json(*o.gate->t_off_s) : Json(nullptr);
        if (has_rule(*o.gate)) json["gate"]["rule"] = rule_json(*o.gate);
    }
    json["sequences"] = Json::array();
    for (const StudySequence& sequence : result.sequences)
        json["sequences"].push_back({{"name", sequence.name}, {"content", sequence.content_hash}});
    return json;
}

StudyResult run_study(const StudyOptions& options, const StudyConduct& conduct)
{
    const core::TimePoint begin = core::Clock::now();
    const std::vector<Sequence> sequences = load_sequences(options);
    const std::vector<StudyTask> tasks = plan_study(options, sequences);
    StudyResult result;
    result.options = options;
    result.version = version_text();
    for (const Sequence& s : sequences)
        result.sequences.push_back({s.name, s.content_hash, s.rate_hz, s.duration_s, core::kNaN, {}, {}});
    Json header = {{"foretide_study", 1}, {"build", file_hash("/proc/self/exe")}};
    header["settings"] = study_settings(result);
    Journal journal(conduct.journal, header, conduct.resume);

    // The parameters to come are not known yet: the first candidates stand in for them in the time left.
    std::vector<StudyChoice> choices;
    for (const StudyTask& task : tasks) choices.push_back({0, 0, 0, {}, 1, 0, task.candidates.front(), core::kNaN});
    const auto to_choose = selection_units(options, sequences, tasks);
    const double choosing = cost_of(to_choose, journal);
    const double testing = cost_of(test_units(options, sequences, tasks, choices), journal);
    const auto progress = [&](double before, double part) {
        return [&conduct, before, part, all = choosing + testing](double share) {
            if (conduct.progress) conduct.progress((before + part * share) / all);
        };
    };
    do_units(to_choose, journal, conduct.jobs, progress(0, choosing));
    choices.clear();
    for (const StudyTask& task : tasks) choices.push_back(choose(journal, task));
    const auto to_test = test_units(options, sequences, tasks, choices);
    do_units(to_test, journal, conduct.jobs, progress(choosing, testing));

    for (std::size_t s = 0; s < sequences.size(); ++s)
        add_reference(result.sequences[s], *journal.find(reference_name(sequences[s])));
    for (const StudyTask& task : tasks) collect_task(journal, task, result);
    result.choices = std::move(choices);
    collect_times(journal, tasks, result);
    result.units = to_choose.size() + to_test.size();
    result.resumed_units = journal.resumed();
    result.jobs = conduct.jobs;
    result.wall_s = core::to_seconds(core::Clock::now() - begin);
    return result;
}

}  // namespace foretide::validation
