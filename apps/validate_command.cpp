// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "apps/column_table.h"
#include "apps/commands.h"
#include "apps/gate_options.h"
#include "apps/output_file.h"
#include "apps/parameter_options.h"
#include "apps/progress_bar.h"
#include "validation/replay_json.h"
#include "validation/study/sequences.h"
#include "validation/study/study.h"
#include "validation/study/study_report.h"
#include "validation/study/study_tables.h"
#include "validation/text.h"

namespace foretide::apps {

namespace {

namespace fs = std::filesystem;

struct Options {
    std::string data, protocol = "live", against, horizons, grid = "quick", out, json;
    std::vector<std::string> sequences, algorithms{"all"};
    double rate_hz = 10, train_end_s = 30, eval_start_s = 60;
    std::optional<double> eval_end_s;
    std::uint64_t seed = 1;
    int runs = 1, select_runs = 0, jobs = 0;
    bool resume = false;
    GateOptions gate;
};

fs::path default_data()
{
    const char* const shared = std::getenv("FORETIDE_SHARED");
    const fs::path root =
        shared != nullptr && *shared != '\0' ? fs::path(shared) : fs::path(FORETIDE_SOURCE_DIR) / ".." / "shared";
    return (root / "data" / "extmarker").lexically_normal();
}

std::vector<std::string> split(const std::string& text, char separator)
{
    std::vector<std::string> parts{""};
    for (const char c : text) {
        if (c == separator)
            parts.emplace_back();
        else
            parts.back() += c;
    }
    return parts;
}

double number(const std::string& text)
{
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
        throw UsageError("--horizons: '" + text + "' is not a number; write 0.5,1.0 or 0.1:2.1:0.1");
    return value;
}

/// "0.5,1.0" and "0.1:2.1:0.1" (from, to, step), also mixed; rising.
std::vector<double> parse_horizons(const std::string& text)
{
    std::vector<double> horizons;
    for (const std::string& item : split(text, ',')) {
        const std::vector<std::string> range = split(item, ':');
        if (range.size() == 1) {
            horizons.push_back(number(item));
            continue;
        }
        const double from = number(range[0]), to = number(range.at(1)), step = range.size() == 3 ? number(range[2]) : 0;
        constexpr double most = 1000;
        if (!(step > 0 && to >= from && (to - from) / step < most))
            throw UsageError("--horizons: '" + item + "': write FROM:TO:STEP with FROM <= TO and STEP > 0");
        for (int k = 0; from + k * step <= to + 1e-9; ++k)
            horizons.push_back(std::round((from + k * step) * 1e9) / 1e9);
    }
    std::ranges::sort(horizons);
    return horizons;
}

validation::StudyAlgorithm parse_algorithm(const std::string& text)
{
    std::vector<std::string> parts = split(text, ':');
    const std::string name = parts.front();
    parts.erase(parts.begin());
    return {text, name, parse_parameters(parts)};
}

/// Every algorithm of this build that one of the protocols has.
std::vector<validation::StudyAlgorithm> all_algorithms(const std::vector<rnn::Protocol>& protocols, double rate_hz)
{
    std::vector<validation::StudyAlgorithm> algorithms;
    for (const rnn::Protocol protocol : protocols)
        for (const rnn::AlgorithmInfo& info : rnn::algorithms(protocol, rate_hz)) {
            const bool known = std::ranges::any_of(
                algorithms, [&info](const validation::StudyAlgorithm& other) { return other.name == info.name; });
            if (info.available && !known) algorithms.push_back({info.name, info.name, {}});
        }
    return algorithms;
}

validation::StudyOptions study_options(const Options& o)
{
    validation::StudyOptions study;
    study.data = o.data.empty() ? default_data() : fs::path(o.data);
    study.sequences = o.sequences;
    study.rate_hz = o.rate_hz;
    study.protocols.clear();
    if (o.protocol != "live") study.protocols.push_back(rnn::Protocol::published);
    if (o.protocol != "published") study.protocols.push_back(rnn::Protocol::live);
    if (o.algorithms == std::vector<std::string>{"all"})
        study.algorithms = all_algorithms(study.protocols, o.rate_hz);
    else
        for (const std::string& text : o.algorithms) study.algorithms.push_back(parse_algorithm(text));
    if (!o.against.empty()) {
        const auto found = std::ranges::find(study.algorithms, o.against, &validation::StudyAlgorithm::label);
        if (found == study.algorithms.end())
            throw UsageError("--against: '" + o.against + "' is not among --algorithms, written as there");
        study.against = static_cast<std::size_t>(found - study.algorithms.begin());
    }
    // The horizons of the papers: whole samples at their rates.
    constexpr double slow_hz = 9;
    study.horizons_s = parse_horizons(!o.horizons.empty()   ? o.horizons
                                      : o.rate_hz < slow_hz ? "0.3:2.1:0.3"
                                                            : "0.1:2.1:0.1");
    study.grid = o.grid == "paper"   ? validation::GridKind::paper
                 : o.grid == "quick" ? validation::GridKind::quick
                                     : validation::GridKind::none;
    study.seed = o.seed;
    study.runs = o.runs;
    study.select_runs = o.select_runs;
    study.train_end_s = o.train_end_s;
    study.eval_start_s = o.eval_start_s;
    study.eval_end_s = o.eval_end_s;
    study.gate = o.gate.request();
    return study;
}

std::string shell_word(const std::string& text)
{
    if (text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./@") ==
        std::string::npos)
        return text;
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
    return out + "'";
}

/// The command that finds the same again.
std::string command_text(const Options& o, const validation::StudyOptions& study)
{
    std::string algorithms, horizons, sequences;
    for (const auto& algorithm : study.algorithms) algorithms += (algorithms.empty() ? "" : ",") + algorithm.label;
    for (const double h : study.horizons_s) horizons += (horizons.empty() ? "" : ",") + validation::shortest(h);
    for (const std::string& name : study.sequences) sequences += (sequences.empty() ? "" : ",") + name;
    std::string text = "foretide validate --data " + shell_word(study.data.string()) + " --protocol " + o.protocol +
                       " --rate " + validation::shortest(study.rate_hz) + " --algorithms " + shell_word(algorithms) +
                       " --horizons " + shell_word(o.horizons.empty() ? horizons : o.horizons) + " --grid " + o.grid +
                       " --runs " + std::to_string(study.runs) + " --seed " + std::to_string(study.seed);
    if (study.against) text += " --against " + shell_word(o.against);
    if (study.select_runs > 0) text += " --select-runs " + std::to_string(study.select_runs);
    if (!sequences.empty()) text += " --sequences " + shell_word(sequences);
    if (study.train_end_s != 30) text += " --train-end " + validation::shortest(study.train_end_s);
    if (study.eval_start_s != 60) text += " --eval-start " + validation::shortest(study.eval_start_s);
    if (study.eval_end_s) text += " --eval-end " + validation::shortest(*study.eval_end_s);
    if (study.gate) {
        text += " --gate " + shell_word(study.gate->window) + " --gate-axis " + shell_word(study.gate->axis);
        if (study.gate->confidence > 0) text += " --gate-confidence " + validation::shortest(study.gate->confidence);
        const core::GateRule& rule = study.gate->rule;
        if (rule.kind != core::GateKind::amplitude) text += std::string(" --gate-kind ") + core::to_string(rule.kind);
        if (rule.margin_lower_mm > 0 || rule.margin_upper_mm > 0)
            text += " --gate-margin " + validation::shortest(rule.margin_lower_mm) + "," +
                    validation::shortest(rule.margin_upper_mm);
        if (rule.kind == core::GateKind::phase)
            text += " --gate-phase " + validation::shortest(rule.phase.from_percent) + "," +
                    validation::shortest(rule.phase.to_percent) + " --inhale " +
                    core::to_string(study.gate->breath.inhale);
        if (rule.kind == core::GateKind::breath_hold)
            text += " --hold-settle " + validation::shortest(study.gate->breath.hold.settle_s) + " --hold-longest " +
                    validation::shortest(study.gate->breath.hold.longest_s);
        if (study.gate->min_on_s > 0) text += " --min-on " + validation::shortest(study.gate->min_on_s);
        if (study.gate->min_off_s > 0) text += " --min-off " + validation::shortest(study.gate->min_off_s);
        if (study.gate->t_on_s) text += " --t-on " + validation::shortest(*study.gate->t_on_s);
        if (study.gate->t_off_s) text += " --t-off " + validation::shortest(*study.gate->t_off_s);
    }
    return text + " --out " + shell_word(o.out);
}

void print_means(std::ostream& out, const validation::StudyResult& result)
{
    std::vector<std::string> header{"algorithm", "protocol", "nRMSE",     "RMSE mm",
                                    "MAE mm",    "max mm",   "jitter mm", "vs last"};
    const auto& against = result.options.against;
    if (against) header.push_back("nRMSE less " + result.options.algorithms[*against].label + "'s");
    ColumnTable table(header);
    for (std::size_t p = 0; p < result.options.protocols.size(); ++p)
        for (std::size_t a = 0; a < result.options.algorithms.size(); ++a) {
            const auto text = [](const validation::StudyMean& mean, int decimals) {
                return validation::fixed(mean.mean, decimals) +
                       (mean.half_width > 0 ? " ± " + validation::fixed(mean.half_width, decimals) : "");
            };
            const auto cell = [&](const char* key, int decimals) {
                return text(
                    study_mean(result, key,
                               [p, a](const validation::StudyCell& c) { return c.protocol == p && c.algorithm == a; }),
                    decimals);
            };
            const bool ran = std::ranges::any_of(
                result.cells, [p, a](const validation::StudyCell& c) { return c.protocol == p && c.algorithm == a; });
            if (!ran) continue;
            std::vector<std::string> row{result.options.algorithms[a].label,
                                         validation::protocol_name(result.options.protocols[p]),
                                         cell("nrmse", 4),
                                         cell("rmse_mm", 3),
                                         cell("mae_mm", 3),
                                         cell("max_mm", 2),
                                         cell("jitter_mm", 3),
                                         cell("rel_rmse", 3)};
            if (against) row.push_back(a == *against ? "" : text(study_difference(result, "nrmse", p, a, *against), 4));
            table.add(std::move(row));
        }
    table.print(out);
    out << "\nMeans over " << result.sequences.size() << " sequences and " << result.options.horizons_s.size()
        << " horizons" << (result.options.runs > 1 ? ", ± the half-width of the 95 % interval over seeds" : "") << "; "
        << validation::fixed(result.wall_s, 0) << " s with " << result.jobs << " at a time.\n";
}

void run(const Options& o)
{
    const validation::StudyOptions study = study_options(o);
    const std::string command = command_text(o, study);
    const fs::path folder = o.out;
    validation::StudyConduct conduct{folder / "work.journal", o.resume, o.jobs, {}};
    if (conduct.jobs == 0) conduct.jobs = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));

