// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/marker_frame.h"

namespace foretide::tests {

using Vec3 = std::array<double, 3>;

/// A frame of measured markers; a NaN coordinate makes its marker missing.
inline core::MarkerFrame make_frame(double time_s, std::uint64_t sequence, const std::vector<Vec3>& positions)
{
    core::MarkerFrame frame;
    frame.acquired = core::TimePoint{core::from_seconds(time_s)};
    frame.arrived = frame.acquired;
    frame.sequence = sequence;
    frame.marker_count = static_cast<std::int32_t>(positions.size());
    for (std::size_t m = 0; m < positions.size(); ++m) {
        const Vec3& p = positions[m];
        const bool seen = !std::isnan(p[0]) && !std::isnan(p[1]) && !std::isnan(p[2]);
        frame.markers[m].position_mm = p;
        frame.markers[m].visibility = seen ? core::Visibility::visible : core::Visibility::missing;
    }
    return frame;
}

/// Markers 60 mm apart that breathe (period 4 s, 10 mm) with a little noise; a new number each call.
class BreathingMarkers {
public:
    explicit BreathingMarkers(int markers, unsigned seed = 1) : markers_(markers), engine_(seed) {}

    std::vector<Vec3> at(double time_s)
    {
        std::normal_distribution<double> noise(0, 0.05);
        std::vector<Vec3> out;
        for (int m = 0; m < markers_; ++m) {
            const double s = std::sin(2 * M_PI * time_s / 4.0 - 0.2 * m);
            out.push_back({60.0 * m + 1 * s + noise(engine_), 5 * s + noise(engine_), 10 * s + noise(engine_)});
        }
        return out;
    }

private:
    int markers_;
    std::mt19937 engine_;
};

/// Rows of numbers of a text file with one header line, cells separated by `separator`, decimal commas allowed.
inline std::vector<std::vector<double>> read_rows(const std::string& file, char separator)
{
    std::ifstream in(file);
    std::string line;
    if (!std::getline(in, line)) {
        throw std::runtime_error(file + ": cannot be read");
    }
    std::vector<std::vector<double>> rows;
    while (std::getline(in, line)) {
        std::vector<double> row;
        std::istringstream cells(line);
        for (std::string cell; std::getline(cells, cell, separator);) {
            if (const auto comma = cell.find(','); comma != std::string::npos) {
                cell[comma] = '.';
            }
            row.push_back(std::stod(cell));
        }
        rows.push_back(row);
    }
    return rows;
}

/// Frames of a session CSV (time_s, then marker-major coordinates).
inline std::vector<core::MarkerFrame> read_session_csv(const std::string& file)
{
    std::vector<core::MarkerFrame> frames;
    for (const auto& row : read_rows(file, ',')) {
        std::vector<Vec3> positions;
        for (std::size_t c = 1; c + 2 < row.size(); c += 3) {
            positions.push_back({row[c], row[c + 1], row[c + 2]});
        }
        frames.push_back(make_frame(row.at(0), frames.size(), positions));
    }
    return frames;
}

}  // namespace foretide::tests
