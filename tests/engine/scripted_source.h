// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "acquisition/live/marker_source.h"

namespace foretide::tests {

/// What a scripted source does next.
struct Act {
    enum class What { frame, silence, call, end } what = What::frame;
    core::MarkerFrame frame{};     ///< `acquired` counts from the first frame; unknown: now
    core::Duration wait{0};        ///< before a frame; length of a silence
    std::function<void()> call{};  ///< run on the acquisition thread
    acquisition::SourceState state = acquisition::SourceState::streaming;  ///< from here on
};

/// A source that plays a script, for the engine's tests.
class ScriptedSource final : public acquisition::MarkerSource {
public:
    ScriptedSource(std::vector<Act> script, double rate_hz, int markers)
        : script_(std::move(script)), rate_hz_(rate_hz), markers_(markers)
    {
    }

    acquisition::SourceResult next(core::MarkerFrame& frame, core::TimePoint until) noexcept override;
    void interrupt() noexcept override;
    acquisition::SourceState state() const noexcept override { return state_; }
    const acquisition::SourceCounts& counts() const noexcept override { return counts_; }
    std::uint64_t message_number() const noexcept override { return 1; }
    std::string message() const override { return "scripted"; }
    double rate_hz() const noexcept override { return rate_hz_; }
    int markers() const noexcept override { return markers_; }
    bool anonymous() const noexcept override { return anonymous_; }
    std::string description() const override { return "script"; }

    bool anonymous_ = false;
    /// Called where next() is entered, and where it hands out a frame.
    std::function<void()> entered, leaving;

private:
    bool wait(core::TimePoint until) noexcept;  // false: interrupted

    std::vector<Act> script_;
    double rate_hz_;
    int markers_;
    std::size_t at_ = 0;
    core::TimePoint zero_{};  // of the frames' exposures
    core::TimePoint silent_until_ = core::kUnknownTime;
    acquisition::SourceState state_ = acquisition::SourceState::streaming;
    acquisition::SourceCounts counts_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool interrupted_ = false;
};

/// Breathing markers at `rate_hz`, as fast as the engine takes them; times are those of the series.
std::vector<Act> breathing(int frames, double rate_hz, int markers, double from_s = 0);

}  // namespace foretide::tests