    validation::StudyResult result;
    {
        ProgressBar bar("foretide validate");
        conduct.progress = [&bar](double share) { bar.update(share); };
        result = run_study(study, conduct);
    }
    const auto settings = study_settings(result);
    const auto tables = validation::tables_json(result, settings);
    const auto json = [&tables](std::ostream& out) { validation::write_json(out, tables); };
    write_file(folder / "tables.json", json);
    write_file(folder / "tables.csv", [&](std::ostream& out) { validation::write_tables_csv(out, tables); });
    write_file(folder / "run.json",
               [&](std::ostream& out) { validation::write_json(out, validation::run_json(result, command)); });
    write_file(folder / "report.html",
               [&](std::ostream& out) { validation::write_study_report(out, result, tables, command); });
    if (o.json == "-") {
        json(std::cout);
    } else {
        if (!o.json.empty()) write_file(o.json, json);
        print_means(std::cout, result);
        std::cout << "\nReport: " << (folder / "report.html").string() << "\n";
    }
    if (result.failures.empty()) return;
    for (const validation::StudyFailure& failure : result.failures)
        std::cerr << "foretide: " << study.algorithms[failure.algorithm].label << " failed on "
                  << result.sequences[failure.sequence].name << " ("
                  << validation::protocol_name(study.protocols[failure.protocol]) << " protocol): " << failure.what
                  << "\n";
    throw std::runtime_error(std::to_string(result.failures.size()) + " parts of the study failed; the rest is in " +
                             folder.string());
}

}  // namespace

