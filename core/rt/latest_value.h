// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "core/rt/nonblocking.h"

namespace foretide::core {

/// Hands the newest value of one thread to another; values not fetched in time are overwritten (triple buffer).
///
///     fill(latest.back()); latest.publish();             // writer
///     if (latest.fetch()) use(latest.front());           // reader
///
/// Threads: one writer, one reader. Allocation: constructor only. Errors: none. Wait-free.
template <class T>
class LatestValue {
public:
    explicit LatestValue(const T& prototype) : values_{prototype, prototype, prototype} {}

    /// The writer's own value; holds an older one until filled.
    T& back() noexcept FORETIDE_NONBLOCKING { return values_[back_]; }
    void publish() noexcept FORETIDE_NONBLOCKING
    {
        back_ = middle_.exchange(back_ | kFresh, std::memory_order_acq_rel) & kIndex;
    }

    /// Takes the newest value to front(); false where none was published since the last fetch().
    bool fetch() noexcept FORETIDE_NONBLOCKING
    {
        if ((middle_.load(std::memory_order_relaxed) & kFresh) == 0) return false;
        front_ = middle_.exchange(front_, std::memory_order_acq_rel) & kIndex;
        return true;
    }
    const T& front() const noexcept FORETIDE_NONBLOCKING { return values_[front_]; }

private:
    static constexpr std::uint32_t kIndex = 3, kFresh = 4;

    std::array<T, 3> values_;
    std::uint32_t back_ = 0;   // writer's
    std::uint32_t front_ = 1;  // reader's
    std::atomic<std::uint32_t> middle_{2};
};

}  // namespace foretide::core
