// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cmath>
#include <stdexcept>
#include <string>

namespace foretide::rnn {

/// Checks of a configuration's numbers. Throw std::invalid_argument that names owner, number and range.
class RangeCheck {
public:
    explicit RangeCheck(std::string owner) : owner_(std::move(owner)) {}

    const RangeCheck& whole(const char* name, long value, long low, long high) const
    {
        if (value < low || value > high)
            throw std::invalid_argument(owner_ + ": " + name + " is " + std::to_string(value) +
                                        ", it must lie between " + std::to_string(low) + " and " +
                                        std::to_string(high));
        return *this;
    }
    const RangeCheck& not_negative(const char* name, double value) const
    {
        if (!std::isfinite(value) || value < 0)
            throw std::invalid_argument(owner_ + ": " + name + " must be a number >= 0");
        return *this;
    }
    const RangeCheck& positive(const char* name, double value) const
    {
        if (!std::isfinite(value) || value <= 0)
            throw std::invalid_argument(owner_ + ": " + name + " must be a number > 0");
        return *this;
    }

private:
    std::string owner_;
};

inline constexpr long kMaxCoordinates = 3000;
inline constexpr long kMaxHistory = 10000;
inline constexpr long kMaxHorizon = 1000;

}  // namespace foretide::rnn
