// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "acquisition/live/marker_source.h"
#include "acquisition/live/poll_rhythm.h"
#include "acquisition/ndi/ndi_bring_up.h"
#include "acquisition/ndi/ndi_framing.h"
#include "acquisition/ndi/ndi_link.h"
#include "acquisition/ndi/ndi_reading.h"
#include "core/clock_map.h"

namespace foretide::acquisition {

struct NdiConfig {
    std::string address;              ///< as parse_ndi_address() reads it
    std::filesystem::path tool_file;  ///< .rom of a passive tool; empty: the built-in one (ndi_tool.h)
    /// From exposure to the reply: 14.2 ms for a Polaris Vega (ro-journal s13014-021-01804-7), up to 31.6 ms for a
    /// Spectra (s13014-017-0797-9).
    core::Duration latency = std::chrono::microseconds(14200);
    std::optional<NdiTracking> tracking;  ///< nothing: as the tracker's API revision says
};

/// Markers of an NDI Polaris over TCP or a serial line: single passive markers ("strays"; with BX2 also those of tools)
/// as anonymous markers in the tracker's frame.
///
/// It brings the tracker up (ndi_bring_up.h), then asks for positions in the rhythm in which they come
/// (poll_rhythm.h). With BX2, exposure is the tracker's time stamp through core::ClockMap; with BX and TX it is arrival
/// less the latency. A frame asked for twice is handed out once, told by its number. An answer not there after 0.1 s
/// (serial: 0.3 s) counts as missed; a second without any, a closed connection or a tracker that left tracking are a
/// loss: it connects again after 0.25 s, then twice as long each time up to 5 s.
///
/// Threads, allocation, errors: as MarkerSource says. The destructor stops the tracker's tracking (0.2 s at most where
/// it does not answer) and waits for a name look-up under way.
class NdiSource final : public MarkerSource {
public:
    /// Throws std::invalid_argument (address, latency) and std::runtime_error (tool file).
    explicit NdiSource(const NdiConfig& config);
    ~NdiSource() override;

    SourceResult next(core::MarkerFrame& frame, core::TimePoint until) noexcept override;
    void interrupt() noexcept override { link_.interrupt(); }
    SourceState state() const noexcept override;
    const SourceCounts& counts() const noexcept override { return counts_; }
    std::uint64_t message_number() const noexcept override { return message_number_; }
    std::string message() const override;
    double rate_hz() const noexcept override { return rhythm_.rate_hz(); }
    int markers() const noexcept override { return 0; }
    bool anonymous() const noexcept override { return true; }
    std::string description() const override;

private:
    enum class Phase : std::uint8_t { pausing, opening, talking, tracking };
    struct Warning {
        const char* text = nullptr;
        core::TimePoint until{};
    };

    // While connecting.
    NdiLink::Event connect(core::TimePoint until);
    NdiLink::Event talk(core::TimePoint until);
    void listen_to_bring_up();
    void begin_tracking();
    void lose(std::string problem);
    void choose_poll(NdiTracking tracking);

    // While tracking: RT-safe.
    NdiLink::Event track(core::TimePoint until) noexcept;
    void receive() noexcept;
    void take_replies() noexcept;
    void take(const NdiReply& reply, core::TimePoint arrived) noexcept;
    void take_error(int code) noexcept;
    const char* parse(const NdiReply& reply) noexcept;
    bool take_frames(core::TimePoint arrived) noexcept;
    void take_warnings(core::TimePoint now) noexcept;
    void warn(const char* text, core::TimePoint now) noexcept;
    void missed(core::TimePoint now) noexcept;

    NdiConfig config_;
    NdiLink link_;
    NdiBringUp bring_up_;
    core::ClockMap clock_map_;
    PollRhythm rhythm_;
    NdiReplyBuffer buffer_;
    NdiReading reading_;
    std::array<core::MarkerFrame, NdiReading::kMaxFrames> ready_{};  // frames of one reply not handed out yet
    std::size_t ready_begin_ = 0, ready_end_ = 0;

    Phase phase_ = Phase::pausing;
    core::TimePoint retry_at_{};
    core::Duration pause_;
    core::TimePoint action_deadline_{};  // of the bring-up's action
    bool acting_ = false;
    bool quick_ = false;  // the next bring-up

    NdiTracking tracking_ = NdiTracking::bx2;
    std::vector<std::uint8_t> poll_;  // the command with its CRC
    bool waiting_ = false;
    core::TimePoint asked_{}, last_arrival_{}, last_reply_{}, last_new_{};
    bool numbered_ = false;
    std::uint32_t last_number_ = 0;
    std::array<Warning, 4> warnings_{};

    SourceCounts counts_;
    std::string problem_;
    std::uint64_t message_number_ = 1;
};

}  // namespace foretide::acquisition
