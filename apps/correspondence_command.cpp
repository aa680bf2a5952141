// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "acquisition/pairs_csv.h"
#include "acquisition/text_file.h"
#include "apps/commands.h"
#include "apps/correspondence/correspondence_report.h"
#include "apps/output_file.h"
#include "core/correspondence/model_json.h"
#include "validation/report/html.h"
#include "validation/study/content_hash.h"
#include "validation/text.h"
#include "validation/version.h"

namespace foretide::apps {

namespace {

struct Options {
    std::string pairs, model, out, report, form = "auto";
    std::optional<double> cycle_s;
    double tolerance_mm = core::CorrespondenceFitOptions{}.tolerance_mm;
    double least_range_mm = core::CorrespondenceFitOptions{}.least_range_mm;
    double confidence = 0.9;
};

core::CorrespondencePairs read_pairs(const Options& o)
{
    core::CorrespondencePairs pairs = acquisition::read_pairs_csv(o.pairs);
    for (const std::string& note : pairs.notes) std::cerr << "foretide: " << note << "\n";
    if (o.cycle_s && pairs.with_velocities())
        throw UsageError("--cycle: the pairs state velocities already; take out one of the two");
    if (o.cycle_s) core::add_cycle_velocities(pairs, *o.cycle_s);
    return pairs;
}

void fit(const Options& o)
{
    const core::CorrespondencePairs pairs = read_pairs(o);
    core::CorrespondenceFitOptions options;
    if (o.form == "linear") options.form = core::CorrespondenceForm::linear;
    if (o.form == "quadratic") options.form = core::CorrespondenceForm::quadratic;
    options.tolerance_mm = o.tolerance_mm;
    options.least_range_mm = o.least_range_mm;
    core::CorrespondenceFit fit = core::fit_correspondence(pairs, options);
    fit.model.provenance = {o.pairs, validation::file_hash(o.pairs), validation::html::utc_now(),
                            validation::version_text()};
    write_file(o.out, [&](std::ostream& out) { out << to_json(fit.model); });
    if (!o.report.empty())
        write_file(o.report, [&](std::ostream& out) { write_correspondence_report(out, fit, pairs); });
    print_fit(std::cout, fit);
    std::cout << "\nModel: " << o.out << "\n";
    if (!o.report.empty()) std::cout << "Report: " << o.report << "\n";
}

void check(const Options& o)
{
    const core::CorrespondenceModel model =
        core::parse_correspondence_json(acquisition::read_text_file(o.model), o.model);
    const core::CorrespondencePairs pairs = read_pairs(o);
    if (pairs.markers != model.markers)
        throw std::runtime_error(o.pairs + " has " + std::to_string(pairs.markers) + " markers, the model " +
                                 std::to_string(model.markers) + "; take pairs of the same markers");
    if (model.needs_velocity() && !pairs.with_velocities())
        throw std::runtime_error(o.pairs +
                                 " has no velocities, and the model needs them; add the columns m1_vx_mm_s …, "
                                 "or --cycle for phases of one breath");
    const CheckedPairs checked = check_pairs(core::CorrespondenceMap(model, o.confidence), pairs);
    print_check(std::cout, model, checked);
    if (checked.verdict != core::CorrespondenceCheck::Verdict::valid)
        throw std::runtime_error(o.model + ": the model is " +
                                 std::string(core::CorrespondenceCheck::text(checked.verdict)) +
                                 "; hold the beam and fit a new one");
}

void add_pairs(CLI::App& command, const std::shared_ptr<Options>& o)
{
    command
        .add_option("--pairs", o->pairs,
                    "CSV: time_s,m1_x_mm,m1_y_mm,m1_z_mm,…[,m1_vx_mm_s,…],internal_x_mm,internal_y_mm,internal_z_mm")
        ->required();
    command.add_option("--cycle", o->cycle_s,
                       "The pairs are the phases of one breath of this length [s] (4D-CT): velocities are computed");
}

}  // namespace

void add_correspondence_command(CLI::App& app)
{
    CLI::App* c = app.add_subcommand("correspondence", "From markers to an internal point: fit a model, check it");
    c->require_subcommand(1);
    c->footer("Example:\n  foretide correspondence fit --pairs phases.csv --cycle 4.1 --out model.json");
    const auto o = std::make_shared<Options>();
    CLI::App* f = c->add_subcommand("fit", "Fit a model to pairs of marker and internal positions");
    add_pairs(*f, o);
    f->add_option("--model", o->form,
                  "linear, quadratic (hysteresis; needs velocities), or auto: by leave-one-out error")
        ->check(CLI::IsMember({"auto", "linear", "quadratic"}))
        ->capture_default_str();
    f->add_option("--tolerance", o->tolerance_mm, "Largest leave-one-out error [mm]; also of later checks")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    f->add_option("--least-range", o->least_range_mm, "The markers must move by so much [mm]")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    f->add_option("--out", o->out, "The model, JSON")->required();
    f->add_option("--report", o->report, "Quality of the fit, HTML");
    f->footer(
        "Ends with 1, and writes nothing, where the pairs are too few or contradict each other.\n\n"
        "Example:\n  foretide correspondence fit --pairs phases.csv --cycle 4.1 --out model.json --report fit.html");
    f->callback([o] { fit(*o); });
    CLI::App* k = c->add_subcommand("check", "Check a model against pairs it was not fitted to");
    k->add_option("--model", o->model, "What fit wrote")->required();
    add_pairs(*k, o);
    k->add_option("--confidence", o->confidence, "Of the intervals that are judged")
        ->check(CLI::Range(0.01, 0.999))
        ->capture_default_str();
    k->footer(
        "Ends with 1 where the model is no longer valid.\n\n"
        "Example:\n  foretide correspondence check --model model.json --pairs today.csv");
    k->callback([o] { check(*o); });
}

}  // namespace foretide::apps
