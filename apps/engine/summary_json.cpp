// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/summary_json.h"

#include <cmath>

#include <nlohmann/json.hpp>

#include "firmware_bridge/host/controller_words.h"
#include "validation/version.h"

namespace foretide::apps {

namespace {

using Json = nlohmann::ordered_json;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json latency(const core::LatencyHistogram& h)
{
    return {{"p50", h.percentile_us(50)},    {"p99", h.percentile_us(99)},
            {"p999", h.percentile_us(99.9)}, {"max", 1e6 * core::to_seconds(h.max())},
            {"mean", h.mean_us()},           {"n", h.count()}};
}

}  // namespace

Json budget_json(const core::LatencyBudget& b)
{
    Json out{{"on_s", b.on_s}, {"off_s", b.off_s}};
    if (b.preset != nullptr) out["preset"] = b.preset->name;
    if (b.parts) {
        const core::LatencyParts& p = *b.parts;
        out["parts_ms"] = {{"tracker", p.tracker_ms},
                           {"software", p.software_ms},
                           {"link", p.link_ms},
                           {"linac_on", 1e3 * b.on_s - p.before_linac_ms()},
                           {"linac_off", 1e3 * b.off_s - p.before_linac_ms()}};
    }
    out["too_long"] = b.too_long();
    out["text"] = describe(b);
    return out;
}

Json controller_json(const ControllerSnapshot& c)
{
    if (!c.present) return nullptr;
    const LatencySummary& l = c.round_trip_us;
    return {{"connected", c.connected},
            {"problem", in_words(c.problem)},
            {"state", firmware_bridge::controller_state_name(c.state)},
            {"reason", firmware_bridge::controller_reason_name(c.reason)},
            {"enabled", c.enabled},
            {"needs_release", c.needs_release},
            {"last_sequence", c.last_sequence},
            {"sample_age_ms", c.sample_age_us == FT_AGE_UNKNOWN ? Json(nullptr) : Json(1e-3 * c.sample_age_us)},
            {"connections", c.connections},
            {"trips", c.trips},
            {"round_trip_us", {{"p50", l.p50}, {"p99", l.p99}, {"p999", l.p999}, {"max", l.max}, {"n", l.count}}}};
}

Json to_json(const EngineSummary& s)
{
    Json out{{"version", validation::version_text()},
             {"duration_s", s.duration_s},
             {"source", s.source},
             {"source_message", s.source_message},
             {"series_began", s.series_began},
             {"markers", s.layout.markers},
             {"source_rate_hz", s.source_rate_hz},
             {"rate_hz", s.layout.rate_hz},
             {"samples_in", s.counts.frames},
             {"samples", s.counts.samples},
             {"forecasts_out", s.counts.forecasts},
             {"commands_sent", s.counts.commands_sent},
             {"deadline_misses", s.counts.deadline_misses},
             {"step_deadline_misses", s.counts.step_deadline_misses},
             {"skipped_learning", s.counts.learning_skipped},
             {"fallbacks", s.counts.fallbacks},
             {"records_dropped", s.counts.records_dropped},
             {"recording", s.recording},
             {"recording_problem", s.recording_problem},
             {"recorded", s.recorded},
             {"not_recorded", s.not_recorded}};
    const auto& c = s.source_counts;
    out["source_counts"] = {{"frames", c.frames},
                            {"bad_checksums", c.bad_checksums},
                            {"malformed", c.malformed},
                            {"missed_replies", c.missed_replies},
                            {"connections", c.connections},
                            {"phantoms", c.phantoms},
                            {"surplus_markers", c.surplus_markers}};
    out["sample_to_command_us"] = latency(s.sample_to_command);
    out["exposure_to_command_us"] = latency(s.exposure_to_command);
    out["step_us"] = latency(s.step);
    Json holds = Json::object(), flags = Json::object(), alarms = Json::object();
    std::int64_t samples = 0;
    for (std::size_t r = 0; r < s.samples_by_reason.size(); ++r) {
        samples += s.samples_by_reason[r];
        const auto reason = static_cast<core::HoldReason>(r);
        if (reason != core::HoldReason::none && s.samples_by_reason[r] > 0)
            holds[to_string(reason)] = s.samples_by_reason[r];
    }
    const double on = static_cast<double>(s.samples_by_reason[static_cast<std::size_t>(core::HoldReason::none)]);
    out["latency_budget"] = s.latency ? budget_json(*s.latency) : Json(nullptr);
    out["controller"] = controller_json(s.controller);
    out["duty_cycle"] = samples > 0 ? Json(on / static_cast<double>(samples)) : Json(nullptr);
    out["holds"] = holds;
    s.flags.for_each([&](core::SampleFlag flag, std::int64_t count) {
        if (count > 0) flags[std::string(to_string(flag))] = count;
    });
    out["sample_flags"] = flags;
    for (std::size_t a = 0; a < s.alarms_raised.size(); ++a)
        if (s.alarms_raised[a] > 0) alarms[alarm_info(static_cast<core::Alarm>(a)).name] = s.alarms_raised[a];
    out["alarms"] = alarms;
    out["accuracy"] = Json::array();
    for (std::size_t h = 0; h < s.accuracy.size(); ++h)
        out["accuracy"].push_back({{"horizon_s", s.horizons_s[h]},
                                   {"n", s.accuracy[h].n},
                                   {"rmse_mm", number(s.accuracy[h].rmse_mm)},
                                   {"last_rmse_mm", number(s.accuracy[h].last_rmse_mm)}});
    out["realtime"] = s.realtime;
    return out;
}

}  // namespace foretide::apps
