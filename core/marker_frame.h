// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "core/time.h"

namespace foretide::core {

/// Largest number of markers a frame carries. A Polaris reports more strays than that only when it sees
/// reflections; readers and sources refuse what does not fit, they never cut silently.
inline constexpr int kMaxMarkers = 32;

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// What the source says about one marker in one frame.
enum class Visibility : std::uint8_t {
    visible,        ///< measured
    missing,        ///< not seen; the position is NaN
    out_of_volume,  ///< seen outside the characterised volume; the position is given but not vouched for
    phantom,        ///< the source suspects a reflection
};

/// One marker in one frame.
struct MarkerSample {
    std::array<double, 3> position_mm{kNaN, kNaN, kNaN};  ///< x, y, z in the source's frame [mm]; NaN = not measured
    float quality = std::numeric_limits<float>::quiet_NaN();  ///< source's 3-D error [mm], NaN where it gives none
    Visibility visibility = Visibility::missing;
};

/// Repairs and doubts a reader or source attaches to a whole frame (bit set).
enum class FrameFlag : std::uint16_t {
    none = 0,
    time_repaired = 1U << 0U,  ///< the recorded time was wrong and was rebuilt from another clock of the record
    interpolated = 1U << 1U,   ///< the recording system filled this frame in; it was not measured
    not_periodic = 1U << 2U,   ///< the source marks breathing as irregular here (cough, speech)
    beam_on = 1U << 3U,        ///< the source recorded the beam as on
    event = 1U << 4U,          ///< an operator's mark or a trigger
};

constexpr FrameFlag operator|(FrameFlag a, FrameFlag b) noexcept
{
    return static_cast<FrameFlag>(static_cast<std::uint16_t>(a) | static_cast<std::uint16_t>(b));
}
constexpr FrameFlag& operator|=(FrameFlag& a, FrameFlag b) noexcept { return a = a | b; }
constexpr bool has(FrameFlag set, FrameFlag flag) noexcept
{
    return (static_cast<std::uint16_t>(set) & static_cast<std::uint16_t>(flag)) != 0;
}

/// One reading of all markers, as received: the unit every source hands on.
///
/// Fixed size and trivially copyable, so that it crosses threads by value. Positions are in the source's own
/// frame. Acquisition time is exposure time where the source knows it, else the arrival time.
struct MarkerFrame {
    TimePoint acquired = kUnknownTime;  ///< exposure [project clock]
    TimePoint arrived = kUnknownTime;   ///< last byte received; files: equal to `acquired`
    std::uint64_t sequence = 0;         ///< source's frame counter, or a running number where it has none
    std::int32_t marker_count = 0;      ///< 0 … kMaxMarkers; entries of `markers` past it are unused
    FrameFlag flags = FrameFlag::none;
    std::array<MarkerSample, kMaxMarkers> markers{};
};

static_assert(std::is_trivially_copyable_v<MarkerFrame>);

}  // namespace foretide::core
