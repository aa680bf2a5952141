// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace foretide::rnn {

/// UORO's random signs ν: from a seeded engine, or from a given table (to follow a recorded run step by step).
/// RT-safe but for set_table().
class RandomSigns {
public:
    explicit RandomSigns(std::uint64_t seed) : state_(seed) {}

    /// Signs to use instead, row after row of the size asked for; past its end the engine goes on.
    void set_table(std::vector<double> signs)
    {
        table_ = std::move(signs);
        used_ = 0;
    }

    template <class T>
    void fill(std::span<T> out) noexcept
    {
        std::uint64_t bits = 0;
        int left = 0;
        for (T& sign : out) {
            if (used_ < table_.size()) {
                sign = static_cast<T>(table_[used_++]);
                continue;
            }
            if (left == 0) {
                bits = next();
                left = 64;
            }
            sign = (bits & 1U) != 0 ? T(1) : T(-1);
            bits >>= 1U;
            --left;
        }
    }

    template <class Archive>
    void archive(Archive& ar)
    {
        ar.value(state_);
    }

private:
    /// SplitMix64 (Steele, Lea and Flood 2014): 64 equidistributed bits a call.
    std::uint64_t next() noexcept
    {
        state_ += 0x9E3779B97F4A7C15ULL;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
        return z ^ (z >> 31U);
    }

    std::uint64_t state_;
    std::vector<double> table_;
    std::size_t used_ = 0;
};

}  // namespace foretide::rnn
