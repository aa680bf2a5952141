// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/session/session_export.h"

#include <cmath>
#include <ctime>
#include <functional>
#include <ostream>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "acquisition/session_csv_writer.h"
#include "acquisition/session_file.h"
#include "acquisition/vxp_writer.h"
#include "apps/session/session_info.h"
#include "core/gate/gate_window.h"
#include "core/session/anonymise.h"
#include "core/session/schema.h"
#include "validation/text.h"

namespace foretide::apps {

namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json numbers(const std::vector<T>& values)
{
    Json out = Json::array();
    for (const T value : values) out.push_back(std::isfinite(value) ? Json(value) : Json(nullptr));
    return out;
}

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

/// Records of a session as JSON objects.
class RecordJson {
public:
    RecordJson(const core::SessionHeader& header, bool anonymise) : started_(header.started), anonymise_(anonymise) {}

    Json operator()(const core::FrameRecord& r) const
    {
        Json markers = Json::array();
        for (std::size_t m = 0; m < static_cast<std::size_t>(r.frame.marker_count); ++m) {
            const core::MarkerSample& marker = r.frame.markers[m];
            const auto& p = marker.position_mm;
            markers.push_back({{"position_mm", {number(p[0]), number(p[1]), number(p[2])}},
                               {"quality_mm", std::isfinite(marker.quality) ? Json(marker.quality) : Json(nullptr)},
                               {"visibility", static_cast<int>(marker.visibility)}});
        }
        return {{"number", r.number},
                {"acquired_ns", time(r.frame.acquired)},
                {"arrived_ns", time(r.frame.arrived)},
                {"sequence", r.frame.sequence},
                {"flags", static_cast<int>(r.frame.flags)},
                {"samples", r.samples},
                {"markers", std::move(markers)}};
    }

    Json operator()(const core::SampleRecord& r) const
    {
        return {
            {"index", r.index},
            {"frame", r.frame},
            {"time_ns", time(r.time)},
            {"flags", static_cast<std::uint32_t>(r.flags)},
            {"decision", static_cast<int>(r.decision)},
            {"warming_up", r.warming_up},
            {"beam", r.beam == core::BeamCommand::on ? "on" : "hold"},
            {"reason", core::to_string(r.reason)},
            {"state", core::to_string(core::gate_state(r.beam, r.reason))},
            {"doubt", core::to_string(r.doubt)},
            {"idle_from_ns", time(r.idle_from)},
            {"idle_doubted_ns", time(r.idle_doubted)},
            {"gate_mm", number(r.gate_coordinate_mm)},
            {"gate_on_mm", {number(r.gate_on_lower_mm), number(r.gate_on_upper_mm)}},
            {"gate_off_mm", {number(r.gate_off_lower_mm), number(r.gate_off_upper_mm)}},
            {"window_mm", {number(r.window_lower_mm), number(r.window_upper_mm)}},
            {"phase_percent", number(r.breath.phase_percent)},
            {"phase_on_percent", {number(r.breath.phase_on_lower_percent), number(r.breath.phase_on_upper_percent)}},
            {"phase_off_percent", {number(r.breath.phase_off_lower_percent), number(r.breath.phase_off_upper_percent)}},
            {"baseline_mm", number(r.breath.baseline_mm)},
            {"drift_mm", number(r.breath.drift_mm)},
            {"held_s", number(r.breath.held_s)},
            {"holds", r.breath.holds},
            {"hold_stage", core::to_string(r.breath.hold)},
            {"arrival_to_command_ns", r.arrival_to_command.count()},
            {"step_ns", r.step.count()},
            {"positions_mm", numbers(r.positions_mm)},
            {"forecasts_mm", numbers(r.forecasts_mm)},
            {"lower_mm", numbers(r.lower_mm)},
            {"upper_mm", numbers(r.upper_mm)}};
    }

    Json operator()(const core::CommandRecord& record) const
    {
        const core::CommandRecord r = anonymise_ ? core::anonymised(record) : record;
        return {{"number", r.number},
                {"kind", core::to_string(r.kind)},
                {"received_ns", time(r.received)},
                {"before_sample", r.before_sample},
                {"accepted", r.accepted},
                {"gate_mm", {number(r.gate_lower_mm), number(r.gate_upper_mm)}},
                {"operator", r.operator_name.c_str()},
                {"station", r.station.c_str()},
                {"text", r.text.c_str()},
                {"answer", r.answer.c_str()}};
    }

    Json operator()(const core::AlarmRecord& record) const
    {
        const core::AlarmRecord r = anonymise_ ? core::anonymised(record) : record;
        return {{"time_ns", time(r.time)}, {"change", core::to_string(r.change)},
                {"name", r.name},          {"priority", r.priority},
                {"text", r.text},          {"by", r.by}};
    }

    Json operator()(const core::NoteRecord& r) const { return {{"time_ns", time(r.time)}, {"text", r.text}}; }

