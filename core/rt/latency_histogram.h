// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "core/rt/nonblocking.h"
#include "core/time.h"

namespace foretide::core {

/// Counts durations in buckets that are 1 ns wide up to 256 ns and then 1/128 of a power of two, up to 137 s: what
/// it tells is at most 0.8 % above what was recorded, never below. Longer durations count in the last bucket,
/// negative ones as 0; maximum, minimum and mean are exact.
///
/// Fixed size (31 KiB), trivially copyable: a snapshot is a copy.
/// Threads: one at a time. Allocation: none. Errors: none.
class LatencyHistogram {
public:
    static constexpr std::uint64_t kLargest_ns = (std::uint64_t{1} << 37U) - 1;  ///< 137 s

    /// RT-safe.
    void record(Duration duration) noexcept FORETIDE_NONBLOCKING
    {
        const auto ns = static_cast<std::uint64_t>(std::max<Duration::rep>(duration.count(), 0));
        ++counts_[bucket_of(std::min(ns, kLargest_ns))];
        ++count_;
        sum_ns_ += static_cast<double>(ns);
        max_ns_ = std::max(max_ns_, ns);
        min_ns_ = std::min(min_ns_, ns);
    }

    /// Adds what another histogram counted. RT-safe.
    void merge(const LatencyHistogram& other) noexcept FORETIDE_NONBLOCKING
    {
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            counts_[i] += other.counts_[i];
        }
        count_ += other.count_;
        sum_ns_ += other.sum_ns_;
        max_ns_ = std::max(max_ns_, other.max_ns_);
        min_ns_ = std::min(min_ns_, other.min_ns_);
    }

    void clear() noexcept FORETIDE_NONBLOCKING { *this = LatencyHistogram{}; }

    std::uint64_t count() const noexcept FORETIDE_NONBLOCKING { return count_; }

    // All zero while nothing was recorded.
    Duration max() const noexcept FORETIDE_NONBLOCKING { return to_duration(max_ns_); }
    Duration min() const noexcept FORETIDE_NONBLOCKING { return to_duration(count_ > 0 ? min_ns_ : 0); }
    double mean_us() const noexcept { return count_ > 0 ? 1e-3 * sum_ns_ / static_cast<double>(count_) : 0.0; }

    /// Smallest duration that at least `percent` % (0 … 100) of the records do not exceed, to the bucket's upper
    /// end, at most max(). RT-safe.
    Duration percentile(double percent) const noexcept FORETIDE_NONBLOCKING
    {
        if (count_ == 0) {
            return Duration::zero();
        }
        // The small margin keeps 99.9 % of 1000 at rank 999 in spite of rounding.
        const double wanted = std::ceil(std::clamp(percent, 0.0, 100.0) / 100.0 * static_cast<double>(count_) - 1e-6);
        const auto rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1, count_);
        std::uint64_t passed = 0;
        for (std::size_t i = 0; i + 1 < counts_.size(); ++i) {
            passed += counts_[i];
            if (passed >= rank) {
                return to_duration(std::min(last_ns(i), max_ns_));
            }
        }
        return max();
    }
    double percentile_us(double percent) const noexcept { return 1e6 * to_seconds(percentile(percent)); }

    /// Calls f(first, last, count) for each bucket that is not empty, in increasing order; bounds included.
    template <class F>
    void for_each_bucket(F&& f) const
    {
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            if (counts_[i] > 0) {
                f(to_duration(first_ns(i)), to_duration(last_ns(i)), counts_[i]);
            }
        }
    }

private:
    static constexpr unsigned kBits = 7;  // 128 buckets a power of two
    static constexpr std::size_t kPerOctave = std::size_t{1} << kBits;
    static constexpr std::size_t kBuckets = (std::bit_width(kLargest_ns) - (kBits + 1) + 2) * kPerOctave;

    // A value v with s = max(0, bit width − 8) has the 8 leading bits v >> s in 128 … 255 (0 … 255 for s = 0).
    static constexpr std::size_t bucket_of(std::uint64_t ns) noexcept
    {
        const auto width = static_cast<unsigned>(std::bit_width(ns));
        const unsigned shift = width > kBits + 1 ? width - (kBits + 1) : 0;
        return shift * kPerOctave + static_cast<std::size_t>(ns >> shift);
    }
    static constexpr std::uint64_t first_ns(std::size_t bucket) noexcept
    {
        const std::size_t shift = bucket < 2 * kPerOctave ? 0 : bucket / kPerOctave - 1;
        return (bucket - shift * kPerOctave) << shift;
    }
    static constexpr std::uint64_t last_ns(std::size_t bucket) noexcept { return first_ns(bucket + 1) - 1; }
    static constexpr Duration to_duration(std::uint64_t ns) noexcept
    {
        return Duration{static_cast<Duration::rep>(ns)};
    }

    std::array<std::uint64_t, kBuckets> counts_{};
    std::uint64_t count_ = 0;
    std::uint64_t max_ns_ = 0;
    std::uint64_t min_ns_ = ~std::uint64_t{0};
    double sum_ns_ = 0;
};

static_assert(std::is_trivially_copyable_v<LatencyHistogram>);

}  // namespace foretide::core
