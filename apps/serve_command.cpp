// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <iostream>
#include <memory>
#include <optional>

#include <nlohmann/json.hpp>

#include "apps/column_table.h"
#include "apps/commands.h"
#include "apps/engine/console_watch.h"
#include "apps/engine/engine.h"
#include "apps/engine/source_factory.h"
#include "apps/engine/summary_json.h"
#include "apps/engine/telemetry/telemetry_server.h"
#include "apps/engine/toml_section.h"
#include "apps/output_file.h"
#include "apps/parameter_options.h"
#include "apps/stop_on_signal.h"
#include "validation/text.h"

namespace foretide::apps {

namespace {

/// What the command line says; what it does not say stays as the configuration has it.
struct Options {
    std::optional<std::string> config, source, controller, algorithm, gate, gate_axis, gate_kind, linac, token, record,
        realtime, patient;
    std::optional<double> rate_hz, gate_confidence, t_on_s, t_off_s, duration_s, speed;
    std::optional<int> telemetry, markers;
    std::vector<std::string> parameters;
    std::string json;
    bool print_config = false;
};

EngineConfig configuration(const Options& o)
{
    EngineConfig c = o.config ? load_engine_config(*o.config) : EngineConfig{};
    const auto take = [](const auto& from, auto& to) {
        if (from) to = *from;
    };
    take(o.source, c.source.address);
    take(o.rate_hz, c.source.rate_hz);
    take(o.markers, c.source.markers);
    take(o.speed, c.source.speed);
    take(o.controller, c.controller);
    take(o.algorithm, c.algorithm.name);
    for (const auto& [key, value] : parse_parameters(o.parameters)) c.algorithm.parameters[key] = value;
    take(o.telemetry, c.telemetry.port);
    take(o.token, c.telemetry.token_file);
    take(o.record, c.session.file);
    take(o.patient, c.session.patient);
    take(o.duration_s, c.duration_s);
    if (o.realtime) c.realtime = parse_realtime_policy(*o.realtime);
    if (o.gate) {
        if (!c.gate) c.gate.emplace();
        c.gate->window = core::parse_window_request(*o.gate);
    }
    if (!c.gate && (o.gate_axis || o.gate_kind || o.gate_confidence || o.linac || o.t_on_s || o.t_off_s))
        throw UsageError(
            "--gate-axis, --gate-kind, --gate-confidence, --linac, --t-on and --t-off need a gate: add --gate");
    if (o.linac && (o.t_on_s || o.t_off_s)) throw UsageError("give --linac, or --t-on and --t-off");
    if (c.gate) {
        take(o.gate_axis, c.gate->axis);
        take(o.gate_confidence, c.gate->confidence);
        if (o.gate_kind) c.gate->rule.kind = core::parse_gate_kind(*o.gate_kind);
        if (o.linac || o.t_on_s || o.t_off_s) c.gate->latency.reset();
        if (o.t_on_s || o.t_off_s) c.gate->preset.clear();
        take(o.linac, c.gate->preset);
        take(o.t_on_s, c.gate->t_on_s);
        take(o.t_off_s, c.gate->t_off_s);
    }
    // Once more through the checks of the file, with the command line's values in it: what fails now came from there.
    EngineConfig checked;
    try {
        checked = parse_engine_config(to_toml(c), "");
    } catch (const ConfigError& error) {
        const std::string text = error.what();  // ":LINE: KEY = VALUE: …"
        throw UsageError(text.substr(text.find(": ") + 2));
    }
    checked.duration_s = c.duration_s;
    return checked;
}

void print(const EngineSummary& s, std::ostream& out)
{
    using validation::fixed;
    out << "Source: " << s.source_message << "\n";
    if (!s.series_began) {
        out << "No series: no frames came, or too few to know rate and markers.\n";
        return;
    }
    out << s.counts.frames << " frames of " << s.layout.markers << " markers in " << fixed(s.duration_s, 1) << " s; "
        << s.counts.forecasts << " forecasts at " << fixed(s.layout.rate_hz, 1) << " Hz, " << s.counts.fallbacks
        << " of the fallback; " << s.counts.deadline_misses << " deadline misses; learning skipped "
        << s.counts.learning_skipped << " times; " << s.counts.commands_sent << " commands sent.\n";
    ColumnTable latencies({"latency [us]", "median", "99 %", "99.9 %", "largest"});
    const auto row = [&](const char* name, const core::LatencyHistogram& h) {
        latencies.add({name, fixed(h.percentile_us(50), 0), fixed(h.percentile_us(99), 0),
                       fixed(h.percentile_us(99.9), 0), fixed(1e6 * core::to_seconds(h.max()), 0)});
    };
    row("sample to command", s.sample_to_command);
    row("exposure to command", s.exposure_to_command);
    row("whole step", s.step);
    latencies.print(out);
    ColumnTable accuracy({"horizon [s]", "RMSE [mm]", "no prediction [mm]"});
    for (std::size_t h = 0; h < s.accuracy.size(); ++h)
        if (s.accuracy[h].n > 0)
            accuracy.add(
                {fixed(s.horizons_s[h], 2), fixed(s.accuracy[h].rmse_mm, 3), fixed(s.accuracy[h].last_rmse_mm, 3)});
    accuracy.print(out);
    if (!s.recording.empty())
        out << "Recorded " << s.recorded << " records in " << s.recording << ", " << s.not_recorded << " lost"
            << (s.recording_problem.empty() ? "" : ": " + s.recording_problem) << "\n";
    for (std::size_t a = 0; a < s.alarms_raised.size(); ++a)
        if (s.alarms_raised[a] > 0)
            out << "Alarm " << alarm_info(static_cast<core::Alarm>(a)).name << ": " << s.alarms_raised[a] << " times\n";
}

void serve(const Options& o)
{
    const EngineConfig config = configuration(o);
    if (o.print_config) {
        std::cout << to_toml(config);
        return;
    }
    const bool quiet = o.json == "-";
    std::ostream& out = quiet ? std::cerr : std::cout;
    out << validation::kNotAMedicalDevice << "\n";
    if (config.gate) out << describe(config.gate->budget());
    Engine engine(config, make_source(config.source));
    std::optional<TelemetryServer> telemetry;
    if (config.telemetry.port > 0) {
        telemetry.emplace(TelemetryConfig{config.telemetry.listen, static_cast<std::uint16_t>(config.telemetry.port),
                                          config.telemetry.token_file},
                          engine.control());
        out << "Telemetry at " << config.telemetry.listen << " port " << telemetry->port() << std::endl;
    }
    EngineSummary summary;
    {
        const ConsoleWatch watch(engine.control(), std::cerr);
        const StopOnSignal stop([](void* object) noexcept { static_cast<Engine*>(object)->stop(); }, &engine);
        summary = engine.run();
    }
    telemetry.reset();
    for (const std::string& message : summary.realtime) out << message << "\n";
    print(summary, out);
    if (quiet)
        std::cout << to_json(summary).dump(2) << "\n";
    else if (!o.json.empty())
        write_file(o.json, [&](std::ostream& file) { file << to_json(summary).dump(2) << "\n"; });
}

}  // namespace

void add_serve_command(CLI::App& app)
{
    CLI::App* serve_app = app.add_subcommand("serve", "The live engine: markers in, forecasts and beam commands out");
    const auto o = std::make_shared<Options>();
    serve_app->add_option("--config", o->config, "Settings (TOML); what is given here besides goes before");
    serve_app->add_option("--source", o->source,
                          "sim[:PATIENT], replay:FILE, ndi:HOST[:PORT], ndi-serial:DEVICE[:BAUD] or igtl:HOST[:PORT]");
    serve_app->add_option("--rate", o->rate_hz, "Frames per second of the source [Hz]; 0: measured");
    serve_app->add_option("--markers", o->markers, "Markers; 0: as many as are seen");
    serve_app->add_option("--speed", o->speed, "Recordings and simulated patients: times real time");
    serve_app->add_option(
        "--controller", o->controller,
        "udp:HOST:PORT, serial:DEVICE[:BAUD], datagram:HOST:PORT (nobody answers; for measurements) or none");
    serve_app->add_option("--algorithm", o->algorithm, "Forecaster (`foretide algorithms` lists them)");
    serve_app->add_option("--param", o->parameters, "key=value, of the algorithm");
    serve_app->add_option("--gate", o->gate, "Window: lower,upper in mm, or auto:SHARE@FROM-TO");
    serve_app->add_option("--gate-axis", o->gate_axis, "m<k>.x|y|z, or pc1");
    serve_app->add_option("--gate-confidence", o->gate_confidence, "Of the range that must lie inside; 0: points");
    serve_app->add_option("--gate-kind", o->gate_kind, "amplitude, phase or breath-hold");
    serve_app->add_option("--linac", o->linac,
                          "Latencies as published, instead of --t-on and --t-off: " + core::latency_preset_names());
    serve_app->add_option("--t-on", o->t_on_s, "Beam-on latency from exposure [s]");
    serve_app->add_option("--t-off", o->t_off_s, "Beam-off latency from exposure [s]");
    serve_app->add_option("--token", o->token, "File of operators and their tokens; without it only HOLD is accepted");
    serve_app->add_option("--record", o->record, "Session file to write");
    serve_app->add_option("--patient-id", o->patient, "Pseudonym of the patient, for the record");
    serve_app->add_option("--telemetry", o->telemetry, "TCP port of the OpenIGTLink telemetry; 0: none");
    serve_app->add_option("--duration", o->duration_s, "End after so long [s]; 0: at a signal or the source's end")
        ->check(CLI::Range(0.0, 1e7));
    serve_app->add_option("--realtime", o->realtime, "auto, require or off");
    serve_app->add_option("--json", o->json, "Summary as JSON; - is standard output");
    serve_app->add_flag("--print-config", o->print_config, "Print all settings as TOML and end");
    serve_app->footer(
        "Ends at SIGINT, SIGTERM, after --duration or with the source, with a summary.\n\n"
        "Examples:\n"
        "  foretide serve --source sim:irregular --duration 60\n"
        "  foretide serve --source ndi:192.168.0.30 --gate auto:0.4@30-60 --gate-axis pc1 --record today.session "
        "--telemetry 18945\n"
        "  foretide serve --print-config > foretide.toml && foretide serve --config foretide.toml");
    serve_app->callback([o] { serve(*o); });
}

}  // namespace foretide::apps
