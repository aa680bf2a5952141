// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/study/study_tables.h"

#include <algorithm>
#include <cmath>
#include <ostream>
#include <set>
#include <stdexcept>
#include <thread>

#include "validation/replay_json.h"
#include "validation/report/tables.h"
#include "validation/study/published_figures.h"
#include "validation/text.h"

namespace foretide::validation {

using Json = nlohmann::ordered_json;

namespace {

using Counts = std::function<bool(const StudyCell&)>;

/// The measures of accuracy in the order of reports, then the others, gating last.
std::vector<std::string> in_order(const std::set<std::string>& names)
{
    std::vector<std::string> ordered;
    for (const MetricColumn& column : metric_columns())
        for (const std::string& name : {column.key, column.key + "_ci95"})
            if (names.contains(name)) ordered.push_back(name);
    const std::size_t columns = ordered.size();
    for (const bool nested : {false, true})
        for (const std::string& name : names) {
            const bool known = std::find(ordered.begin(), ordered.begin() + static_cast<std::ptrdiff_t>(columns),
                                         name) != ordered.begin() + static_cast<std::ptrdiff_t>(columns);
            if (!known && (name.find('.') != std::string::npos) == nested) ordered.push_back(name);
        }
    return ordered;
}

/// Names of the measures that some cell has.
std::vector<std::string> measure_names(const StudyResult& result)
{
    static const std::set<std::string> settings{"horizon_s", "horizon_samples"};
    std::set<std::string> names;
    for (const StudyCell& cell : result.cells)
        for (const auto& measures : cell.by_seed)
            for (const auto& [name, value] : measures)
                if (!settings.contains(name)) names.insert(name);
    return in_order(names);
}

/// What no seed changes has no interval.
bool has_interval(const std::string& name)
{
    static const std::set<std::string> constants{"n",
                                                 "gating.n",
                                                 "gating.confidence",
                                                 "gating.lower_mm",
                                                 "gating.upper_mm",
                                                 "gating.t_on_s",
                                                 "gating.t_off_s",
                                                 "gating.ideal_duty_cycle"};
    return !constants.contains(name) && !name.starts_with("gating.no_prediction.");
}

/// What says something of one sequence only.
bool has_average(const std::string& name)
{
    return name != "n" && name != "gating.lower_mm" && name != "gating.upper_mm" && !name.ends_with("gating.n") &&
           !name.ends_with("no_prediction.n");
}

class Tables {
public:
    explicit Tables(const StudyResult& result) : result_(result), names_(measure_names(result)) {}

    /// Means over the cells that count, added to `json`; false where there are none.
    bool add_means(Json& json, const Counts& counts, bool one_cell = false) const
    {
        json["cells"] = std::count_if(result_.cells.begin(), result_.cells.end(),
                                      [&counts](const StudyCell& cell) { return !cell.failed() && counts(cell); });
        if (json["cells"] == 0) return false;
        for (const std::string& name : names_) {
            if (!one_cell && !has_average(name)) continue;
            const StudyMean mean = study_mean(result_, name, counts);
            if (mean.cells == 0) continue;
            set_nested(json, name, mean.mean);
            if (result_.options.runs > 1 && has_interval(name)) set_nested(json, name + "_ci95", mean.half_width);
        }
        return true;
    }

    /// What nRMSE gains or loses against the algorithm named for it, seed by seed.
    void add_difference(Json& row, std::size_t protocol, std::size_t algorithm) const
    {
        const auto& against = result_.options.against;
        if (!against || *against == algorithm) return;
        const StudyMean mean = study_difference(result_, "nrmse", protocol, algorithm, *against);
        if (mean.cells == 0) return;
        Json json = {{"against", result_.options.algorithms[*against].label}, {"cells", mean.cells}};
        set_nested(json, "nrmse", mean.mean);
        if (result_.options.runs > 1) set_nested(json, "nrmse_ci95", mean.half_width);
        row["difference"] = std::move(json);
    }