void add_validate_command(CLI::App& app)
{
    const auto o = std::make_shared<Options>();
    CLI::App* c = app.add_subcommand("validate", "Score algorithms on all sequences of a data set: the tables");
    c->add_option("--data", o->data,
                  "Folder that holds 10Hz/seq*.csv and so on; data/extmarker of FORETIDE_SHARED if not given");
    c->add_option("--sequences", o->sequences, "Some of them, like seq1 or 1; all if not given")->delimiter(',');
    c->add_option("--rate", o->rate_hz, "Which of the data's rates [Hz]: 10, 3.33, 30")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    c->add_option("--protocol", o->protocol,
                  "live: causal. published: targets revealed at once, as in the papers. both: side by side")
        ->check(CLI::IsMember({"live", "published", "both"}))
        ->capture_default_str();
    c->add_option("--algorithms", o->algorithms,
                  "Of `foretide algorithms`, with parameters where wanted: snap1,uoro:order=reference; or all")
        ->delimiter(',')
        ->capture_default_str();
    c->add_option("--against", o->against,
                  "One of them: the tables state the others' nRMSE less its own, seed by seed with a 95 % interval");
    c->add_option("--horizons", o->horizons,
                  "Forecast horizons [s]: 0.5,1.0 or FROM:TO:STEP; those of the papers if not given");
    c->add_option("--grid", o->grid,
                  "Hyper-parameters chosen between train-end and eval-start: paper (the published grids), quick (some "
                  "values of them), none (defaults)")
        ->check(CLI::IsMember({"paper", "quick", "none"}))
        ->capture_default_str();
    c->add_option("--runs", o->runs, "Seeds; means with 95 % half-widths")
        ->check(CLI::Range(1, 100000))
        ->capture_default_str();
    c->add_option("--select-runs", o->select_runs,
                  "Seeds for choosing hyper-parameters; 0: as many as --runs, with --grid paper at least 10")
        ->check(CLI::Range(0, 100000))
        ->capture_default_str();
    c->add_option("--seed", o->seed, "The first of them")->check(CLI::NonNegativeNumber)->capture_default_str();
    c->add_option("--train-end", o->train_end_s, "Standardisation freezes here [s]")->capture_default_str();
    c->add_option("--eval-start", o->eval_start_s, "Targets from here on are the test [s]")->capture_default_str();
    c->add_option("--eval-end", o->eval_end_s, "… up to here [s]; the end if not given");
    o->gate.add_to(*c);
    c->add_option("--jobs", o->jobs, "Units of work at a time; 0: as many as there are cores")
        ->check(CLI::Range(0, 1024))
        ->capture_default_str();
    c->add_flag("--resume", o->resume, "Go on with the study in OUT where it was stopped");
    c->add_option("--out", o->out, "Folder for tables.json, tables.csv, report.html, run.json and work.journal")
        ->required();
    c->add_option("--json", o->json, "tables.json once more; - is standard output, and then nothing else is printed");
    c->footer(
        "The tables depend on the options and the data alone, not on --jobs or on having been stopped and resumed.\n\n"
        "Examples:\n"
        "  foretide validate --algorithms lms,snap1,rls,foretide --rate 10 --grid none --out out/live\n"
        "  foretide validate --protocol both --algorithms rtrl,uoro,snap1,dni,lms --horizons 0.1,0.5,1.0,1.5,2.1 "
        "--grid paper --runs 3 --out out/published");
    c->callback([o] { run(*o); });
}

}  // namespace foretide::apps
