// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/correspondence/correspondence_report.h"

#include <array>
#include <cmath>
#include <ostream>
#include <stdexcept>
#include <string>

#include "apps/column_table.h"
#include "core/correspondence/robust_regression.h"
#include "validation/report/html.h"
#include "validation/text.h"

namespace foretide::apps {

namespace {

namespace html = validation::html;
using validation::fixed;

constexpr double kReportConfidence = 0.9;
constexpr std::array<const char*, 3> kAxes{"x", "y", "z"};

std::string candidate_name(const core::CorrespondenceCandidate& candidate)
{
    return std::string(to_string(candidate.form)) + ", " + std::to_string(candidate.components) +
           (candidate.components == 1 ? " coordinate" : " coordinates");
}

std::string pair_list(const std::vector<int>& indices)
{
    std::vector<std::string> texts;
    for (const int k : indices) texts.push_back(std::to_string(k + 1));
    return texts.empty() ? "none" : html::joined(texts);
}

std::string sigma_text(const core::CorrespondenceModel& model)
{
    return fixed(model.sigma_mm[0], 2) + ", " + fixed(model.sigma_mm[1], 2) + ", " + fixed(model.sigma_mm[2], 2);
}

std::string breakdown_text(const core::CorrespondenceModel& model)
{
    return std::to_string(core::breakdown_count(static_cast<std::size_t>(model.pairs), model.terms())) + " of " +
           std::to_string(model.pairs) + " pairs";
}

std::string candidate_table(const core::CorrespondenceFit& fit)
{
    std::string body = "<tbody>";
    for (const core::CorrespondenceCandidate& c : fit.candidates) {
        const std::string name = c.chosen ? "<strong>" + candidate_name(c) + "</strong>" : candidate_name(c);
        body += "<tr>" + html::td(name, "text") + html::td(fixed(c.loo_rms_mm, 2)) +
                html::td(c.left_out.empty() ? std::to_string(c.rejected) : "–") +
                html::td(c.chosen ? "chosen" : validation::escape_html(c.left_out)) + "</tr>";
    }
    return html::table(
        html::th("Model", "", "text") + html::th("Leave-one-out error", "mm") + html::th("Outliers") + html::th(""),
        body + "</tbody>");
}

/// Measured against predicted, an axis a plot.
std::string scatter(const CheckedPairs& checked, const core::CorrespondencePairs& pairs, std::size_t axis)
{
    html::Extent extent;
    for (std::size_t k = 0; k < pairs.pairs.size(); ++k) {
        extent.add(pairs.pairs[k].internal_mm[axis]);
        extent.add(checked.results[k].estimate.position_mm[axis]);
    }
    const std::string name = kAxes[axis];
    validation::SvgPlot plot({.width = 460, .height = 320}, extent.axis("predicted " + name + " [mm]"),
                             extent.axis("measured " + name + " [mm]"));
    const validation::PlotAxis range = extent.axis("");
    const std::array<double, 2> diagonal{range.lo, range.hi};
    plot.line(diagonal, diagonal, "truth");
    for (std::size_t k = 0; k < pairs.pairs.size(); ++k) {
        const double predicted_mm = checked.results[k].estimate.position_mm[axis];
        if (!std::isfinite(predicted_mm)) continue;
        plot.dot(predicted_mm, pairs.pairs[k].internal_mm[axis], "s0",
                 "pair " + std::to_string(k + 1) + ": " + fixed(checked.results[k].residual_mm[axis], 2) + " mm");
    }
    return html::scrolling(plot.svg("", "Measured against predicted internal " + name));
}

std::string residual_table(const core::CorrespondenceFit& fit, const core::CorrespondencePairs& pairs)
{
    std::string body = "<tbody>";
    for (std::size_t k = 0; k < pairs.pairs.size(); ++k) {
        const auto& r = fit.loo_residual_mm[k];
        const bool rejected = std::ranges::find(fit.model.rejected, static_cast<int>(k)) != fit.model.rejected.end();
        body += "<tr>" + html::td(std::to_string(k + 1)) + html::td(fixed(pairs.pairs[k].time_s, 2)) +
                html::td(fixed(r[0], 2)) + html::td(fixed(r[1], 2)) + html::td(fixed(r[2], 2)) +
                html::td(rejected ? "left out as outlier" : "") + "</tr>";
    }
    return html::table(html::th("Pair") + html::th("Time", "s") + html::th("x", "mm") + html::th("y", "mm") +
                           html::th("z", "mm") + html::th(""),
                       body + "</tbody>");
}

}  // namespace

CheckedPairs check_pairs(const core::CorrespondenceMap& map, const core::CorrespondencePairs& pairs)
{
    core::CorrespondenceCheck check(map);
    CheckedPairs out;
    double squares = 0;
    std::size_t known = 0;
    for (const core::CorrespondencePair& pair : pairs.pairs) {
        out.results.push_back(check.add(pair.markers_mm, pair.velocities_mm_s, pair.internal_mm));
        const auto& result = out.results.back();
        out.inside += result.inside ? 1 : 0;
        if (!result.estimate.known) continue;
        ++known;
        for (const double r : result.residual_mm) squares += r * r;
    }
    out.verdict = check.verdict();
    if (known > 0) out.rms_mm = std::sqrt(squares / static_cast<double>(known));
    return out;
}

void print_fit(std::ostream& out, const core::CorrespondenceFit& fit)
{
    ColumnTable table({"model", "leave-one-out mm", "outliers", ""});
    for (const core::CorrespondenceCandidate& c : fit.candidates)
        table.add({candidate_name(c), fixed(c.loo_rms_mm, 2), c.left_out.empty() ? std::to_string(c.rejected) : "–",
                   c.chosen ? "chosen" : c.left_out});
    table.print(out);
    const core::CorrespondenceModel& m = fit.model;
    out << "\n"
        << m.pairs << " pairs; outliers left out: " << pair_list(m.rejected) << " (the fit stands up to "
        << breakdown_text(m) << ")\nmarkers move by " << fixed(m.range_mm, 1) << " mm; error of pairs left out "
        << fixed(m.loo_rms_mm, 2) << " mm (tolerated: " << fixed(m.tolerance_mm, 2) << "); scatter x, y, z "
        << sigma_text(m) << " mm\n";
}

void print_check(std::ostream& out, const core::CorrespondenceModel& model, const CheckedPairs& checked)
{
    ColumnTable table({"pair", "x mm", "y mm", "z mm", "leverage", ""});
    for (std::size_t k = 0; k < checked.results.size(); ++k) {
        const auto& r = checked.results[k];
        table.add({std::to_string(k + 1), fixed(r.residual_mm[0], 2), fixed(r.residual_mm[1], 2),
                   fixed(r.residual_mm[2], 2), fixed(r.estimate.leverage, 2),
                   !r.estimate.known ? "not known"
                   : r.inside        ? ""
                                     : "outside its interval"});
    }
    table.print(out);
    out << "\nMeasured − predicted; root mean square " << fixed(checked.rms_mm, 2)
        << " mm (tolerated: " << fixed(model.tolerance_mm, 2) << "), " << checked.inside << " of "
        << checked.results.size() << " pairs inside.\nThe model is " << core::CorrespondenceCheck::text(checked.verdict)
        << ".\n";
}

void write_correspondence_report(std::ostream& out, const core::CorrespondenceFit& fit,
                                 const core::CorrespondencePairs& pairs)
{
    const core::CorrespondenceModel& m = fit.model;
    const CheckedPairs checked = check_pairs(core::CorrespondenceMap(m, kReportConfidence), pairs);
    std::string body = "<header class=\"top\"><h1>External–internal correspondence</h1><dl class=\"facts\">";
    body += html::fact("Pairs", validation::escape_html(m.provenance.source) + " (" + std::to_string(m.pairs) + ", " +
                                    validation::escape_html(m.provenance.content_hash) + ")");
    body += html::fact("Model", std::string(to_string(m.form)) + ", " + std::to_string(m.terms()) + " terms");
    body += html::fact("Error of pairs left out",
                       fixed(m.loo_rms_mm, 2) + " mm, tolerated " + fixed(m.tolerance_mm, 2) + " mm");
    body += html::fact("Scatter x, y, z",
                       sigma_text(m) + " mm, " + std::to_string(m.degrees_of_freedom) + " degrees of freedom");
    body += html::fact("Range of the markers", fixed(m.range_mm, 1) + " mm along their principal axis");
    body += html::fact("Outliers", "pairs " + pair_list(m.rejected) + "; the fit stands up to " + breakdown_text(m));
    body += html::fact("Made", validation::escape_html(m.provenance.created));
    body += "</dl></header><main>";
    body += html::section("candidates", "Models compared", candidate_table(fit));
    std::string plots;
    for (std::size_t axis = 0; axis < 3; ++axis) plots += scatter(checked, pairs, axis);
    body += html::section("scatter", "Measured and predicted",
                          html::figure(plots, "Every pair; on the line the model is right. Pairs used in the fit."));
    body += html::section("residuals", "Error of each pair when left out", residual_table(fit, pairs));
    body += "</main><footer class=\"foot\"><p>" + validation::escape_html(validation::kNotAMedicalDevice) + "</p><p>" +
            validation::escape_html(m.provenance.version) + "</p></footer>";
    out << html::page("Foretide correspondence", body);
    out.flush();
    if (!out) throw std::runtime_error("the report could not be written: is the disk full?");
}

}  // namespace foretide::apps
