// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "acquisition/beam_log_csv.h"
#include "acquisition/recording_reader.h"
#include "apps/commands.h"
#include "apps/gate_qa/gate_qa.h"
#include "apps/gate_qa/virtual_gate.h"
#include "apps/output_file.h"
#include "apps/progress_bar.h"
#include "core/gate/gate_window_request.h"
#include "core/intervals/gate_bounds.h"
#include "validation/replay_json.h"
#include "validation/text.h"

namespace foretide::apps {

namespace {

struct Options {
    std::vector<std::string> runs;
    std::string window, axis = "m1.z", side = "low", tolerances, out, json;
    double expected_on_s = 0, expected_off_s = 0;
    std::optional<double> linac_on_s, linac_off_s;
    VirtualGateOptions gate;
    PhantomOptions phantom;
};

GateTestKind kind_of(const std::string& text)
{
    for (const GateTestKind kind : {GateTestKind::latency, GateTestKind::still, GateTestKind::drift})
        if (text == to_string(kind)) return kind;
    throw UsageError("--run: '" + text +
                     "' is no test; write latency, static or drift, like latency:MOTION.csv:BEAM.csv");
}

/// "KIND:MOTION:BEAM" → a run with its files read.
GateQaRun read_run(const std::string& text, const std::string& axis_name)
{
    const std::size_t first = text.find(':'), last = text.rfind(':');
    if (first == std::string::npos || first == last)
        throw UsageError("--run: write KIND:MOTION.csv:BEAM.csv, not '" + text + "'");
    GateQaRun run;
    run.kind = kind_of(text.substr(0, first));
    const std::string motion = text.substr(first + 1, last - first - 1);
    run.name = std::string(to_string(run.kind)) + " " + motion;
    const core::Recording recording = acquisition::read_recording({motion});
    std::vector<double> positions;
    for (const core::MarkerFrame& frame : recording.frames) {
        run.motion.time_s.push_back(core::to_seconds(frame.acquired));
        for (int m = 0; m < recording.markers; ++m)
            for (const double c : frame.markers[static_cast<std::size_t>(m)].position_mm) positions.push_back(c);
    }
    const core::GateAxis axis = core::gate_axis(axis_name, positions, recording.markers);
    const auto p = static_cast<std::size_t>(3 * recording.markers);
    for (std::size_t k = 0; k < recording.frames.size(); ++k)
        run.motion.coordinate_mm.push_back(axis.project(std::span(positions).subspan(k * p, p)));
    run.motion.edges = acquisition::read_beam_log(text.substr(last + 1));
    run.motion = part_of(run.motion, run.motion.time_s.front(), run.motion.time_s.back());
    return run;
}

/// Windows of tests that need one. A latency test does not.
core::GateWindow window_of(const Options& o, const std::vector<GateQaRun>& runs)
{
    if (o.window.empty()) {
        for (const GateQaRun& run : runs)
            if (run.kind != GateTestKind::latency)
                throw UsageError("--window LOWER,UPPER is needed for static and drift tests, in mm");
        return {};
    }
    const core::WindowRequest request = core::parse_window_request(o.window);
    if (!request.typed) throw UsageError("--window: write LOWER,UPPER in mm");
    return *request.typed;
}

std::vector<GateQaRun> virtual_runs(const Options& o, GateQaSettings& settings)
{
    VirtualGateOptions gate = o.gate;
    gate.linac_on_s = o.linac_on_s.value_or(gate.t_on_s);
    gate.linac_off_s = o.linac_off_s.value_or(gate.t_off_s);
    const PhantomProgramme phantom = make_phantom(o.phantom);
    settings.window = phantom.window;
    settings.subject = "virtual gate, " + gate.algorithm + ", told T_on " + validation::shortest(gate.t_on_s) +
                       " s and T_off " + validation::shortest(gate.t_off_s) + " s, linac of " +
                       validation::shortest(gate.linac_on_s) + " s and " + validation::shortest(gate.linac_off_s) +
                       " s";
    ProgressBar bar("foretide gate-qa");
    gate.progress = [&bar](double share) { bar.update(share); };
    const validation::GatedMotion motion = run_virtual_gate(phantom, gate);
    std::vector<GateQaRun> runs;
    for (const PhantomStretch& stretch : phantom.stretches) {
        const std::string name =
            std::string(to_string(stretch.kind)) +
            (stretch.period_s > 0 ? ", period " + validation::shortest(stretch.period_s) + " s" : "");
        runs.push_back({stretch.kind, name, part_of(motion, stretch.from_s, stretch.to_s)});
    }
    return runs;
}

void run(const Options& o)
{
    GateQaSettings settings;
    if (!o.tolerances.empty()) settings.tolerances = read_gate_tolerances(o.tolerances);
    settings.side = o.side == "low" ? validation::WindowSide::low : validation::WindowSide::high;
    settings.expected_on_s = o.expected_on_s;
    settings.expected_off_s = o.expected_off_s;
    std::vector<GateQaRun> runs;
    if (o.runs.empty()) {
        runs = virtual_runs(o, settings);
    } else {
        for (const std::string& text : o.runs) runs.push_back(read_run(text, o.axis));
        settings.window = window_of(o, runs);
        settings.subject = "measured beam logs (" + std::to_string(runs.size()) + " runs)";
    }
    const GateQaResult result = judge_gate(std::move(runs), settings);
    const auto json = [&](std::ostream& out) { validation::write_json(out, gate_qa_json(result, settings)); };
    if (o.json == "-")
        json(std::cout);
    else if (!o.json.empty())
        write_file(o.json, json);
    if (o.json != "-") print_gate_qa(std::cout, result);
    if (!o.out.empty()) {
        const std::filesystem::path report = std::filesystem::path(o.out) / "report.html";
        write_file(report, [&](std::ostream& out) { write_gate_qa_report(out, result, settings); });
        if (o.json != "-") std::cout << "Report: " << report.string() << "\n";
    }
    if (!result.pass) throw std::runtime_error("gate QA failed: see the checks above or in the report");
}

}  // namespace

void add_gate_qa_command(CLI::App& app)
{
    const auto o = std::make_shared<Options>();
    CLI::App* c = app.add_subcommand("gate-qa", "Test a gating system: latency, still phantom, drift");
    c->add_option("--run", o->runs,
                  "Measured: KIND:MOTION.csv:BEAM.csv, KIND latency (a sinusoid; at least three periods, one a run), "
                  "static or drift; MOTION any recording, BEAM time_s,beam on its clock. Without: a virtual phantom, "
                  "gate and linac");
    c->add_option("--window", o->window, "Measured: the gating window, LOWER,UPPER [mm]");
    c->add_option("--axis", o->axis, "Measured: gate coordinate, m<k>.x|y|z or pc1")->capture_default_str();
    c->add_option("--side", o->side, "Which extreme of the motion the window holds")
        ->check(CLI::IsMember({"low", "high"}))
        ->capture_default_str();
    c->add_option("--expect-on", o->expected_on_s, "Beam-on delay that is expected [s]; 0: a gate that predicts")
        ->capture_default_str();
    c->add_option("--expect-off", o->expected_off_s, "Beam-off delay that is expected [s]")->capture_default_str();
    c->add_option(
        "--tolerances", o->tolerances,
        "TOML: [latency] accuracy_ms, [static] noise_mm, beam_on_percent, interruptions, [drift] overshoot_mm");
    c->add_option("--algorithm", o->gate.algorithm, "Virtual: forecaster of the gate")->capture_default_str();
    c->add_option("--t-on", o->gate.t_on_s, "Virtual: beam-on latency the gate is told [s]")->capture_default_str();
    c->add_option("--t-off", o->gate.t_off_s, "Virtual: beam-off latency the gate is told [s]")->capture_default_str();
    c->add_option("--linac-on", o->linac_on_s, "Virtual: beam-on latency of the linac [s]; as told if not given");
    c->add_option("--linac-off", o->linac_off_s, "Virtual: beam-off latency of the linac [s]");
    c->add_option("--linac-jitter", o->gate.linac_jitter_s, "Virtual: standard deviation of both [s]")
        ->capture_default_str();
    c->add_option("--gate-confidence", o->gate.confidence, "Virtual: of the interval that must lie inside; 0: points")
        ->check(CLI::Range(0.0, core::kLargestGateConfidence))
        ->capture_default_str();
    c->add_option("--periods", o->phantom.periods_s, "Virtual: of the sinusoids [s]")
        ->delimiter(',')
        ->capture_default_str();
    c->add_option("--cycles", o->phantom.cycles, "Virtual: judged of each period")->capture_default_str();
    c->add_option("--noise", o->phantom.noise_mm, "Virtual: of the camera [mm]")->capture_default_str();
    c->add_option("--rate", o->phantom.rate_hz, "Virtual: of the camera [Hz]")->capture_default_str();
    c->add_option("--seed", o->phantom.seed, "Virtual: of the noise")->capture_default_str();
    c->add_option("--out", o->out, "Folder for report.html");
    c->add_option("--json", o->json, "Results; - is standard output, and then nothing else is printed");
    c->footer(
        "Latency: the published method, sinusoids of several periods; a pulse of the beam is late by (on + off)/2 in "
        "its "
        "middle, and a line of its length over the period gives off - on. Ends with 1 where a check fails.\n\n"
        "Examples:\n"
        "  foretide gate-qa --t-on 0.28 --t-off 0.13 --out out/qa\n"
        "  foretide gate-qa --expect-on 0.28 --expect-off 0.13 --run latency:p2.csv:p2_beam.csv "
        "--run latency:p4.csv:p4_beam.csv --run latency:p6.csv:p6_beam.csv --out out/linac");
    c->callback([o] { run(*o); });
}

}  // namespace foretide::apps
