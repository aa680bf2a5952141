// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <numbers>

#include "core/session/session_writer.h"

/// Sessions that tests write, and comparisons that know every bit.
namespace foretide::core {

inline SessionHeader example_header(int markers = 3)
{
    SessionHeader h;
    h.session_id = "0f8fad5b-d9cb-469f-a165-70867728950e";
    h.patient_pseudonym = "VOL-07";
    h.patient_identity = "Mustermann, Erika 1964-08-12";
    h.operator_name = "Dr Ludwig Holst";
    h.site = "Klinikum Nordstrand, LINAC 2";
    h.started_unix_ns = 1'700'000'000'123'456'789;
    h.started = TimePoint{std::chrono::seconds(5000)};
    h.version = "0.1.0 (test)";
    h.build = "test build";
    h.source = "ndi 192.168.7.30:8765";
    h.coordinate_frame = "tracker";
    h.configuration = "[gate]\naxis = \"m1.z\"\n";
    h.algorithm = R"({"main":{"name":"foretide","seed":1}})";
    h.layout = {markers, 10};
    h.horizons = {1, 5, 10};
    h.t_on_s = 0.5;
    return h;
}

/// A breath every four seconds; markers differ in amplitude.
inline FrameRecord example_frame(std::int64_t k, int markers = 3, double rate_hz = 10)
{
    FrameRecord r;
    r.number = k;
    r.samples = 1;
    r.frame.acquired = TimePoint{std::chrono::seconds(5000)} + from_seconds(static_cast<double>(k) / rate_hz);
    r.frame.arrived = r.frame.acquired + std::chrono::milliseconds(12);
    r.frame.sequence = static_cast<std::uint64_t>(k) + 41;
    r.frame.marker_count = markers;
    for (int m = 0; m < markers; ++m) {
        auto& marker = r.frame.markers[static_cast<std::size_t>(m)];
        const double s = std::sin(2 * std::numbers::pi * static_cast<double>(k) / rate_hz / 4);
        marker.position_mm = {100.0 * m + 0.3 * s, -20.0 * m + s, 5.0 * (m + 1) * s};
        marker.quality = 0.1F;
        marker.visibility = Visibility::visible;
    }
    return r;
}

inline SampleRecord example_sample(std::int64_t k, const SessionHeader& header)
{
    const FrameRecord frame = example_frame(k, header.layout.markers, header.layout.rate_hz);
    SampleRecord r;
    r.resize(static_cast<std::size_t>(header.layout.coordinates()), header.horizons.size());
    r.index = k;
    r.frame = k;
    r.time = frame.frame.acquired;
    r.decision = StepDecision::main_in_time | StepDecision::learned;
    r.warming_up = k < 20;
    r.reason = k < 20 ? HoldReason::warming_up : HoldReason::none;
    r.beam = k < 20 ? BeamCommand::hold : BeamCommand::on;
    r.arrival_to_command = std::chrono::microseconds(80 + k % 7);
    r.step = std::chrono::microseconds(400 + k % 50);
    const auto position = [&](std::int64_t index, std::size_t c) {
        return example_frame(index, header.layout.markers, header.layout.rate_hz)
            .frame.markers[c / 3]
            .position_mm[c % 3];
    };
    for (std::size_t c = 0; c < r.positions_mm.size(); ++c) {
        r.positions_mm[c] = position(k, c);
        for (std::size_t h = 0; h < header.horizons.size(); ++h) {
            const std::size_t i = h * r.positions_mm.size() + c;
            r.forecasts_mm[i] = position(k + header.horizons[h], c) + 0.01;
            r.lower_mm[i] = static_cast<float>(r.forecasts_mm[i] - 0.5);
            r.upper_mm[i] = static_cast<float>(r.forecasts_mm[i] + 0.5);
        }
    }
    r.gate_coordinate_mm = r.positions_mm[2];
    r.gate_on_lower_mm = r.forecasts_mm[2] - 0.4;
    r.gate_on_upper_mm = r.forecasts_mm[2] + 0.4;
    r.window_lower_mm = -4;
    r.window_upper_mm = 4;
    r.breath.baseline_mm = -5.5;
    r.breath.drift_mm = 0.25;
    return r;
}

/// Frames and samples 0 … count − 1, ten a transaction, and the end where `finished`.
inline void write_example(const std::filesystem::path& file, std::int64_t count, bool finished = true,
                          const SessionHeader& header = example_header())
{
    SessionWriter writer = SessionWriter::create(file, header);
    for (std::int64_t k = 0; k < count;) {
        writer.begin();
        for (int i = 0; i < 10 && k < count; ++i, ++k) {
            writer.write(example_frame(k, header.layout.markers, header.layout.rate_hz));
            writer.write(example_sample(k, header));
        }
        writer.commit();
    }
    if (!finished) return;
    writer.begin();
    writer.write_summary(
        {header.started_unix_ns + 1'000'000'000 * count / 10, R"({"samples_in":)" + std::to_string(count) + "}"});
    writer.commit();
    writer.finish();
}

inline std::uint64_t bits(double value) { return std::bit_cast<std::uint64_t>(value); }
inline std::uint32_t bits(float value) { return std::bit_cast<std::uint32_t>(value); }

inline bool same_bits(const FrameRecord& a, const FrameRecord& b)
{
    bool same = a.number == b.number && a.samples == b.samples && a.frame.acquired == b.frame.acquired &&
                a.frame.arrived == b.frame.arrived && a.frame.sequence == b.frame.sequence &&
                a.frame.marker_count == b.frame.marker_count && a.frame.flags == b.frame.flags;
    for (std::size_t m = 0; same && m < static_cast<std::size_t>(a.frame.marker_count); ++m) {
        const MarkerSample &x = a.frame.markers[m], &y = b.frame.markers[m];
        same = bits(x.quality) == bits(y.quality) && x.visibility == y.visibility;
        for (std::size_t i = 0; i < 3; ++i) same = same && bits(x.position_mm[i]) == bits(y.position_mm[i]);
    }
    return same;
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b)
{
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (bits(a[i]) != bits(b[i])) return false;
    return true;
}

inline bool same_bits(const BreathReading& a, const BreathReading& b)
{
    const auto real = [](double x, double y) { return bits(x) == bits(y) || (std::isnan(x) && std::isnan(y)); };
    return real(a.phase_percent, b.phase_percent) && real(a.phase_on_lower_percent, b.phase_on_lower_percent) &&
           real(a.phase_on_upper_percent, b.phase_on_upper_percent) &&
           real(a.phase_off_lower_percent, b.phase_off_lower_percent) &&
           real(a.phase_off_upper_percent, b.phase_off_upper_percent) && real(a.baseline_mm, b.baseline_mm) &&
           real(a.drift_mm, b.drift_mm) && real(a.held_s, b.held_s) && a.holds == b.holds && a.hold == b.hold;
}

/// NaN outside the arrays is NaN, whichever.
inline bool same_bits(const SampleRecord& a, const SampleRecord& b)
{
    const auto real = [](double x, double y) { return bits(x) == bits(y) || (std::isnan(x) && std::isnan(y)); };
    return a.index == b.index && a.frame == b.frame && a.time == b.time && a.flags == b.flags &&
           a.decision == b.decision && a.warming_up == b.warming_up && a.beam == b.beam && a.reason == b.reason &&
           real(a.gate_coordinate_mm, b.gate_coordinate_mm) && real(a.gate_on_lower_mm, b.gate_on_lower_mm) &&
           real(a.gate_on_upper_mm, b.gate_on_upper_mm) && real(a.gate_off_lower_mm, b.gate_off_lower_mm) &&
           real(a.gate_off_upper_mm, b.gate_off_upper_mm) && a.arrival_to_command == b.arrival_to_command &&
           a.step == b.step && same_bits(a.positions_mm, b.positions_mm) && same_bits(a.forecasts_mm, b.forecasts_mm) &&
           real(a.window_lower_mm, b.window_lower_mm) && real(a.window_upper_mm, b.window_upper_mm) &&
           same_bits(a.breath, b.breath) && a.doubt == b.doubt && a.idle_from == b.idle_from &&
           a.idle_doubted == b.idle_doubted && same_bits(a.lower_mm, b.lower_mm) && same_bits(a.upper_mm, b.upper_mm);
}

}  // namespace foretide::core
