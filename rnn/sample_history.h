// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/state_io.h"
#include "rnn/aligned.h"

namespace foretide::rnn {

/// The newest samples of a series, any stretch of them readable as one contiguous block, oldest first.
///
/// A ring written twice, half a buffer apart: pushing costs two copies of p numbers and no stretch ever wraps.
/// RT-safe after construction; one thread.
template <class T>
class SampleHistory {
public:
    /// Keeps the newest `capacity` samples of p numbers.
    SampleHistory(int p, int capacity)
        : p_(static_cast<std::size_t>(p)), capacity_(static_cast<std::size_t>(capacity)), ring_(2 * p_ * capacity_)
    {
    }

    void push(std::span<const double> y) noexcept
    {
        ++count_;
        place();
        for (std::size_t c = 0; c < p_; ++c) {
            ring_[newest_ * p_ + c] = static_cast<T>(y[c]);
            ring_[(newest_ - capacity_) * p_ + c] = static_cast<T>(y[c]);
        }
    }

    /// Samples pushed so far; the newest has index count() − 1.
    std::int64_t count() const noexcept { return count_; }

    /// The `length` samples that end `age` samples before the newest (age 0: with the newest), length·p numbers.
    /// Precondition: has(length, age).
    const T* window(int length, int age) const noexcept
    {
        return ring_.data() + (newest_ + 1 - static_cast<std::size_t>(age) - static_cast<std::size_t>(length)) * p_;
    }

    bool has(int length, int age) const noexcept
    {
        return count_ - age >= length && static_cast<std::int64_t>(capacity_) >= length + age;
    }

    const T* newest() const noexcept { return window(1, 0); }

    void save_state(std::ostream& out) const
    {
        core::write_pod(out, count_);
        core::write_array(out, std::span<const T>(ring_));
    }
    void load_state(std::istream& in)
    {
        count_ = core::read_pod<std::int64_t>(in);
        if (count_ < 0) throw std::runtime_error("saved state is damaged: a negative number of samples");
        core::read_array(in, std::span<T>(ring_));
        place();
    }

private:
    /// Once a sample, so that window(), called a thousand times a sample, needs no division.
    void place() noexcept { newest_ = (static_cast<std::size_t>(count_) + capacity_ - 1) % capacity_ + capacity_; }

    std::size_t p_;
    std::size_t capacity_;
    AlignedVector<T> ring_;
    std::int64_t count_ = 0;
    std::size_t newest_ = 2 * capacity_ - 1;  ///< where the newest sample stands, in the upper half
};

}  // namespace foretide::rnn
