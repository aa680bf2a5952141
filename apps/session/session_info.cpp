// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/session/session_info.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <ostream>

#include "core/session/session_error.h"
#include "validation/text.h"

namespace foretide::apps {

namespace {

using Json = nlohmann::ordered_json;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json gaps_json(const core::SessionReader& session, const SessionScan& scan)
{
    Json gaps = Json::array();
    for (const core::GapRecord& gap : scan.gaps) {
        gaps.push_back({{"from_unix_s", session.unix_s(gap.from)},
                        {"to_unix_s", session.unix_s(gap.to)},
                        {"frames", gap.lost.frames},
                        {"samples", gap.lost.samples},
                        {"commands", gap.lost.commands},
                        {"alarms", gap.lost.alarms},
                        {"unknown", gap.lost.unknown},
                        {"reason", gap.reason}});
    }
    return gaps;
}

Json alarms_json(const core::SessionReader& session, const SessionScan& scan)
{
    Json alarms = Json::array();
    for (const core::AlarmRecord& alarm : scan.alarms) {
        alarms.push_back({{"unix_s", session.unix_s(alarm.time)},
                          {"change", core::to_string(alarm.change)},
                          {"name", alarm.name},
                          {"priority", alarm.priority},
                          {"by", alarm.by}});
    }
    return alarms;
}

void add_scan(Json& info, const core::SessionReader& session, const SessionScan& scan)
{
    const auto unix_s = [&](const std::optional<core::TimePoint>& time) {
        return time ? Json(session.unix_s(*time)) : Json(nullptr);
    };
    const double rate_hz = session.header().layout.rate_hz;
    info["first_sample_unix_s"] = unix_s(scan.first_sample);
    info["last_sample_unix_s"] = unix_s(scan.last_sample);
    info["counts"] = {{"frames", scan.counts.frames},     {"samples", scan.counts.samples},
                      {"commands", scan.counts.commands}, {"alarms", scan.counts.alarms},
                      {"notes", scan.counts.notes},       {"gaps", scan.counts.gaps}};
    info["gaps"] = gaps_json(session, scan);
    info["sequence_errors"] = scan.sequence_errors;
    info["longest_frame_interval_s"] = scan.longest_frame_interval_s;
    info["alarms"] = alarms_json(session, scan);
    Json& flags = info["sample_flags"] = Json::object();
    scan.flags.for_each([&](core::SampleFlag flag, std::int64_t count) {
        if (count > 0) flags[std::string(core::to_string(flag))] = count;
    });
    Json& holds = info["holds_s"] = Json::object();
    for (int r = 1; r < core::kHoldReasons; ++r) {
        const auto samples = static_cast<double>(scan.reasons[static_cast<std::size_t>(r)]);
        if (samples > 0) holds[core::to_string(static_cast<core::HoldReason>(r))] = samples / rate_hz;
    }
    info["beam_on_s"] = static_cast<double>(scan.reasons[0]) / rate_hz;
    info["fallbacks"] = scan.fallbacks;
    info["learning_skipped"] = scan.learning_skipped;
    info["deadline_misses"] = scan.deadline_missed;
    info["step_deadline_misses"] = scan.step_deadline_missed;
    info["sample_to_command_us"] = latency_json(scan.arrival_to_command);
    info["step_us"] = latency_json(scan.step);
}

}  // namespace

Json json_or_text(const std::string& text)
{
    constexpr int kDeepest = 32;  // what stands deeper is left out: it would be written by recursion
    const auto shallow = [](int depth, Json::parse_event_t, Json&) { return depth < kDeepest; };
    Json json = Json::parse(text, shallow, false);
    return json.is_discarded() ? Json(text) : json;
}

Json latency_json(const core::LatencyHistogram& latency)
{
    if (latency.count() == 0) return nullptr;
    return {{"p50", latency.percentile_us(50)},
            {"p99", latency.percentile_us(99)},
            {"p999", latency.percentile_us(99.9)},
            {"max", 1e6 * core::to_seconds(latency.max())}};
}

std::string utc(double unix_s)
{
    const auto seconds = static_cast<std::time_t>(std::isfinite(unix_s) && std::abs(unix_s) < 1e11 ? unix_s : 0);
    std::tm parts{};
    std::array<char, 40> text{};
    if (seconds == 0 || gmtime_r(&seconds, &parts) == nullptr ||
        std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts) == 0) {
        return "not known";
    }
    return text.data();
}

