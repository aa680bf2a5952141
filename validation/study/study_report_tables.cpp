// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/study/study_report_tables.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <vector>

#include "validation/report/figures.h"
#include "validation/report/html.h"
#include "validation/report/tables.h"
#include "validation/study/published_figures.h"
#include "validation/text.h"

namespace foretide::validation {

using Json = nlohmann::ordered_json;

namespace {

using html::table;
using html::td;
using html::th;
using html::value_text;

constexpr double kLeastCoverage = 0.85;

double number(const Json* row, const std::string& key)
{
    if (row == nullptr) return core::kNaN;
    const auto found = row->find(key);
    return found != row->end() && found->is_number() ? found->get<double>() : core::kNaN;
}

/// The half-width of what has no spread is not shown.
double half_width(const Json* row, const std::string& key)
{
    const double value = number(row, key + "_ci95");
    return value > 0 ? value : core::kNaN;
}

std::string metric_text(const Json* row, const MetricColumn& column)
{
    return value_text(column.scale * number(row, column.key), column.scale * half_width(row, column.key),
                      column.decimals);
}

std::string algorithm_cell(const StudyResult& result, std::size_t a)
{
    return td("<span class=\"key\">" + swatch(a) + escape_html(result.options.algorithms[a].label) + "</span>", "text");
}

/// The row of one protocol and algorithm in a part of the tables for which `same` holds; nullptr where there is none.
const Json* find_row(const StudyResult& result, const Json& part, std::size_t protocol, std::size_t algorithm,
                     const std::function<bool(const Json&)>& same = {})
{
    const std::string protocol_is = protocol_name(result.options.protocols[protocol]);
    for (const Json& row : part)
        if (row.at("protocol") == protocol_is && row.at("algorithm") == result.options.algorithms[algorithm].label &&
            (!same || same(row)))
            return &row;
    return nullptr;
}

/// Algorithms that were run under a protocol.
std::vector<std::size_t> algorithms_of(const StudyResult& result, std::size_t protocol)
{
    std::vector<std::size_t> algorithms;
    for (std::size_t a = 0; a < result.options.algorithms.size(); ++a)
        if (std::ranges::any_of(result.cells, [protocol, a](const StudyCell& cell) {
                return cell.protocol == protocol && cell.algorithm == a;
            }))
            algorithms.push_back(a);
    return algorithms;
}

std::vector<MetricColumn> filled_columns(const Json& rows)
{
    std::vector<MetricColumn> filled;
    for (const MetricColumn& column : metric_columns())
        if (std::ranges::any_of(rows, [&](const Json& row) { return std::isfinite(number(&row, column.key)); }))
            filled.push_back(column);
    return filled;
}

std::string heads(const std::vector<MetricColumn>& columns)
{
    std::string head;
    for (const MetricColumn& column : columns) head += th(column.heading, column.unit.empty() ? "–" : column.unit);
    return head;
}

std::size_t best_of(const std::vector<double>& values)
{
    std::size_t best = values.size();
    for (std::size_t k = 0; k < values.size(); ++k)
        if (std::isfinite(values[k]) && (best == values.size() || values[k] < values[best])) best = k;
    return values.size() > 1 ? best : values.size();
}

/// A table of one measure: a column an algorithm, a row for each of `names`.
std::string cross_table(const StudyResult& result, std::size_t protocol, const Json& part, const std::string& heading,
                        const std::vector<std::string>& names,
                        const std::function<bool(const Json&, std::size_t)>& is_row, const MetricColumn& column,
                        const std::function<bool(double)>& stands_out)
{
    const std::vector<std::size_t> algorithms = algorithms_of(result, protocol);
    std::string head = th(heading, "", "text"), body = "<tbody>";
    for (const std::size_t a : algorithms) head += th(escape_html(result.options.algorithms[a].label));
    for (std::size_t k = 0; k < names.size(); ++k) {
        std::vector<const Json*> rows;
        std::vector<double> values;
        for (const std::size_t a : algorithms) {
            rows.push_back(find_row(result, part, protocol, a, [&](const Json& row) { return is_row(row, k); }));
            values.push_back(number(rows.back(), column.key));
        }
        const std::size_t best = best_of(values);
        body += "<tr>" + td(escape_html(names[k]), "text");
        for (std::size_t c = 0; c < rows.size(); ++c)
            body += td(metric_text(rows[c], column), (stands_out ? stands_out(values[c]) : c == best) ? "best" : "");
        body += "</tr>\n";
    }
    return table(head, body + "</tbody>");
}

std::vector<std::string> sequence_names(const StudyResult& result)
{
    std::vector<std::string> names;
    for (const StudySequence& sequence : result.sequences) names.push_back(sequence.name);
    return names;
}

std::string join_horizons(const StudyResult& result, const std::vector<std::size_t>& horizons)
{
    if (horizons.size() == result.options.horizons_s.size() && horizons.size() > 1) return "all";
    std::vector<std::string> labels;
    for (const std::size_t h : horizons) labels.push_back(horizon_label(result.options.horizons_s[h]));
    return html::joined(labels);
}

}  // namespace

std::string study_means_table(const StudyResult& result, const Json& tables, std::size_t protocol)
{
    const auto columns = filled_columns(tables.at("means"));
    std::vector<double> nrmse;
    std::vector<std::pair<std::size_t, const Json*>> rows;
    for (const std::size_t a : algorithms_of(result, protocol)) {
        rows.emplace_back(a, find_row(result, tables.at("means"), protocol, a));
        nrmse.push_back(number(rows.back().second, "nrmse"));
    }
    const std::size_t best = best_of(nrmse), wanted = result.sequences.size() * result.options.horizons_s.size();
    std::string body = "<tbody>";
    for (std::size_t r = 0; r < rows.size(); ++r) {
        const auto& [a, row] = rows[r];
        const double cells = row == nullptr ? 0 : number(row, "cells");
        body += "<tr>" + algorithm_cell(result, a) +
                td(fixed(cells, 0) + (cells < static_cast<double>(wanted) ? " of " + std::to_string(wanted) : ""));
        for (const MetricColumn& column : columns)
            body += td(metric_text(row, column), column.key == "nrmse" && r == best ? "best" : "");
        body += "</tr>\n";
    }
    return table(th("Algorithm", "", "text") + th("Cells", "sequences × horizons") + heads(columns), body + "</tbody>");
}

std::string horizon_table(const StudyResult& result, const Json& tables, std::size_t protocol)
{
    std::vector<std::string> names;
    for (const double h : result.options.horizons_s) names.push_back(horizon_label(h) + " s");
    if (names.size() < 2) return {};
    return cross_table(
        result, protocol, tables.at("by_horizon"), "nRMSE at", names,
        [&](const Json& row, std::size_t h) { return row.at("horizon_s") == result.options.horizons_s[h]; },
        metric_columns().front(), {});
}

std::string sequence_tables(const StudyResult& result, const Json& tables, std::size_t protocol)
{
    const Json& part = tables.at("by_sequence");
    const auto is_row = [&](const Json& row, std::size_t s) { return row.at("sequence") == result.sequences[s].name; };
    const auto columns = filled_columns(part);
    std::string bodies;
    for (std::size_t s = 0; s < result.sequences.size(); ++s) {
        bodies += "<tbody class=\"group\">";
        bool first = true;
        for (const std::size_t a : algorithms_of(result, protocol)) {
            const Json* row = find_row(result, part, protocol, a, [&](const Json& r) { return is_row(r, s); });
            bodies +=
                "<tr>" + td(first ? escape_html(result.sequences[s].name) : "", "text") + algorithm_cell(result, a);
            for (const MetricColumn& column : columns) bodies += td(metric_text(row, column));
            bodies += "</tr>\n";
            first = false;
        }
        bodies += "</tbody>";
    }
    return cross_table(result, protocol, part, "nRMSE of", sequence_names(result), is_row, metric_columns().front(),
                       {}) +
           html::folded("Every measure of every sequence (means over the horizons)",
                        table(th("Sequence", "", "text") + th("Algorithm", "", "text") + heads(columns), bodies));
}

std::string coverage_table(const StudyResult& result, const Json& tables, std::size_t protocol)
{
    const auto columns = filled_columns(tables.at("by_sequence"));
    const auto coverage = std::ranges::find(columns, "coverage90", &MetricColumn::key);
    if (coverage == columns.end()) return {};
    return cross_table(
        result, protocol, tables.at("by_sequence"), "Coverage [%] on", sequence_names(result),
        [&](const Json& row, std::size_t s) { return row.at("sequence") == result.sequences[s].name; }, *coverage,
        [](double value) { return value < kLeastCoverage; });
}

std::string study_gating_table(const StudyResult& result, const Json& tables, std::size_t protocol)
{
    const auto columns = gating_columns(result.options.gate && result.options.gate->confidence > 0);
    std::string bodies;
    for (const double horizon_s : result.options.horizons_s) {
        std::string rows;
        const Json* reference = nullptr;
        for (const std::size_t a : algorithms_of(result, protocol)) {
            const Json* row = find_row(result, tables.at("by_horizon"), protocol, a,
                                       [&](const Json& r) { return r.at("horizon_s") == horizon_s; });
            if (row == nullptr || !row->contains("gating")) continue;
            rows += "<tr>" + td(reference == nullptr ? horizon_label(horizon_s) : "") + algorithm_cell(result, a) +
                    gating_cells(row->at("gating"), columns) + "</tr>\n";
            reference = &row->at("gating").at("no_prediction");
        }
        if (reference == nullptr) continue;
        bodies += "<tbody class=\"group\">" + rows + "<tr class=\"reference\">" + td("") +
                  td("no prediction (last position)", "text") + gating_cells(*reference, columns) + "</tr>\n</tbody>";
    }
    if (bodies.empty()) return {};
    return table(th("Horizon", "s") + th("Algorithm", "", "text") + heads(columns), bodies);
}

std::string published_table(const StudyResult& result, const Json& tables)
{
    std::string bodies;
    const auto row_of = [](const std::string& name, const std::string& who, const std::string& cells) {
        return "<tr>" + name + td(who, "text wrap") + cells + "</tr>\n";
    };
    for (std::size_t a = 0; a < result.options.algorithms.size(); ++a) {
        const PublishedFigure* paper = find_published(result.options.algorithms[a].name, result.options.rate_hz);
        if (paper == nullptr) continue;
        std::string rows = row_of(algorithm_cell(result, a), "paper",
                                  td(fixed(paper->nrmse, 4)) + td(fixed(paper->rmse_mm, 3)) +
                                      td(fixed(paper->mae_mm, 3)) + td(fixed(paper->max_mm, 2)) +
                                      td(fixed(paper->jitter_mm, 3)) + td(significant(1000 * paper->step_ms, 3)));
        for (std::size_t p = 0; p < result.options.protocols.size(); ++p) {
            const Json* row = find_row(result, tables.at("means"), p, a);
            if (row == nullptr) continue;
            std::string cells;
            for (const auto& [key, decimals] :
                 {std::pair{"nrmse", 4}, {"rmse_mm", 3}, {"mae_mm", 3}, {"max_mm", 2}, {"jitter_mm", 3}})
                cells += td(value_text(number(row, key), half_width(row, key), decimals));
            const auto times = std::ranges::find_if(result.times, [p, a](const StudyTimes& t) {
                return t.protocol == p && t.algorithm == a && !t.together;
            });
            cells += td(times == result.times.end() ? "–" : significant(times->median_us, 3));
            rows +=
                row_of(td(""), std::string("here, ") + protocol_name(result.options.protocols[p]) + " protocol", cells);
        }
        bodies += "<tbody class=\"group\">" + rows + "</tbody>";
    }
    if (bodies.empty()) return {};
    return table(th("Algorithm", "", "text") + th("Source", "", "text") + th("nRMSE", "–") + th("RMSE", "mm") +
                     th("MAE", "mm") + th("Max", "mm") + th("Jitter", "mm") + th("Step", "µs"),
                 bodies);
}

std::string leak_table(const StudyResult& result, const Json& tables)
{
    if (result.options.protocols.size() < 2) return {};
    std::string body = "<tbody>";
    for (std::size_t a = 0; a < result.options.algorithms.size(); ++a) {
        std::vector<double> nrmse;
        for (std::size_t p = 0; p < 2; ++p)
            nrmse.push_back(number(find_row(result, tables.at("means"), p, a), "nrmse"));
        if (!std::isfinite(nrmse[0]) || !std::isfinite(nrmse[1])) continue;
        body += "<tr>" + algorithm_cell(result, a) + td(fixed(nrmse[0], 3)) + td(fixed(nrmse[1], 3)) +
                td(fixed(nrmse[1] / nrmse[0], 1) + " ×") + "</tr>\n";
    }
    body += "<tr class=\"reference\">" + td("repeating the last leaked target", "text") +
            td(fixed(number(&tables.at("leaked_target"), "nrmse"), 3)) + td("not possible") + td("") + "</tr>\n";
    return table(th("Mean nRMSE", "", "text") + th("published protocol") + th("live protocol") + th("live / published"),
                 body + "</tbody>");
}

std::string choice_tables(const StudyResult& result)
{
    std::string out;
    for (std::size_t p = 0; p < result.options.protocols.size(); ++p)
        for (const std::size_t a : algorithms_of(result, p)) {
            std::string body;
            for (const StudyChoice& choice : result.choices) {
                if (choice.protocol != p || choice.algorithm != a || choice.candidates < 2) continue;
                body += "<tr>" + td(escape_html(result.sequences[choice.sequence].name), "text") +
                        td(join_horizons(result, choice.horizons)) +
                        td(escape_html(parameters_text(choice.chosen)), "text") + td(fixed(choice.nrmse, 4)) +
                        td(std::to_string(choice.candidates)) + td(std::to_string(choice.failed)) + "</tr>\n";
            }
            if (body.empty()) continue;
            out += html::folded(escape_html(result.options.algorithms[a].label) + ", " +
                                    protocol_name(result.options.protocols[p]) + " protocol",
                                table(th("Sequence", "", "text") + th("Horizon", "s") + th("Chosen", "", "text") +
                                          th("nRMSE when choosing") + th("Candidates") + th("of them failed"),
                                      "<tbody>" + body + "</tbody>"));
        }
    return out;
}

std::string failure_table(const StudyResult& result)
{
    if (result.failures.empty()) return {};
    std::string body = "<tbody>";
    for (const StudyFailure& failure : result.failures)
        body += "<tr>" + algorithm_cell(result, failure.algorithm) +
                td(protocol_name(result.options.protocols[failure.protocol]), "text") +
                td(escape_html(result.sequences[failure.sequence].name), "text") +
                td(join_horizons(result, failure.horizons)) + td(escape_html(failure.what), "text wrap") + "</tr>\n";
    return table(th("Algorithm", "", "text") + th("Protocol", "", "text") + th("Sequence", "", "text") +
                     th("Horizon", "s") + th("What happened", "", "text"),
                 body + "</tbody>");
}

std::string study_times_table(const StudyResult& result)
{
    std::string body = "<tbody>";
    for (const StudyTimes& times : result.times)
        body += "<tr>" + algorithm_cell(result, times.algorithm) +
                td(protocol_name(result.options.protocols[times.protocol]), "text") +
                td(times.together ? "all together" : "one", "text") + td(significant(times.median_us, 3)) +
                td(significant(times.p99_us, 3)) + td(significant(times.max_us, 3)) + td(fixed(times.work_s, 1)) +
                "</tr>\n";
    return table(th("Algorithm", "", "text") + th("Protocol", "", "text") + th("Horizons in a step", "", "text") +
                     th("Step, p50", "µs") + th("largest p99", "µs") + th("max", "µs") + th("Work", "s"),
                 body + "</tbody>");
}

}  // namespace foretide::validation
