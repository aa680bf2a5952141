// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/rt/nonblocking.h"

namespace foretide::core {

/// A bounded queue from one thread to another whose slots are made beforehand and filled in place, so that large
/// records cross without a copy or an allocation. Full: the newest is dropped, and counted.
///
///     if (T* slot = ring.begin_push()) { fill(*slot); ring.end_push(); }        // producer
///     while (const T* slot = ring.front()) { use(*slot); ring.pop(); }          // consumer
///
/// Threads: one producer, one consumer; dropped() any. Allocation: constructor only. Errors: none. Wait-free.
template <class T>
class SlotRing {
public:
    /// `slots` ≥ 1 copies of `prototype` (vectors in it keep their sizes).
    SlotRing(std::size_t slots, const T& prototype) : slots_(slots, prototype) {}

    /// The slot to fill, or null: no room, and one more is counted as dropped. It still holds an older record.
    T* begin_push() noexcept FORETIDE_NONBLOCKING
    {
        const std::uint64_t head = head_.load(std::memory_order_relaxed);
        if (head - tail_.load(std::memory_order_acquire) == slots_.size()) {
            dropped_.fetch_add(1, std::memory_order_relaxed);
            return nullptr;
        }
        return &slots_[head % slots_.size()];
    }
    void end_push() noexcept FORETIDE_NONBLOCKING { head_.fetch_add(1, std::memory_order_release); }

    /// The oldest record, or null. Valid until pop().
    const T* front() const noexcept FORETIDE_NONBLOCKING
    {
        const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
        return head_.load(std::memory_order_acquire) == tail ? nullptr : &slots_[tail % slots_.size()];
    }
    void pop() noexcept FORETIDE_NONBLOCKING { tail_.fetch_add(1, std::memory_order_release); }

    std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }
    std::size_t capacity() const noexcept { return slots_.size(); }

private:
    static constexpr std::size_t kCacheLine = 64;

    std::vector<T> slots_;
    alignas(kCacheLine) std::atomic<std::uint64_t> head_{0};  // pushed so far
    alignas(kCacheLine) std::atomic<std::uint64_t> tail_{0};  // popped so far
    alignas(kCacheLine) std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace foretide::core
