// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/telemetry/snapshot_json.h"

#include <algorithm>
#include <cmath>
#include <span>

#include <nlohmann/json.hpp>

#include "acquisition/igtl/message_writer.h"
#include "apps/engine/summary_json.h"

namespace foretide::apps {

namespace {

using Json = nlohmann::ordered_json;

constexpr double kFarthest_mm = 1e6;
constexpr std::size_t kBytesAValue = 14;    ///< at most, of a rounded position with its comma and share of brackets
constexpr std::size_t kBytesAHorizon = 25;  ///< at most, of any number with its comma

/// Micrometres are enough to look at; what is farther away than a kilometre is not known.
double rounded_mm(double value) noexcept
{
    return std::abs(value) <= kFarthest_mm ? std::round(1e3 * value) / 1e3 : core::kNaN;
}

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

template <class Values>
Json rounded_mm(const Values& values)
{
    Json list = Json::array();
    for (const auto value : values) list.push_back(rounded_mm(static_cast<double>(value)));
    return list;
}

Json range_mm(double lower, double upper) { return Json::array({rounded_mm(lower), rounded_mm(upper)}); }

Json clock_json(const EngineDescription& description, core::TimePoint time)
{
    return {{"engine_s", core::to_seconds(time)}, {"unix_s", core::to_seconds(time_of_day(description, time))}};
}

const char* name_of(acquisition::SourceState state) noexcept
{
    switch (state) {
    case acquisition::SourceState::connecting:
        return "connecting";
    case acquisition::SourceState::streaming:
        return "streaming";
    case acquisition::SourceState::ended:
        return "ended";
    }
    return "";
}

Json latency_json(const LatencySummary& l)
{
    return {{"p50", l.p50}, {"p99", l.p99}, {"p999", l.p999}, {"max", l.max}, {"count", l.count}};
}

Json alarms_json(core::AlarmBoard& board, const EngineDescription& description)
{
    Json list = Json::array();
    for (int a = 0; a < core::kAlarms; ++a) {
        const auto alarm = static_cast<core::Alarm>(a);
        const core::AlarmStatus status = board.status(alarm);
        if (!status.shown) continue;
        const core::AlarmInfo& info = core::alarm_info(alarm);
        list.push_back({{"name", info.name},
                        {"priority", core::to_string(info.priority)},
                        {"text", info.text},
                        {"active", status.active},
                        {"acknowledged", status.acknowledged},
                        {"latched", info.latched},
                        {"raised", status.raised},
                        {"last_raised_unix_s", core::to_seconds(time_of_day(description, status.last_raised))}});
    }
    return list;
}

Json counts_json(const EngineCounts& c)
{
    return {{"frames", c.frames},
            {"samples", c.samples},
            {"forecasts", c.forecasts},
            {"fallbacks", c.fallbacks},
            {"deadline_misses", c.deadline_misses},
            {"step_deadline_misses", c.step_deadline_misses},
            {"learning_skipped", c.learning_skipped},
            {"commands_sent", c.commands_sent},
            {"records_dropped", c.records_dropped}};
}

Json source_json(const EngineSnapshot& s, EngineControl& engine)
{
    const acquisition::SourceCounts& c = s.source_counts;
    return {{"state", name_of(s.source_state)},
            {"message", engine.source_message()},
            {"rate_hz", s.frame_rate_hz},
            {"frames", c.frames},
            {"bad_checksums", c.bad_checksums},
            {"malformed", c.malformed},
            {"missed_replies", c.missed_replies},
            {"connections", c.connections},
            {"phantoms", c.phantoms},
            {"surplus_markers", c.surplus_markers}};
}

Json gate_json(const EngineSnapshot& s)
{
    const core::BreathReading& b = s.sample.breath;
    return {{"window_mm", range_mm(s.gate_lower_mm, s.gate_upper_mm)},
            {"coordinate_mm", rounded_mm(s.sample.gate_coordinate_mm)},
            {"forecast_on_mm", range_mm(s.sample.gate_on_lower_mm, s.sample.gate_on_upper_mm)},
            {"forecast_off_mm", range_mm(s.sample.gate_off_lower_mm, s.sample.gate_off_upper_mm)},
            {"phase_percent", rounded_mm(b.phase_percent)},
            {"phase_on_percent", range_mm(b.phase_on_lower_percent, b.phase_on_upper_percent)},
            {"phase_off_percent", range_mm(b.phase_off_lower_percent, b.phase_off_upper_percent)},
            {"baseline_mm", rounded_mm(b.baseline_mm)},
            {"drift_mm", rounded_mm(b.drift_mm)},
            {"hold_stage", core::to_string(b.hold)},
            {"held_s", rounded_mm(b.held_s)},
            {"holds", b.holds}};
}

}  // namespace

core::Duration time_of_day(const EngineDescription& description, core::TimePoint time) noexcept
{
    return core::Duration{description.session.started_unix_ns} + (time - description.session.started);
}

std::string session_json(const EngineDescription& description)
{
    const core::SessionHeader& h = description.session;
    Json alarms = Json::array();
    for (int a = 0; a < core::kAlarms; ++a) {
        const core::AlarmInfo& info = core::alarm_info(static_cast<core::Alarm>(a));
        alarms.push_back({{"name", info.name}, {"priority", core::to_string(info.priority)}, {"text", info.text}});
    }
    Json json{{"type", "session"},
              {"format", 1},
              {"session_id", h.session_id},
              {"patient", h.patient_pseudonym},
              {"operator", h.operator_name},
              {"site", h.site},
              {"started", clock_json(description, h.started)},
              {"version", h.version},
              {"build", h.build},
              {"source", h.source},
              {"coordinate_frame", h.coordinate_frame},
              {"forecaster", description.forecaster},
              {"markers", h.layout.markers},
              {"rate_hz", h.layout.rate_hz},
              {"horizons_s", description.horizons_s},
              {"t_on_s", h.t_on_s},
              {"t_off_s", h.t_off_s},
              {"latency_budget", description.latency ? budget_json(*description.latency) : Json(nullptr)},
              {"alarms", alarms},
              {"configuration", h.configuration}};
    std::string text = text_of(json);
    if (text.size() <= acquisition::kIgtlMaxString) return text;
    json.erase("configuration");
    json["configuration_omitted"] = true;
    text = text_of(json);
    if (text.size() <= acquisition::kIgtlMaxString) return text;
    return text_of(
        {{"type", "session"}, {"format", 1}, {"session_id", h.session_id.substr(0, 64)}, {"too_long", true}});
}

std::string state_json(const EngineDescription& description, const EngineSnapshot& s, EngineControl& engine)
{
    const bool held = s.sample.beam == core::BeamCommand::hold;
    Json positions = rounded_mm(s.sample.positions_mm);
    const Json json{{"type", "state"},
                    {"number", s.number},
                    {"clock", clock_json(description, s.published)},
                    {"sample",
                     {{"index", s.sample.index},
                      {"time", clock_json(description, s.sample.time)},
                      {"age_ms", 1e3 * core::to_seconds(s.sample_age)},
                      {"flags", static_cast<std::uint32_t>(s.sample.flags)},
                      {"warming_up", s.sample.warming_up},
                      {"fallback", !core::has(s.sample.decision, core::StepDecision::main_in_time)},
                      {"positions_mm", std::move(positions)},
                      {"visible", s.visible}}},
                    {"beam", held ? "hold" : "on"},
                    {"beam_for_s", core::to_seconds(s.published - s.beam_since)},
                    {"gate_state", core::to_string(core::gate_state(s.sample.beam, s.sample.reason))},
                    {"reason", core::to_string(s.sample.reason)},
                    {"reason_text", core::in_words(s.sample.reason)},
                    {"gate", gate_json(s)},
                    {"controller", controller_json(s.controller)},
                    {"armed", s.armed},
                    {"armed_by", s.armed_by.c_str()},
                    {"armed_station", s.armed_station.c_str()},
                    {"learning", s.learning},
                    {"forecast_error_mm", rounded_mm(s.forecast_error_mm)},
                    {"source", source_json(s, engine)},
                    {"arrival_to_command_us", latency_json(s.arrival_to_command_us)},
                    {"step_us", latency_json(s.step_us)},
                    {"counts", counts_json(s.counts)},
                    {"alarms", alarms_json(engine.alarms(), description)}};
    return text_of(json);
}

std::vector<std::string> forecast_json(const EngineDescription& description, const EngineSnapshot& s)
{
    const std::size_t p = s.sample.positions_mm.size(), horizons = description.horizons_s.size();
    const auto& forecasts = s.sample.forecasts_mm;
    if (p == 0 || horizons == 0 || forecasts.size() != p * horizons || s.sample.lower_mm.size() != p * horizons ||
        s.sample.upper_mm.size() != p * horizons)
        return {};
    const std::size_t markers = p / 3;
    constexpr std::size_t envelope = 2048;
    const std::size_t of_marker = 9 * horizons * kBytesAValue;
    const std::size_t beside = envelope + horizons * kBytesAHorizon;
    if (acquisition::kIgtlMaxString < beside + of_marker) return {};
    const std::size_t at_once = (acquisition::kIgtlMaxString - beside) / of_marker;
    std::vector<std::string> texts;
    for (std::size_t first = 0; first < markers; first += at_once) {
        const std::size_t end = std::min(first + at_once, markers);
        Json list = Json::array();
        for (std::size_t m = first; m < end; ++m) {
            Json mean = Json::array(), lower = Json::array(), upper = Json::array();
            for (std::size_t h = 0; h < horizons; ++h) {
                const std::size_t at = h * p + 3 * m;
                mean.push_back(rounded_mm(std::span(forecasts).subspan(at, 3)));
                lower.push_back(rounded_mm(std::span(s.sample.lower_mm).subspan(at, 3)));
                upper.push_back(rounded_mm(std::span(s.sample.upper_mm).subspan(at, 3)));
            }
            list.push_back({{"marker", m + 1}, {"mean_mm", mean}, {"lower_mm", lower}, {"upper_mm", upper}});
        }
        texts.push_back(text_of({{"type", "forecast"},
                                 {"sample", s.sample.index},
                                 {"time", clock_json(description, s.sample.time)},
                                 {"horizons_s", description.horizons_s},
                                 {"markers", list}}));
    }
    return texts;
}

}  // namespace foretide::apps