    /// One row for each protocol and algorithm that ran, with what `more` adds and for those cells it counts.
    void add_rows(Json& rows, const std::function<void(Json&)>& more, const Counts& counts, bool compare = false) const
    {
        for (std::size_t p = 0; p < result_.options.protocols.size(); ++p)
            for (std::size_t a = 0; a < result_.options.algorithms.size(); ++a) {
                Json row = row_head(p, a);
                more(row);
                if (add_means(row, [&](const StudyCell& cell) {
                        return cell.protocol == p && cell.algorithm == a && counts(cell);
                    })) {
                    if (compare) add_difference(row, p, a);
                    rows.push_back(std::move(row));
                }
            }
    }

    Json row_head(std::size_t protocol, std::size_t algorithm) const
    {
        return {{"protocol", protocol_name(result_.options.protocols[protocol])},
                {"algorithm", result_.options.algorithms[algorithm].label}};
    }

    Json cell_json(const StudyCell& cell) const
    {
        Json json = row_head(cell.protocol, cell.algorithm);
        const StudySequence& sequence = result_.sequences[cell.sequence];
        json["sequence"] = sequence.name;
        json["horizon_s"] = result_.options.horizons_s[cell.horizon];
        json["horizon_samples"] = std::lround(result_.options.horizons_s[cell.horizon] * sequence.rate_hz);
        json["seeds"] = cell.by_seed.size();
        json["params"] = params_json(cell.parameters);
        add_means(
            json, [&cell](const StudyCell& other) { return &other == &cell; }, true);
        json.erase("cells");
        return json;
    }

    /// {"protocol", "algorithm", "sequence", "horizons_s"} of a task.
    template <class Task>
    Json task_json(const Task& task) const
    {
        Json json = row_head(task.protocol, task.algorithm);
        json["sequence"] = result_.sequences[task.sequence].name;
        json["horizons_s"] = Json::array();
        for (const std::size_t h : task.horizons) json["horizons_s"].push_back(result_.options.horizons_s[h]);
        return json;
    }

