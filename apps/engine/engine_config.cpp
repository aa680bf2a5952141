// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/engine_config.h"

#include <array>
#include <cmath>
#include <fstream>
#include <sstream>

#include "apps/engine/gate_config.h"
#include "apps/engine/toml_section.h"

namespace foretide::apps {

namespace {

constexpr std::array kPolicies{"auto", "require", "off"};
constexpr std::uintmax_t kLargestFile = 1 << 20;

void read_source(const toml::table& root, const std::string& file, SourceConfig& c)
{
    TomlSection s(root, "source", file);
    s.text("address", c.address);
    s.integer("markers", c.markers, 0, core::kMaxMarkers);
    s.number("rate_hz", c.rate_hz, 0, 120, "Hz (0: measured)");
    s.number("latency_ms", c.latency_ms, -1, 1000, "ms (-1: the source's own)");
    s.number("speed", c.speed, 0.01, 1000, "times real time");
    s.number("marker_reach_mm", c.marker_reach_mm, 1, 500, "mm");
    s.texts("names", c.names);
    int seed = static_cast<int>(c.seed);
    s.integer("seed", seed, 0, 2147483647);
    c.seed = static_cast<std::uint64_t>(seed);
    s.finish();
}

void read_forecast(const toml::table& root, const std::string& file, EngineConfig& c)
{
    TomlSection s(root, "forecast", file);
    s.text("algorithm", c.algorithm.name);
    int seed = static_cast<int>(c.algorithm.seed);
    s.integer("seed", seed, 0, 2147483647);
    c.algorithm.seed = static_cast<std::uint64_t>(seed);
    std::vector<std::pair<std::string, std::string>> parameters;
    s.parameters("parameters", parameters);
    for (auto& [key, value] : parameters) c.algorithm.parameters[key] = value;
    s.text("fallback", c.fallback);
    s.number("deadline_ms", c.forecast_deadline_ms, 0.1, 100, "ms");
    s.number("step_deadline_share", c.step_deadline_share, 0.05, 1, "of the sample period");
    s.number("warm_up_s", c.warm_up_s, 5, 600, "s");
    s.number("display_until_s", c.display_until_s, 0.1, 10, "s");
    s.number("max_bridged_gap_s", c.max_bridged_gap_s, 0, 5, "s");
    const auto check = [&](const char* key, const std::string& name, const rnn::Parameters& given) {
        try {
            rnn::resolve_parameters(name, given, rnn::Protocol::live, 10);
        } catch (const std::invalid_argument& error) {
            s.fail(key, error.what());
        }
        for (const rnn::AlgorithmInfo& info : rnn::algorithms(rnn::Protocol::live, 10))
            if (info.name == name && !info.real_time) s.fail(key, "is not for real time: use it in `foretide replay`");
    };
    check("algorithm", c.algorithm.name, c.algorithm.parameters);
    if (!c.fallback.empty()) check("fallback", c.fallback, {});
    s.finish();
}

void read_session(const toml::table& root, const std::string& file, SessionSettings& c)
{
    TomlSection s(root, "session", file);
    s.text("patient", c.patient);
    s.text("patient_identity", c.patient_identity);
    s.text("operator", c.operator_name);
    s.text("site", c.site);
    s.text("file", c.file);
    s.finish();
}

void read_telemetry(const toml::table& root, const std::string& file, TelemetrySettings& c)
{
    TomlSection s(root, "telemetry", file);
    s.integer("port", c.port, 0, 65535);
    s.text("listen", c.listen);
    s.text("token_file", c.token_file);
    s.number("station_timeout_s", c.station_timeout_s, 0.5, 3600, "s");
    s.finish();
}

void read_rest(const toml::table& root, const std::string& file, EngineConfig& c)
{
    TomlSection controller(root, "controller", file);
    controller.text("address", c.controller);
    controller.finish();

    TomlSection realtime(root, "realtime", file);
    std::string policy = to_string(c.realtime);
    realtime.choice("policy", policy, {kPolicies.begin(), kPolicies.end()});
    c.realtime = parse_realtime_policy(policy);
    realtime.integer("cpu", c.cpu, -1, 1023);
    realtime.finish();

    TomlSection calibration(root, "calibration", file);
    std::vector<double> rotation, translation_mm;
    calibration.numbers("rotation", rotation, 9);
    calibration.numbers("translation_mm", translation_mm, 3);
    calibration.finish();
    if (rotation.empty() && translation_mm.empty()) return;
    if (rotation.empty() || translation_mm.empty())
        calibration.fail(rotation.empty() ? "rotation" : "translation_mm", "is missing: both or neither are needed");
    try {
        c.room_from_tracker.emplace(
            Eigen::Matrix3d(Eigen::Map<const Eigen::Matrix<double, 3, 3, Eigen::RowMajor>>(rotation.data())),
            Eigen::Vector3d(Eigen::Map<const Eigen::Vector3d>(translation_mm.data())));
    } catch (const std::invalid_argument& error) {
        calibration.fail("rotation", error.what());
    }
}

EngineConfig from_table(const toml::table& root, const std::string& file)
{
    EngineConfig c;
    constexpr std::array sections{"source",    "forecast",   "gate",     "session",
                                  "telemetry", "controller", "realtime", "calibration"};
    for (const auto& [name, node] : root)
        if (std::ranges::find(sections, name.str()) == sections.end())
            throw ConfigError(file + ":" + std::to_string(node.source().begin.line) + ": there is no section or key '" +
                              std::string(name.str()) +
                              "'; sections are source, forecast, gate, session, telemetry, controller, realtime and "
                              "calibration");
    read_source(root, file, c.source);
    read_forecast(root, file, c);
    c.gate = read_gate(root, file);
    read_session(root, file, c.session);
    read_telemetry(root, file, c.telemetry);
    read_rest(root, file, c);
    return c;
}

}  // namespace

RealtimePolicy parse_realtime_policy(const std::string& name)
{
    for (std::size_t k = 0; k < kPolicies.size(); ++k)
        if (name == kPolicies[k]) return static_cast<RealtimePolicy>(k);
    throw std::invalid_argument("real-time policy '" + name + "': use auto, require or off");
}

const char* to_string(RealtimePolicy policy) noexcept { return kPolicies[static_cast<std::size_t>(policy)]; }

StepEngineConfig EngineConfig::step_engine(int markers, double source_rate_hz, bool anonymous) const
{
    StepEngineConfig out;
    out.markers = markers;
    out.source_rate_hz = source_rate_hz;
    out.anonymous = anonymous;
    out.marker_reach_mm = source.marker_reach_mm;
    out.warm_up = core::from_seconds(warm_up_s);
    out.max_bridged_gap = core::from_seconds(max_bridged_gap_s);
    out.main = algorithm;
    out.fallback.name = fallback;
    out.fallback.seed = algorithm.seed;
    out.display_until_s = display_until_s;
    out.room_from_tracker = room_from_tracker;
    if (gate) {
        core::GateMonitorConfig monitor;
        monitor.axis = gate->axis;
        monitor.window = gate->window.typed;
        monitor.auto_share = gate->window.share;
        monitor.auto_from_s = gate->window.from_s;
        monitor.auto_to_s = gate->window.to_s;
        monitor.learn_holds = gate->window.holds;
        monitor.learn_half_width_mm = gate->window.half_width_mm;
        monitor.rule = gate->rule;
        monitor.breath.inhale = gate->inhale;
        monitor.breath.hold = gate->breath_hold;
        monitor.learn_axis_until_s = warm_up_s;
        monitor.t_on_s = gate->t_on_s;
        monitor.t_off_s = gate->t_off_s;
        monitor.confidence = gate->confidence;
        out.gate = monitor;
        out.beam.dwell = core::from_seconds(gate->dwell_s);
        out.beam.min_on = core::from_seconds(gate->min_on_s);
        out.beam.min_off = core::from_seconds(gate->min_off_s);
        out.hold_on_fallback = gate->hold_on_fallback;
    }
    return out;
}

EngineConfig parse_engine_config(const std::string& text, const std::string& name)
{
    try {
        return from_table(toml::parse(text), name);
    } catch (const toml::parse_error& error) {
        throw ConfigError(name + ":" + std::to_string(error.source().begin.line) +
                          ": not TOML: " + std::string(error.description()));
    }
}

EngineConfig load_engine_config(const std::filesystem::path& file)
{
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (error) throw ConfigError(file.string() + ": cannot be read: " + error.message());
    if (size > kLargestFile) throw ConfigError(file.string() + ": larger than 1 MiB: not a configuration");
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in) throw ConfigError(file.string() + ": cannot be read");
    return parse_engine_config(text.str(), file.string());
}

