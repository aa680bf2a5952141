// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "acquisition/igtl/message.h"
#include "core/rt/nonblocking.h"

namespace foretide::acquisition {

/// A name and where it was seen.
struct TrackedPosition {
    std::string_view name;  ///< points into the message
    std::array<double, 3> position_mm{};
};

/// What a message can be to a receiver of positions.
enum class TrackedForm : std::uint8_t {
    none,       ///< it carries no positions
    single,     ///< TRANSFORM, POSITION: one tool, named by the message's device name
    list,       ///< TDATA, QTDATA, POINT: all tools of one instant
    malformed,  ///< one of these by name, but its length does not fit
};

/// Reads positions out of a message of any of OpenIGTLink's types for them; orientations are left alone.
///
/// A tool that is not seen is not in the list (OpenIGTLink has no other way to say so in these messages). Values are
/// handed out as received: they may not be finite. Valid as long as the message.
/// Threads: one at a time. Allocation: none. Errors: form(). RT-safe.
class TrackedPositions {
public:
    explicit TrackedPositions(const IgtlMessage& message) noexcept FORETIDE_NONBLOCKING;

    TrackedForm form() const noexcept { return form_; }
    std::size_t size() const noexcept { return size_; }
    /// i < size().
    TrackedPosition operator[](std::size_t i) const noexcept FORETIDE_NONBLOCKING;

private:
    enum class Type : std::uint8_t { other, transform, position, tdata, qtdata, point };

    const IgtlMessage& message_;
    Type type_ = Type::other;
    TrackedForm form_ = TrackedForm::none;
    std::size_t size_ = 0;
};

}  // namespace foretide::acquisition