    static Json params_json(const rnn::Parameters& parameters)
    {
        Json json = Json::object();
        for (const auto& [key, value] : parameters) json[key] = parameter_json(value);
        return json;
    }

private:
    const StudyResult& result_;
    std::vector<std::string> names_;
};

Json leaked_json(const StudyResult& result)
{
    Json json;
    double sum = 0, n = 0;
    json["what"] = "nRMSE of y(t + h) := y(t + h - 1), the last target the published protocol has revealed";
    json["nrmse"] = nullptr;
    json["by_sequence"] = Json::object();
    for (const StudySequence& sequence : result.sequences) {
        set_nested(json["by_sequence"], sequence.name, sequence.leaked_nrmse);
        if (!std::isfinite(sequence.leaked_nrmse)) continue;
        sum += sequence.leaked_nrmse;
        ++n;
    }
    if (n > 0) json["nrmse"] = sum / n;
    return json;
}

/// A cell of a CSV file; quoted where it must be.
std::string csv_cell(const Json& value)
{
    if (value.is_null()) return {};
    if (value.is_number_integer()) return value.dump();
    if (value.is_number()) return shortest(value.get<double>());
    const std::string text = value.get<std::string>();
    if (text.find_first_of(",\"\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
    return quoted + "\"";
}

/// Measures of a row by dotted name, as the columns of the CSV file have them.
std::map<std::string, double> row_numbers(const Json& row)
{
    std::map<std::string, double> numbers;
    for (const auto& [key, value] : row.items()) {
        if (key == "params" || key == "horizon_s" || key == "horizon_samples" || key == "seeds" || key == "cells" ||
            key == "difference")
            continue;
        if (value.is_object())
            add_numbers(value, key + ".", numbers);
        else if (value.is_number())
            numbers[key] = value.get<double>();
    }
    return numbers;
}

}  // namespace

Json tables_json(const StudyResult& result, const Json& settings)
{
    const StudyOptions& options = result.options;
    const Tables tables(result);
    const auto any = [](const StudyCell&) { return true; };
    Json json = {{"settings", settings}};
    for (const char* name : {"means", "by_horizon", "by_sequence", "results", "choices"}) json[name] = Json::array();
    tables.add_rows(
        json["means"], [](Json&) {}, any, true);
    for (std::size_t h = 0; h < options.horizons_s.size(); ++h)
        tables.add_rows(
            json["by_horizon"], [&](Json& row) { row["horizon_s"] = options.horizons_s[h]; },
            [h](const StudyCell& cell) { return cell.horizon == h; });
    for (std::size_t s = 0; s < result.sequences.size(); ++s)
        tables.add_rows(
            json["by_sequence"], [&](Json& row) { row["sequence"] = result.sequences[s].name; },
            [s](const StudyCell& cell) { return cell.sequence == s; });
    for (const StudyCell& cell : result.cells)
        if (!cell.failed()) json["results"].push_back(tables.cell_json(cell));
    for (const StudyChoice& choice : result.choices) {
        Json row = tables.task_json(choice);
        row["candidates"] = choice.candidates;
        row["candidates_failed"] = choice.failed;
        row["chosen"] = Tables::params_json(choice.chosen);
        set_nested(row, "nrmse_choosing", choice.nrmse);
        json["choices"].push_back(std::move(row));
    }
    json["leaked_target"] = leaked_json(result);
    json["published"] = published_json();
    json["failures"] = Json::array();
    for (const StudyFailure& failure : result.failures) {
        Json row = tables.task_json(failure);
        row["what"] = failure.what;
        json["failures"].push_back(std::move(row));
    }
    json["notice"] = kNotAMedicalDevice;
    return json;
}

void write_tables_csv(std::ostream& out, const Json& tables)
{
    const char* const parts[] = {"results", "by_horizon", "by_sequence", "means"};
    std::set<std::string> names;
    for (const char* part : parts)
        for (const Json& row : tables.at(part))
            for (const auto& [name, value] : row_numbers(row)) names.insert(name);
    out << "protocol,algorithm,sequence,horizon_s,seeds,params";
    const std::vector<std::string> columns = in_order(names);
    for (const std::string& name : columns) out << "," << name;
    out << "\n";
    for (const char* part : parts)
        for (const Json& row : tables.at(part)) {
            const auto text = [&row](const char* key, const Json& absent) {
                return csv_cell(row.contains(key) ? row[key] : absent);
            };
            out << text("protocol", nullptr) << "," << text("algorithm", nullptr) << "," << text("sequence", "mean")
                << "," << text("horizon_s", "mean") << "," << text("seeds", tables["settings"]["runs"]) << ",";
            if (row.contains("params")) {
                std::string parameters;
                for (const auto& [key, value] : row["params"].items())
                    parameters += (parameters.empty() ? "" : " ") + key + "=" +
                                  (value.is_string() ? value.get<std::string>() : csv_cell(value));
                out << csv_cell(parameters);
            }
            const auto numbers = row_numbers(row);
            for (const std::string& name : columns) {
                const auto found = numbers.find(name);
                out << "," << (found == numbers.end() ? "" : shortest(found->second));
            }
            out << "\n";
        }
    out.flush();
    if (!out) throw std::runtime_error("the tables could not be written (disk full, or the file was closed)");
}

Json run_json(const StudyResult& result, const std::string& command)
{
    Json json = {{"command", command},
                 {"version", result.version},
                 {"wall_s", result.wall_s},
                 {"jobs", result.jobs},
                 {"cores", std::thread::hardware_concurrency()},
                 {"units", result.units},
                 {"units_resumed", result.resumed_units}};
    json["times"] = Json::array();
    for (const StudyTimes& times : result.times)
        json["times"].push_back(
            {{"protocol", protocol_name(result.options.protocols[times.protocol])},
             {"algorithm", result.options.algorithms[times.algorithm].label},
             {"horizons_together", times.together},
             {"step_us", {{"median", times.median_us}, {"p99", times.p99_us}, {"max", times.max_us}}},
             {"work_s", times.work_s}});
    return json;
}

}  // namespace foretide::validation
