// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/report/tables.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include <nlohmann/json.hpp>

#include "validation/report/figures.h"
#include "validation/report/html.h"
#include "validation/text.h"

namespace foretide::validation {

const std::vector<MetricColumn>& metric_columns()
{
    static const std::vector<MetricColumn> columns{{"nrmse", "nRMSE", "", 3, 1},
                                                   {"rmse_mm", "RMSE", "mm", 3, 1},
                                                   {"mae_mm", "MAE", "mm", 3, 1},
                                                   {"max_mm", "Max", "mm", 2, 1},
                                                   {"jitter_mm", "Jitter", "mm", 3, 1},
                                                   {"rel_rmse", "rel. RMSE", "", 3, 1},
                                                   {"coverage90", "Coverage", "%", 1, 100},
                                                   {"interval_width_mm", "Width", "mm", 2, 1},
                                                   {"winkler_mm", "Interval score", "mm", 2, 1}};
    return columns;
}

std::vector<MetricColumn> gating_columns(bool with_bounds)
{
    std::vector<MetricColumn> columns{{"accuracy", "Accuracy", "%", 1, 100},
                                      {"duty_cycle", "Duty cycle", "%", 1, 100},
                                      {"ideal_duty_cycle", "Ideal", "%", 1, 100},
                                      {"beam_on_outside_s", "Beam on outside", "s", 1, 1},
                                      {"beam_on_outside_share", "Share", "%", 1, 100},
                                      {"gating_error_ms", "Gating error", "ms", 0, 1},
                                      {"crossing_error_ms", "Crossing error", "ms", 0, 1},
                                      {"unmatched_edges", "Unmatched", "edges", 0, 1},
                                      {"residual_mm", "Residual", "mm", 2, 1}};
    if (with_bounds) {
        columns.push_back({"lower_coverage", "Lower bound holds", "%", 1, 100});
        columns.push_back({"upper_coverage", "Upper", "%", 1, 100});
    }
    return columns;
}

namespace {

using html::table;
using html::td;
using html::th;
using html::value_text;

constexpr std::size_t kShownNotes = 100;

std::string name_cell(const ReportContext& context, std::size_t algorithm)
{
    return td("<span class=\"key\">" + swatch(algorithm) + escape_html(context.labels[algorithm]) + "</span>", "text");
}

std::string metric_text(const ReportContext& context, std::size_t a, std::size_t h, const MetricColumn& column)
{
    return value_text(column.scale * context.metric(a, h, column.key),
                      column.scale * context.metric(a, h, column.key + "_ci95"), column.decimals);
}

/// Columns for which at least one algorithm has a value.
std::vector<MetricColumn> filled_columns(const ReportContext& context)
{
    std::vector<MetricColumn> filled;
    for (const MetricColumn& column : metric_columns()) {
        bool any = false;
        for (std::size_t a = 0; a < context.results.size() && !any; ++a) {
            for (std::size_t h = 0; h < context.horizons_s.size() && !any; ++h) {
                any = std::isfinite(context.metric(a, h, column.key));
            }
        }
        if (any) filled.push_back(column);
    }
    return filled;
}

double lowest(const std::vector<double>& values)
{
    double low = std::numeric_limits<double>::infinity();
    for (const double v : values) low = std::isfinite(v) ? std::min(low, v) : low;
    return low;
}

std::string metric_heads(const std::vector<MetricColumn>& columns)
{
    std::string head;
    for (const MetricColumn& column : columns) head += th(column.heading, column.unit.empty() ? "–" : column.unit);
    return head;
}

}  // namespace

std::string gating_cells(const nlohmann::ordered_json& gating, const std::vector<MetricColumn>& columns)
{
    const auto number = [&](const std::string& key) {
        const auto found = gating.find(key);
        return found != gating.end() && found->is_number() ? found->get<double>() : core::kNaN;
    };
    std::string cells;
    for (const MetricColumn& column : columns) {
        const double value = column.scale * number(column.key);
        cells += "<td>";
        if (column.key == "accuracy" && std::isfinite(value)) {
            cells +=
                "<span class=\"meter\"><i style=\"width:" + fixed(std::clamp(value, 0.0, 100.0), 1) + "%\"></i></span>";
        }
        cells += value_text(value, column.scale * number(column.key + "_ci95"), column.decimals) + "</td>";
    }
    return cells;
}

std::string metrics_table(const ReportContext& context)
{
    const auto columns = filled_columns(context);
    std::string bodies;
    for (std::size_t h = 0; h < context.horizons_s.size(); ++h) {
        std::vector<double> nrmse;
        for (std::size_t a = 0; a < context.results.size(); ++a) nrmse.push_back(context.metric(a, h, "nrmse"));
        const double best = lowest(nrmse);
        bodies += "<tbody class=\"group\">";
        bool first_row = true;
        for (std::size_t a = 0; a < context.results.size(); ++a) {
            const ReportContext::Cell& cell = context.cell(a, h);
            if (cell.horizon == nullptr) continue;
            const std::string horizon = first_row ? horizon_label(context.horizons_s[h]) : "";
            bodies += "<tr>" + td(horizon) + name_cell(context, a) + td(std::to_string(cell.horizon->horizon_samples)) +
                      td(std::to_string(cell.horizon->metrics.n));
            for (const MetricColumn& column : columns) {
                const bool is_best = column.key == "nrmse" && context.results.size() > 1 && nrmse[a] == best;
                bodies += td(metric_text(context, a, h, column), is_best ? "best" : "");
            }
            bodies += "</tr>\n";
            first_row = false;
        }
        bodies += "</tbody>";
    }
    return table(th("Horizon", "s") + th("Algorithm", "", "text") + th("Steps", "samples") + th("n", "forecasts") +
                     metric_heads(columns),
                 bodies);
}

std::string summary_table(const ReportContext& context)
{
    if (context.horizons_s.size() < 2 || context.results.size() < 2) return {};
    const auto columns = filled_columns(context);
    std::string body = "<tbody>";
    for (std::size_t a = 0; a < context.results.size(); ++a) {
        body += "<tr>" + name_cell(context, a);
        for (const MetricColumn& column : columns) {
            double sum = 0;
            for (std::size_t h = 0; h < context.horizons_s.size(); ++h) sum += context.metric(a, h, column.key);
            body += td(fixed(column.scale * sum / static_cast<double>(context.horizons_s.size()), column.decimals));
        }
        body += td(significant(context.results[a].step_times.p99_us, 3)) + "</tr>\n";
    }
    return table(th("Mean over the horizons", "", "text") + metric_heads(columns) + th("Step, p99", "µs"),
                 body + "</tbody>");
}

std::string step_time_table(const ReportContext& context)
{
    std::string body = "<tbody>";
    for (std::size_t a = 0; a < context.results.size(); ++a) {
        body += "<tr>" + name_cell(context, a);
        for (const StepTimes* times : {&context.results[a].step_times, &context.results[a].forecast_times}) {
            for (const double us : {times->median_us, times->p99_us, times->p999_us, times->max_us}) {
                body += td(significant(us, 3));
            }
        }
        body += "</tr>\n";
    }
    return table(th("Algorithm", "", "text") + th("Step, p50", "µs") + th("p99", "µs") + th("p99.9", "µs") +
                     th("max", "µs") + th("Forecast, p50", "µs") + th("p99", "µs") + th("p99.9", "µs") +
                     th("max", "µs"),
                 body + "</tbody>");
}

std::string gating_table(const ReportContext& context)
{
    const bool with_bounds = std::ranges::any_of(context.cells, [](const ReportContext::Cell& cell) {
        return cell.horizon != nullptr && cell.horizon->gating && cell.horizon->gating->confidence > 0;
    });
    const std::vector<MetricColumn> columns = gating_columns(with_bounds);
    std::string bodies;
    for (std::size_t h = 0; h < context.horizons_s.size(); ++h) {
        std::string rows;
        const nlohmann::ordered_json* reference = nullptr;
        for (std::size_t a = 0; a < context.results.size(); ++a) {
            const auto& metrics = context.cell(a, h).metrics;
            const auto gating = metrics.find("gating");
            if (gating == metrics.end()) continue;
            const std::string label = reference == nullptr ? horizon_label(context.horizons_s[h]) : "";
            rows += "<tr>" + td(label) + name_cell(context, a) + gating_cells(*gating, columns) + "</tr>\n";
            reference = &gating->at("no_prediction");
        }
        if (reference == nullptr) continue;
        rows += "<tr class=\"reference\">" + td("") + td("no prediction (last position)", "text") +
                gating_cells(*reference, columns) + "</tr>\n";
        bodies += "<tbody class=\"group\">" + rows + "</tbody>";
    }
    if (bodies.empty()) return {};
    return table(th("Horizon", "s") + th("Algorithm", "", "text") + metric_heads(columns), bodies);
}

std::string parameter_table(const ReportContext& context)
{
    std::set<std::string> keys;
    std::string head = th("Parameter", "", "text");
    for (std::size_t a = 0; a < context.results.size(); ++a) {
        head += th(escape_html(context.labels[a]));
        for (const auto& [key, value] : context.results[a].parameters) keys.insert(key);
    }
    std::string body = "<tbody>";
    for (const std::string& key : keys) {
        body += "<tr>" + td(escape_html(key), "text");
        for (const ReplayResult& result : context.results) {
            const auto found = result.parameters.find(key);
            body += td(found == result.parameters.end() ? "–" : escape_html(found->second));
        }
        body += "</tr>\n";
    }
    const auto row = [&](const std::string& name, auto&& value_of) {
        body += "<tr>" + td(name, "text");
        for (const ReplayResult& result : context.results) body += td(value_of(result));
        body += "</tr>\n";
    };
    row("seed", [](const ReplayResult& result) { return std::to_string(result.seed); });
    row("seeds run", [](const ReplayResult& result) { return std::to_string(result.runs); });
    row("parts that ran away and were started anew",
        [](const ReplayResult& result) { return std::to_string(result.resets); });
    row("time of the run [s]", [](const ReplayResult& result) { return fixed(result.wall_s, 2); });
    return table(head, body + "</tbody>");
}

std::string notes_list(const ReportContext& context)
{
    const auto& notes = context.first().notes;
    if (notes.empty()) return "<p>The reader found nothing to repair.</p>\n";
    std::string body = "<tbody>";
    for (std::size_t k = 0; k < std::min(notes.size(), kShownNotes); ++k) {
        body += "<tr>" + td(escape_html(notes[k].file), "text wrap") +
                td(notes[k].line == 0 ? "" : std::to_string(notes[k].line)) +
                td(escape_html(notes[k].text), "text wrap") + "</tr>\n";
    }
    std::string out =
        table(th("File", "", "text") + th("Line") + th("What was repaired or doubted", "", "text"), body + "</tbody>");
    if (notes.size() > kShownNotes) {
        out += "<p>… and " + std::to_string(notes.size() - kShownNotes) + " more; metrics.json has them all.</p>\n";
    }
    return out;
}

std::string conditioning_table(const ReportContext& context)
{
    const auto& counts = context.first().conditioning;
    if (counts.empty()) return "<p>The conditioner passed every sample on unchanged.</p>\n";
    std::string body = "<tbody>";
    for (const auto& [flag, count] : counts) {
        body += "<tr>" + td(escape_html(flag), "text") + td(std::to_string(count)) + "</tr>\n";
    }
    return table(th("What the conditioner did", "", "text") + th("Samples"), body + "</tbody>");
}

}  // namespace foretide::validation
