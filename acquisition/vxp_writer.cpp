// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/vxp_writer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numbers>
#include <ostream>
#include <stdexcept>

#include "core/gate/gate_window.h"
#include "core/marker_frame.h"

namespace foretide::acquisition {

namespace {

constexpr double kScale_mm = 10.0;

std::string decimals(double value, int digits)
{
    std::array<char, 64> buffer{};
    const auto end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, digits);
    return {buffer.data(), end.ptr};
}

std::string two_digits(int value) { return (value < 10 ? "0" : "") + std::to_string(value); }

/// Finds the extremes one after the other, highest and lowest in turns.
class ExtremeFinder {
public:
    ExtremeFinder(std::span<const double> amplitude_mm, double step_mm) : y_(amplitude_mm), step_mm_(step_mm) {}

    void take(std::size_t k, BreathingPhase& out)
    {
        if (!begun_) high_ = low_ = k;
        begun_ = true;
        if (y_[k] > y_[high_]) high_ = k;
        if (y_[k] < y_[low_]) low_ = k;
        // Until the first extreme either may come.
        if (direction_ >= 0 && y_[k] <= y_[high_] - step_mm_) {
            out.highest.push_back(high_);
            direction_ = -1;
            low_ = k;
        } else if (direction_ <= 0 && y_[k] >= y_[low_] + step_mm_) {
            out.lowest.push_back(low_);
            direction_ = 1;
            high_ = k;
        }
    }

private:
    std::span<const double> y_;
    double step_mm_;
    std::size_t high_ = 0, low_ = 0;
    int direction_ = 0;  // 1: rising, −1: falling
    bool begun_ = false;
};

void check(const VxpSeries& series)
{
    if (series.time.empty() || series.time.size() != series.amplitude_mm.size())
        throw std::runtime_error("a .vxp file needs samples, each with a time and an amplitude");
    if (std::all_of(series.amplitude_mm.begin(), series.amplitude_mm.end(), [](double y) { return std::isnan(y); }))
        throw std::runtime_error("a .vxp file needs at least one sample in which the coordinate was measured");
}

std::string header(const VxpSeries& series)
{
    std::string patient = series.patient_id;
    std::replace_if(
        patient.begin(), patient.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return "[Header]\r\nCRC=0\r\nVersion=1.6\r\nData_layout=amplitude,phase,timestamp,validflag,ttlin,mark,ttlout\r\n"
           "Patient_ID=" +
           patient + "\r\nDate=" + two_digits(series.month) + "-" + two_digits(series.day) + "-" +
           std::to_string(series.year) +
           "\r\nTotal_study_time=" + decimals(core::to_seconds(series.time.back() - series.time.front()), 3) +
           "\r\nSamples_per_second=" + decimals(series.rate_hz, 3) + "\r\nScale_factor=" + decimals(kScale_mm, 1) +
           "\r\n[Data]\r\n";
}

}  // namespace

BreathingPhase breathing_phase(std::span<const core::TimePoint> time, std::span<const double> amplitude_mm)
{
    BreathingPhase out;
    out.phase_rad.assign(time.size(), core::kNaN);
    std::vector<double> known;
    std::copy_if(amplitude_mm.begin(), amplitude_mm.end(), std::back_inserter(known),
                 [](double y) { return !std::isnan(y); });
    if (known.size() < 3) return out;
    const double step_mm = 0.25 * (core::quantile(known, 0.95) - core::quantile(known, 0.05));
    if (!(step_mm > 0)) return out;
    ExtremeFinder finder(amplitude_mm, step_mm);
    for (std::size_t k = 0; k < amplitude_mm.size(); ++k)
        if (!std::isnan(amplitude_mm[k])) finder.take(k, out);

    std::vector<std::size_t> all(out.highest);
    all.insert(all.end(), out.lowest.begin(), out.lowest.end());
    std::sort(all.begin(), all.end());
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {
        const double begin = std::binary_search(out.highest.begin(), out.highest.end(), all[i]) ? 0 : std::numbers::pi;
        const double length_s = core::to_seconds(time[all[i + 1]] - time[all[i]]);
        for (std::size_t k = all[i]; k <= all[i + 1]; ++k) {
            const double share = length_s > 0 ? core::to_seconds(time[k] - time[all[i]]) / length_s : 0;
            out.phase_rad[k] = std::fmod(begin + std::numbers::pi * share, 2 * std::numbers::pi);
        }
    }
    return out;
}

void write_vxp(std::ostream& out, const VxpSeries& series)
{
    check(series);
    const BreathingPhase breathing = breathing_phase(series.time, series.amplitude_mm);
    const auto is_in = [](const std::vector<std::size_t>& list, std::size_t k) {
        return std::binary_search(list.begin(), list.end(), k);
    };
    out << header(series);
    double last_mm =
        *std::find_if(series.amplitude_mm.begin(), series.amplitude_mm.end(), [](double y) { return !std::isnan(y); });
    for (std::size_t k = 0; k < series.time.size(); ++k) {
        const bool tracked = !std::isnan(series.amplitude_mm[k]);
        if (tracked) last_mm = series.amplitude_mm[k];
        const double phase = breathing.phase_rad[k];
        const char* mark = is_in(breathing.highest, k) ? "Z" : is_in(breathing.lowest, k) ? "P" : "";
        const double elapsed_ms = 1e3 * core::to_seconds(series.time[k] - series.time.front());
        out << decimals(last_mm / kScale_mm, 4) << ',' << decimals(std::isnan(phase) ? 0 : phase, 4) << ','
            << std::llround(elapsed_ms) << ',' << (tracked ? "0" : "-1") << ",0," << mark << ",0\r\n";
    }
    out.flush();
    if (!out) throw std::runtime_error("the .vxp file could not be written (disk full, or the file was closed)");
}

}  // namespace foretide::acquisition
