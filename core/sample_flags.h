// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace foretide::core {

/// What the conditioner found or did at one sample, or at one marker of it (bit set; none = measured, untouched).
enum class SampleFlag : std::uint32_t {
    none = 0,

    // The position is not the measured one.
    gap = 1U << 0U,             ///< no frame was received for this sample
    missing_marker = 1U << 1U,  ///< a marker was not seen
    phantom = 1U << 2U,         ///< a marker was left out because the source suspects a reflection
    implausible = 1U << 3U,     ///< a marker was left out: infinite or absurdly large coordinates
    outlier = 1U << 4U,         ///< a marker was left out: it jumped faster than a chest can move
    predicted = 1U << 5U,       ///< filled in with the caller's prediction (with one of the above)
    held = 1U << 6U,            ///< filled in with the last position (with one of the above)
    resampled = 1U << 7U,       ///< interpolated between two frames of a source of another rate

    // The position is measured, but …
    step_accepted = 1U << 8U,   ///< a jump that looked like an outlier lasted and was taken as real
    swapped = 1U << 9U,         ///< the source had exchanged markers; exchanged back
    frozen = 1U << 10U,         ///< the marker repeats exactly the same numbers although it should move
    out_of_volume = 1U << 11U,  ///< measured outside the characterised volume

    // The series.
    invalid = 1U << 12U,        ///< a marker has been filled in for longer than the limit: do not act on this
    resumed = 1U << 13U,        ///< first good sample after an invalid one or after a long gap
    discontinuity = 1U << 14U,  ///< the grid is broken before this sample: its index does not tell the time passed
    warm_up = 1U << 15U,        ///< statistics of the series are not frozen yet

    // Frames dropped since the sample before.
    time_reversed = 1U << 16U,  ///< acquired before the frame received last
    duplicate = 1U << 17U,      ///< same time or same sequence number as the frame received last
    surplus = 1U << 18U,        ///< came too soon after the frame before for another sample
    no_time = 1U << 19U,        ///< without an acquisition time

    // Said by the source.
    source_repaired = 1U << 20U,  ///< recorded time rebuilt, or frame filled in by the recording system
    not_periodic = 1U << 21U,     ///< breathing marked as irregular
};

inline constexpr int kSampleFlagCount = 22;

constexpr SampleFlag operator|(SampleFlag a, SampleFlag b) noexcept
{
    return static_cast<SampleFlag>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}
constexpr SampleFlag operator&(SampleFlag a, SampleFlag b) noexcept
{
    return static_cast<SampleFlag>(static_cast<std::uint32_t>(a) & static_cast<std::uint32_t>(b));
}
constexpr SampleFlag& operator|=(SampleFlag& a, SampleFlag b) noexcept { return a = a | b; }

/// True where the set holds at least one of `flags`.
constexpr bool has(SampleFlag set, SampleFlag flags) noexcept { return (set & flags) != SampleFlag::none; }

/// The flags that say: this position was not measured as given.
inline constexpr SampleFlag kFilledIn = SampleFlag::predicted | SampleFlag::held;

/// Name of a single flag, as in reports ("missing_marker"); "none" for none, "several" for a set.
constexpr std::string_view to_string(SampleFlag flag) noexcept
{
    constexpr std::array<std::string_view, kSampleFlagCount> names{
        "gap",     "missing_marker", "phantom",         "implausible", "outlier",       "predicted",
        "held",    "resampled",      "step_accepted",   "swapped",     "frozen",        "out_of_volume",
        "invalid", "resumed",        "discontinuity",   "warm_up",     "time_reversed", "duplicate",
        "surplus", "no_time",        "source_repaired", "not_periodic"};
    const auto bits = static_cast<std::uint32_t>(flag);
    if (bits == 0) {
        return "none";
    }
    const auto index = static_cast<std::size_t>(std::countr_zero(bits));
    return std::has_single_bit(bits) && index < names.size() ? names[index] : "several";
}

/// Number of samples by flag. RT-safe.
class SampleFlagCounts {
public:
    void add(SampleFlag flags) noexcept
    {
        for (auto bits = static_cast<std::uint32_t>(flags); bits != 0; bits &= bits - 1) {
            ++counts_[static_cast<std::size_t>(std::countr_zero(bits))];
        }
    }

    /// Samples that carried this flag; 0 for anything but a single flag.
    std::int64_t operator[](SampleFlag flag) const noexcept
    {
        const auto bits = static_cast<std::uint32_t>(flag);
        return std::has_single_bit(bits) ? counts_[static_cast<std::size_t>(std::countr_zero(bits))] : 0;
    }

    /// Calls f(SampleFlag, count) for each flag that exists, in the order of the enumeration.
    template <class F>
    void for_each(F&& f) const
    {
        for (unsigned i = 0; i < static_cast<unsigned>(kSampleFlagCount); ++i) {
            f(static_cast<SampleFlag>(1U << i), counts_[i]);
        }
    }

private:
    std::array<std::int64_t, 32> counts_{};
};

}  // namespace foretide::core
