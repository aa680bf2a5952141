// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <algorithm>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "acquisition/recording_reader.h"
#include "apps/commands.h"
#include "apps/gate_options.h"
#include "apps/output_file.h"
#include "apps/parameter_options.h"
#include "apps/progress_bar.h"
#include "apps/result_table.h"
#include "validation/predictions_csv.h"
#include "validation/replay.h"
#include "validation/replay_json.h"
#include "validation/report/html_report.h"

namespace foretide::apps {

namespace {

struct Options {
    std::vector<std::string> input;
    std::string format = "auto", protocol = "live";
    std::vector<std::string> algorithms{rnn::kDefaultAlgorithm};
    std::vector<double> horizons_s{0.5};
    std::vector<std::string> parameters;
    std::optional<double> rate_hz, eval_end_s;
    std::uint64_t seed = 1;
    int runs = 1;
    double train_end_s = 30, eval_start_s = 60;
    GateOptions gate;
    std::string out, json, predictions;
};

std::vector<std::string> algorithms_of(const Options& o, rnn::Protocol protocol)
{
    if (o.algorithms != std::vector<std::string>{"all"}) return o.algorithms;
    std::vector<std::string> names;
    for (const rnn::AlgorithmInfo& info : rnn::algorithms(protocol, o.rate_hz.value_or(10))) {
        if (!names.empty() && names.back() == info.name) continue;  // another variant; the first is the default
        if (info.available)
            names.push_back(info.name);
        else
            std::cerr << "foretide: " << info.name << " is left out: this build has no OpenCV\n";
    }
    if (!o.parameters.empty()) throw UsageError("--param goes with one algorithm, not with all");
    return names;
}

void write_outputs(const Options& o, const std::vector<validation::ReplayResult>& results)
{
    const auto json = [&results](std::ostream& out) { validation::write_json(out, validation::replay_json(results)); };
    if (o.json == "-")
        json(std::cout);
    else if (!o.json.empty())
        write_file(o.json, json);
    const auto predictions = [&](const std::filesystem::path& file) {
        for (const validation::ReplayResult& result : results) {
            std::filesystem::path name = file;
            if (results.size() > 1)
                name.replace_filename(file.stem().string() + "_" + result.algorithm + file.extension().string());
            write_file(name, [&](std::ostream& out) { validation::write_predictions_csv(out, result); });
        }
    };
    if (!o.predictions.empty()) predictions(o.predictions);
    if (o.out.empty()) return;
    const std::filesystem::path folder = o.out;
    write_file(folder / "metrics.json", json);
    predictions(folder / "predictions.csv");
    write_file(folder / "traces.svg", [&](std::ostream& out) { validation::write_trace_svg(out, results); });
    write_file(folder / "report.html", [&](std::ostream& out) { validation::write_html_report(out, results); });
    if (o.json != "-") std::cout << "\nReport: " << (folder / "report.html").string() << "\n";
}

void run(const Options& o)
{
    const std::optional<validation::GateRequest> gate = o.gate.request();
    acquisition::ReaderOptions reader;
    reader.format = acquisition::parse_format(o.format);
    const core::Recording recording = acquisition::read_recording({o.input.begin(), o.input.end()}, reader);

    validation::ReplayOptions replay;
    replay.algorithm.protocol = o.protocol == "live" ? rnn::Protocol::live : rnn::Protocol::published;
    replay.algorithm.parameters = parse_parameters(o.parameters);
    replay.algorithm.seed = o.seed;
    replay.horizons_s = o.horizons_s;
    replay.rate_hz = o.rate_hz;
    replay.runs = o.runs;
    replay.train_end_s = o.train_end_s;
    replay.eval_start_s = o.eval_start_s;
    replay.eval_end_s = o.eval_end_s;
    replay.gate = gate;

    std::vector<validation::ReplayResult> results;
    const std::vector<std::string> names = algorithms_of(o, replay.algorithm.protocol);
    for (std::size_t a = 0; a < names.size(); ++a) {
        replay.algorithm.name = names[a];
        ProgressBar progress(names[a]);
        replay.progress = [&progress](double share) { progress.update(share); };
        results.push_back(validation::replay(recording, replay));
    }
    if (o.json != "-") print_results(std::cout, results);
    write_outputs(o, results);
}

}  // namespace

void add_replay_command(CLI::App& app)
{
    const auto o = std::make_shared<Options>();
    CLI::App* c = app.add_subcommand("replay", "Run a recorded session through a forecaster and score it");
    c->add_option("--input", o->input, "Session file; for ExtMarker a folder or the files of one session")->required();
    c->add_option("--format", o->format, "auto, csv, extmarker, vxp, dat, ndi or session")->capture_default_str();
    c->add_option("--rate", o->rate_hz, "Working rate [Hz]; the recording's own if not given");
    c->add_option("--algorithm", o->algorithms, "One or several of `foretide algorithms`, or all")
        ->delimiter(',')
        ->capture_default_str();
    c->add_option("--horizon", o->horizons_s, "Forecast horizons [s]")->delimiter(',')->capture_default_str();
    c->add_option("--protocol", o->protocol,
                  "live: causal, as in the engine. published: targets revealed at once, as in the papers")
        ->check(CLI::IsMember({"live", "published"}))
        ->capture_default_str();
    c->add_option("--param", o->parameters, "key=value, as often as needed; `foretide algorithms` lists them")
        ->allow_extra_args(false);
    c->add_option("--seed", o->seed, "Seed of the first run")->check(CLI::NonNegativeNumber)->capture_default_str();
    c->add_option("--runs", o->runs, "Runs with the seeds SEED, SEED+1 …; means with 95 % half-widths")
        ->check(CLI::Range(1, 100000))
        ->capture_default_str();
    c->add_option("--train-end", o->train_end_s, "Standardisation freezes here [s]")->capture_default_str();
    c->add_option("--eval-start", o->eval_start_s, "Targets from here on are scored [s]")->capture_default_str();
    c->add_option("--eval-end", o->eval_end_s, "… up to here [s]; the end if not given");
    o->gate.add_to(*c);
    c->add_option("--out", o->out, "Folder for report.html, traces.svg, metrics.json and predictions.csv");
    c->add_option("--json", o->json, "Result as JSON; - is standard output, and then nothing else is printed there");
    c->add_option("--predictions", o->predictions, "All forecasts as CSV");
    c->footer(
        "Examples:\n"
        "  foretide replay --input session.csv --horizon 0.1,0.5,1.0,2.0 --out out\n"
        "  foretide replay --input LAC.csv UAC.csv UCC.csv --algorithm all --gate auto:0.4@30-60 --gate-axis pc1\n"
        "  foretide replay --input seq1.csv --protocol published --algorithm uoro --param order=reference --runs 4 "
        "--json -");
    c->callback([o] { run(*o); });
}

}  // namespace foretide::apps