std::string to_toml(const EngineConfig& c)
{
    toml::table source{{"address", c.source.address},
                       {"markers", c.source.markers},
                       {"rate_hz", c.source.rate_hz},
                       {"latency_ms", c.source.latency_ms},
                       {"speed", c.source.speed},
                       {"marker_reach_mm", c.source.marker_reach_mm},
                       {"seed", static_cast<std::int64_t>(c.source.seed)}};
    toml::array names;
    for (const std::string& name : c.source.names) names.push_back(name);
    source.insert("names", names);

    toml::table parameters;
    for (const auto& [key, value] : c.algorithm.parameters) parameters.insert(key, value);
    toml::table forecast{{"algorithm", c.algorithm.name},
                         {"seed", static_cast<std::int64_t>(c.algorithm.seed)},
                         {"parameters", parameters},
                         {"fallback", c.fallback},
                         {"deadline_ms", c.forecast_deadline_ms},
                         {"step_deadline_share", c.step_deadline_share},
                         {"warm_up_s", c.warm_up_s},
                         {"display_until_s", c.display_until_s},
                         {"max_bridged_gap_s", c.max_bridged_gap_s}};
    toml::table root{{"source", source},
                     {"forecast", forecast},
                     {"session", toml::table{{"patient", c.session.patient},
                                             {"patient_identity", c.session.patient_identity},
                                             {"operator", c.session.operator_name},
                                             {"site", c.session.site},
                                             {"file", c.session.file}}},
                     {"telemetry", toml::table{{"port", c.telemetry.port},
                                               {"listen", c.telemetry.listen},
                                               {"token_file", c.telemetry.token_file},
                                               {"station_timeout_s", c.telemetry.station_timeout_s}}},
                     {"controller", toml::table{{"address", c.controller}}},
                     {"realtime", toml::table{{"policy", to_string(c.realtime)}, {"cpu", c.cpu}}}};
    if (c.gate) root.insert("gate", gate_to_toml(*c.gate));
    if (c.room_from_tracker) {
        toml::array rotation, translation;
        for (int row = 0; row < 3; ++row) {
            for (int column = 0; column < 3; ++column) rotation.push_back(c.room_from_tracker->rotation()(row, column));
            translation.push_back(c.room_from_tracker->translation_mm()(row));
        }
        root.insert("calibration", toml::table{{"rotation", rotation}, {"translation_mm", translation}});
    }
    std::ostringstream out;
    out << root << "\n";
    return out.str();
}

}  // namespace foretide::apps
