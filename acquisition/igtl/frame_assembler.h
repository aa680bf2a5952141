// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "acquisition/igtl/message.h"
#include "acquisition/igtl/tracked_positions.h"
#include "core/marker_frame.h"
#include "core/rt/nonblocking.h"

namespace foretide::acquisition {

/// Makes marker frames of OpenIGTLink messages.
///
/// TDATA, QTDATA and POINT hold all tools of an instant: each is a frame. TRANSFORM and POSITION hold one: those of one
/// time stamp are a frame, complete when every marker is in it, when a marker comes again or another time stamp comes,
/// or `group_for` after the first. Whichever of the two forms comes first is kept to; the other is left out, so that a
/// server that sends both does not give every frame twice.
///
/// Markers are known by their names, in the order given, or learnt in the order of appearance until stop_learning().
/// "Chest" also means "ChestToTracker", as PLUS names its transforms. What is not in a frame is `missing`.
///
/// Threads: one at a time. Allocation: constructor and while learning. Errors: counts. RT-safe once names are known.
class FrameAssembler {
public:
    struct Frame {
        core::Duration stamp{0};  ///< the sender's, since 1970; 0: none
        core::MarkerFrame frame;  ///< `acquired` and `sequence` are left to the receiver
    };

    /// `names` empty: they are learnt.
    FrameAssembler(std::vector<std::string> names, core::Duration group_for);

    /// Takes a message that arrived at `arrived`; pop() until empty before the next. Tells what kind of message it was.
    TrackedForm take(const IgtlMessage& message, core::TimePoint arrived) noexcept;

    /// The next complete frame; false: there is none.
    bool pop(Frame& frame) noexcept FORETIDE_NONBLOCKING;

    bool has_frames() const noexcept { return ready_count_ > 0; }

    /// When complete_due() is to be called; core::TimePoint::max() where no frame is begun.
    core::TimePoint due() const noexcept;
    void complete_due(core::TimePoint now) noexcept FORETIDE_NONBLOCKING;

    /// A new connection: what was begun is dropped, either form may come.
    void restart() noexcept FORETIDE_NONBLOCKING;

    void stop_learning() noexcept { learning_ = false; }
    bool learning() const noexcept { return learning_; }
    const std::vector<std::string>& names() const noexcept { return names_; }

    std::int64_t surplus() const noexcept { return surplus_; }  ///< positions of tools that are not markers
    /// Positions that are no numbers or far off, and messages whose length does not fit.
    std::int64_t malformed() const noexcept { return malformed_; }

private:
    int index_of(std::string_view name) noexcept;
    void begin(core::Duration stamp, core::TimePoint arrived) noexcept;
    bool put(const TrackedPosition& tool) noexcept;
    void complete() noexcept;
    void take_single(const IgtlMessage& message, const TrackedPosition& tool, core::TimePoint arrived) noexcept;
    void take_list(const IgtlMessage& message, const TrackedPositions& tools, core::TimePoint arrived) noexcept;

    std::vector<std::string> names_;
    core::Duration group_for_;
    bool learning_;
    TrackedForm form_ = TrackedForm::none;  // kept to
    bool begun_ = false;
    Frame open_;
    core::TimePoint begun_at_{};
    std::uint32_t filled_ = 0;  // bit per marker of open_
    std::array<Frame, 2> ready_;
    std::size_t ready_count_ = 0;
    std::int64_t surplus_ = 0, malformed_ = 0;
};

}  // namespace foretide::acquisition
