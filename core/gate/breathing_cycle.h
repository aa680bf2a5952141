// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cstdint>

#include "core/gate/breath_detector.h"

namespace foretide::core {

/// Which way the gate coordinate goes when the patient breathes in.
enum class Inhale : std::uint8_t { automatic, up, down };
const char* to_string(Inhale inhale) noexcept;
/// "auto", "up", "down". Throws std::invalid_argument.
Inhale parse_inhale(const char* name);

/// The breaths of a coordinate so far: their turning points, period, regularity and end-exhale level.
///
/// Breathing out takes longer than breathing in and ends in a pause: the side on which the coordinate dwells is that of
/// exhale. Inhale::automatic decides after five breaths by the mean of (mean − middle)/height, where that exceeds 0.03,
/// and keeps to it; until then nothing is known.
///
/// Times are seconds on one clock, increasing. Threads: one at a time. Allocation: none. RT-safe.
class BreathingCycle {
public:
    explicit BreathingCycle(Inhale inhale = Inhale::automatic) : inhale_(inhale) {}

    void step(double time_s, double mm) noexcept FORETIDE_NONBLOCKING;
    /// The series does not go on: breaths so far are forgotten, but not the side of inhale.
    void break_series() noexcept FORETIDE_NONBLOCKING;

    Inhale inhale() const noexcept { return inhale_; }
    const BreathDetector& detector() const noexcept { return detector_; }
    /// An extremum of detector() or a copy of it is a peak of inhale.
    bool is_peak(const BreathDetector::Extremum& e) const noexcept FORETIDE_NONBLOCKING
    {
        return inhale_ != Inhale::automatic && e.high == (inhale_ == Inhale::up);
    }

    /// Of the newest peak of inhale; NaN: none.
    double last_peak_s() const noexcept FORETIDE_NONBLOCKING;
    /// Median of the last five periods; NaN before three.
    double period_s() const noexcept FORETIDE_NONBLOCKING;
    /// The last three periods are within 30 % of the median, which is 1.5 to 12 s.
    bool regular() const noexcept FORETIDE_NONBLOCKING;
    /// Median end-exhale level of the last five breaths; NaN before three.
    double exhale_mm() const noexcept FORETIDE_NONBLOCKING;

private:
    static constexpr std::size_t kKept = 6;
    struct Ring {
        std::array<BreathDetector::Extremum, kKept> kept{};
        std::size_t count = 0;
        void add(const BreathDetector::Extremum& e) noexcept { kept[count++ % kKept] = e; }
        std::size_t size() const noexcept { return count < kKept ? count : kKept; }
        /// k = 0: the newest.
        const BreathDetector::Extremum& back(std::size_t k) const noexcept { return kept[(count - 1 - k) % kKept]; }
    };
    const Ring& peaks() const noexcept { return inhale_ == Inhale::down ? lows_ : highs_; }
    const Ring& troughs() const noexcept { return inhale_ == Inhale::down ? highs_ : lows_; }
    std::size_t periods(std::array<double, kKept>& out) const noexcept;
    void judge_side() noexcept;

    Inhale inhale_;
    BreathDetector detector_;
    Ring highs_, lows_;
    // Since the last high was confirmed.
    double sum_mm_ = 0;
    std::int64_t samples_ = 0;
    double skew_sum_ = 0;
    std::int64_t skews_ = 0;
};

}  // namespace foretide::core