Json session_info_json(core::SessionReader& session)
{
    const core::SessionHeader& h = session.header();
    Json info;
    info["file"] = session.file();
    info["session_id"] = h.session_id;
    info["pseudonym"] = h.patient_pseudonym;
    info["operator"] = h.operator_name;
    info["site"] = h.site;
    info["started_unix_s"] = session.unix_s(h.started);
    info["version"] = h.version;
    info["build"] = h.build;
    info["source"] = h.source;
    info["coordinate_frame"] = h.coordinate_frame;
    info["algorithm"] = json_or_text(h.algorithm);
    info["markers"] = h.layout.markers;
    info["rate_hz"] = h.layout.rate_hz;
    Json& horizons = info["horizons_s"] = Json::array();
    for (const int samples : h.horizons) horizons.push_back(samples / h.layout.rate_hz);
    info["t_on_s"] = number(h.t_on_s);
    info["t_off_s"] = number(h.t_off_s);

    std::vector<std::string> damage = session.integrity_errors();
    try {
        add_scan(info, session, scan_session(session));
        const auto summary = session.summary();
        info["ended"] = summary.has_value();
        info["summary"] = summary ? json_or_text(summary->json) : Json(nullptr);
    } catch (const core::SessionError& error) {
        damage.push_back(error.problem());
    }
    info["integrity"] = damage.empty() ? Json("ok") : Json(damage);
    return info;
}

void print_session_info(std::ostream& out, const Json& info)
{
    const auto text = [&](const char* key) {
        const auto found = info.find(key);
        if (found == info.end() || found->is_null()) return std::string("not known");
        std::string value = found->is_string() ? found->get<std::string>()
                                               : found->dump(-1, ' ', false, Json::error_handler_t::replace);
        std::replace_if(
            value.begin(), value.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; }, ' ');
        return value;
    };
    const auto line = [&](const char* name, const std::string& value) {
        out << name << std::string(18 - std::char_traits<char>::length(name), ' ') << value << "\n";
    };
    const auto time = [&](const char* key) {
        return info.contains(key) && info[key].is_number() ? utc(info[key].get<double>()) : std::string("none");
    };
    line("Session", text("session_id"));
    line("Pseudonym", text("pseudonym"));
    line("Operator", text("operator"));
    line("Site", text("site"));
    line("Started", time("started_unix_s"));
    line("First sample", time("first_sample_unix_s"));
    line("Last sample", time("last_sample_unix_s"));
    line("Source", text("source"));
    line("Markers", text("markers") + ", " + validation::significant(info["rate_hz"].get<double>(), 4) + " Hz, " +
                        text("coordinate_frame") + " frame");
    line("Algorithm", text("algorithm"));
    line("Horizons [s]", text("horizons_s"));
    line("Version", text("version"));
    line("Records", text("counts"));
    line("Holds [s]", text("holds_s") + ", beam on " + text("beam_on_s"));
    line("Command [us]", text("sample_to_command_us"));
    line("Step [us]", text("step_us"));
    line("Gaps", info.contains("gaps") && !info["gaps"].empty() ? text("gaps") : "none");
    line("Sequence",
         info.contains("sequence_errors") && !info["sequence_errors"].empty() ? text("sequence_errors") : "complete");
    line("Integrity", text("integrity"));
    line("Ended", info.value("ended", false) ? "as it should" : "broken off: there is no summary");
    const auto alarms = info.find("alarms");
    if (alarms == info.end() || alarms->empty()) return;
    out << "Alarms\n";
    for (const Json& alarm : *alarms) {
        out << "  " << utc(alarm["unix_s"].get<double>()) << "  " << alarm["change"].get<std::string>() << "  "
            << alarm["priority"].get<std::string>() << "  " << alarm["name"].get<std::string>() << "\n";
    }
}

}  // namespace foretide::apps
