// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/session_csv_writer.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <ostream>
#include <stdexcept>
#include <system_error>

#include "acquisition/reader_options.h"

namespace foretide::acquisition {

namespace {

[[noreturn]] void refuse(std::size_t index, const std::string& problem)
{
    throw std::runtime_error("frame " + std::to_string(index) + " cannot be written as session CSV: " + problem +
                             "; leave the frame out or correct it");
}

/// Nanoseconds as exact decimal seconds, without trailing zeros.
void append_seconds(std::string& row, core::TimePoint time)
{
    constexpr std::uint64_t kNanosPerSecond = 1'000'000'000;
    const std::int64_t nanos = time.time_since_epoch().count();
    const auto bits = static_cast<std::uint64_t>(nanos);
    const std::uint64_t magnitude = nanos < 0 ? 0 - bits : bits;
    if (nanos < 0) {
        row += '-';
    }
    row += std::to_string(magnitude / kNanosPerSecond);
    std::string fraction = std::to_string(kNanosPerSecond + magnitude % kNanosPerSecond).substr(1);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    if (!fraction.empty()) {
        row += '.' + fraction;
    }
}

void append_position(std::string& row, std::size_t index, const core::MarkerSample& marker)
{
    bool measured = true;
    for (const double value : marker.position_mm) {
        measured = measured && !std::isnan(value);
    }
    for (const double value : marker.position_mm) {
        row += ',';
        if (!measured) {
            continue;
        }
        if (!(std::abs(value) <= kMaxPosition_mm)) {
            refuse(index, "a position is more than 1 km away");
        }
        std::array<char, 32> buffer{};
        const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
        row.append(buffer.data(), result.ptr);
    }
}

}  // namespace

void write_session_csv(const core::Recording& recording, std::ostream& out)
{
    if (recording.markers < 1 || recording.markers > core::kMaxMarkers) {
        throw std::runtime_error("a recording of " + std::to_string(recording.markers) +
                                 " markers cannot be written as session CSV; it needs 1 to " +
                                 std::to_string(core::kMaxMarkers));
    }
    std::string row = "time_s";
    for (int m = 1; m <= recording.markers; ++m) {
        const std::string name = ",m" + std::to_string(m);
        row.append(name).append("_x_mm").append(name).append("_y_mm").append(name).append("_z_mm");
    }
    out << row << '\n';
    for (std::size_t i = 0; i < recording.frames.size(); ++i) {
        const core::MarkerFrame& frame = recording.frames[i];
        if (frame.acquired == core::kUnknownTime || std::abs(core::to_seconds(frame.acquired)) > kMaxTime_s) {
            refuse(i, "its time is unknown or out of range");
        }
        if (frame.marker_count != recording.markers) {
            refuse(i, "it has " + std::to_string(frame.marker_count) + " markers, the recording " +
                          std::to_string(recording.markers));
        }
        row.clear();
        append_seconds(row, frame.acquired);
        for (std::size_t m = 0; m < static_cast<std::size_t>(recording.markers); ++m) {
            append_position(row, i, frame.markers[m]);
        }
        row += '\n';
        out << row;
    }
    if (!out) {
        throw std::runtime_error("writing the session CSV failed; check that the disk is not full");
    }
}

void write_session_csv(const core::Recording& recording, const std::filesystem::path& file)
{
    std::error_code ignored;  // not there yet, or nothing to tell about it
    const auto status = std::filesystem::status(file, ignored);
    std::filesystem::path part = file;
    if (!std::filesystem::exists(status) || std::filesystem::is_regular_file(status)) {
        part += ".part";
    }
    try {
        std::ofstream out(part, std::ios::binary | std::ios::trunc);
        if (!out) {
            throw std::runtime_error("cannot open it for writing; check the folder and its permissions");
        }
        write_session_csv(recording, out);
        out.close();
        if (!out) {
            throw std::runtime_error("writing failed; check that the disk is not full");
        }
        if (part != file) {
            std::filesystem::rename(part, file);
        }
    } catch (const std::exception& error) {
        if (part != file) {
            std::filesystem::remove(part, ignored);  // the first error is the one to report
        }
        throw std::runtime_error(file.string() + ": " + error.what());
    }
}

}  // namespace foretide::acquisition