    Json operator()(const core::GapRecord& r) const
    {
        return {{"from_ns", time(r.from)},   {"to_ns", time(r.to)},         {"frames", r.lost.frames},
                {"samples", r.lost.samples}, {"commands", r.lost.commands}, {"alarms", r.lost.alarms},
                {"unknown", r.lost.unknown}, {"reason", r.reason}};
    }

private:
    /// Modulo 2^64: times of a damaged file can lie anywhere.
    Json time(core::TimePoint t) const
    {
        if (t == core::kUnknownTime) return nullptr;
        return static_cast<std::int64_t>(static_cast<std::uint64_t>(t.time_since_epoch().count()) -
                                         static_cast<std::uint64_t>(started_.time_since_epoch().count()));
    }

    core::TimePoint started_;
    bool anonymise_;
};

Json header_json(const core::SessionHeader& h, bool anonymise)
{
    Json json{{"session_id", h.session_id},
              {"pseudonym", h.patient_pseudonym},
              {"identity", h.patient_identity},
              {"operator", h.operator_name},
              {"site", h.site},
              {"started_unix_ns", anonymise ? Json(nullptr) : Json(h.started_unix_ns)},
              {"version", h.version},
              {"build", h.build},
              {"source", h.source},
              {"coordinate_frame", h.coordinate_frame},
              {"configuration", h.configuration},
              {"algorithm", json_or_text(h.algorithm)},
              {"markers", h.layout.markers},
              {"rate_hz", h.layout.rate_hz},
              {"horizons_samples", h.horizons},
              {"t_on_s", number(h.t_on_s)},
              {"t_off_s", number(h.t_off_s)}};
    if (anonymise)
        for (const char* key : {"session_id", "identity", "operator", "site"}) json.erase(key);
    return json;
}

/// Leaves numbers and switches.
Json without_texts(const Json& json)
{
    if (json.is_string()) return nullptr;
    if (!json.is_structured()) return json;
    Json out = json.is_array() ? Json::array() : Json::object();
    for (const auto& [key, value] : json.items()) {
        if (json.is_array())
            out.push_back(without_texts(value));
        else
            out[key] = without_texts(value);
    }
    return out;
}

std::string line(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

template <class Record>
void write_array(core::SessionReader& session, const char* name, const RecordJson& json, std::ostream& out)
{
    out << "\"" << name << "\":[";
    const char* separator = "\n";
    for (Record record; session.next(record); separator = ",\n") out << separator << line(json(record));
    out << "],\n";
}

void require_good(const std::ostream& out)
{
    if (!out) throw std::runtime_error("the export could not be written: is the disk full?");
}

}  // namespace

void export_csv(core::SessionReader& session, std::ostream& out)
{
    session.rewind();
    acquisition::write_session_csv(acquisition::read_session_frames(session), out);
}

void export_vxp(core::SessionReader& session, const std::string& axis, bool anonymise, std::ostream& out)
{
    session.rewind();
    const core::Recording recording = acquisition::read_session_frames(session);
    const core::SessionHeader& header = session.header();
    std::vector<double> positions_mm;
    for (const core::MarkerFrame& frame : recording.frames)
        for (std::size_t m = 0; m < static_cast<std::size_t>(recording.markers); ++m)
            for (const double x : frame.markers[m].position_mm) positions_mm.push_back(x);
    const core::GateAxis gate = core::gate_axis(axis, positions_mm, recording.markers);

    acquisition::VxpSeries series;
    series.patient_id = header.patient_pseudonym;
    series.rate_hz = header.layout.rate_hz;
    if (const auto seconds = static_cast<std::time_t>(header.started_unix_ns / 1'000'000'000); !anonymise) {
        std::tm parts{};
        if (gmtime_r(&seconds, &parts) == nullptr) throw std::runtime_error("the session's date is damaged");
        series.year = 1900 + parts.tm_year;
        series.month = 1 + parts.tm_mon;
        series.day = parts.tm_mday;
    }
    const std::size_t p = gate.direction.size();
    for (std::size_t k = 0; k < recording.frames.size(); ++k) {
        if (!series.time.empty() && recording.frames[k].acquired <= series.time.back()) continue;
        series.time.push_back(recording.frames[k].acquired);
        series.amplitude_mm.push_back(gate.project(std::span(positions_mm).subspan(k * p, p)));
    }
    acquisition::write_vxp(out, series);
}

void export_json(core::SessionReader& session, bool anonymise, std::ostream& out)
{
    session.rewind();
    const core::SessionHeader header = anonymise ? core::anonymised(session.header()) : session.header();
    const RecordJson json(header, anonymise);
    out << "{\"format\":\"foretide session\",\n\"schema\":" << core::kSessionVersion
        << ",\n\"notice\":" << line(Json(validation::kNotAMedicalDevice))
        << ",\n\"session\":" << line(header_json(header, anonymise)) << ",\n";
    write_array<core::FrameRecord>(session, "frames", json, out);
    write_array<core::SampleRecord>(session, "samples", json, out);
    write_array<core::CommandRecord>(session, "commands", json, out);
    write_array<core::AlarmRecord>(session, "alarms", json, out);
    if (!anonymise) write_array<core::NoteRecord>(session, "notes", json, out);
    write_array<core::GapRecord>(session, "gaps", json, out);
    Json summary = nullptr;
    if (const auto end = session.summary()) {
        summary = json_or_text(end->json);
        if (anonymise) summary = without_texts(summary);
    }
    out << "\"summary\":" << line(summary) << "}\n";
    out.flush();
    require_good(out);
}

}  // namespace foretide::apps
