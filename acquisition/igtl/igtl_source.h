// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "acquisition/igtl/frame_assembler.h"
#include "acquisition/igtl/stream_reader.h"
#include "acquisition/live/marker_source.h"
#include "acquisition/live/tcp_connector.h"
#include "core/clock_map.h"
#include "core/recording.h"

namespace foretide::acquisition {

struct IgtlSourceSettings {
    HostPort server;                   ///< "192.168.0.5", 18944
    std::vector<std::string> markers;  ///< tool or device names in the order of the frame; empty: learnt
    double rate_hz = core::kNaN;       ///< of the server's frames; NaN: measured
    bool use_time_stamps = true;       ///< false: a frame's arrival is its exposure, less `latency`
    core::Duration latency{0};         ///< least time from exposure to arrival, known of the tracker
    core::Duration learn_for = std::chrono::seconds(1);       ///< names and rate, from the first position on
    core::Duration silence = std::chrono::seconds(2);         ///< without a position: the connection is made anew
    core::Duration group_for = std::chrono::milliseconds(5);  ///< see FrameAssembler
    bool request_positions = true;  ///< send STT_TDATA; servers that stream on their own leave it unanswered
    std::string coordinate_frame;   ///< named in STT_TDATA
};

/// Markers from an OpenIGTLink server (PLUS, 3D Slicer, a tracker's own), as TDATA, QTDATA, POINT, TRANSFORM or
/// POSITION; see FrameAssembler. Orientations are left alone.
///
/// Names that were not given, and the rate, are learnt during the first second; a marker that is not in view then has
/// to be named. Exposure is the message's time stamp on the engine's clock (core::ClockMap); arrival less the latency
/// where messages are not stamped, or the stamp stands still.
///
/// A server that loses every tool usually falls silent, so silence is a loss of the source: after `silence` the
/// connection is made anew, with pauses that grow from 0.25 to 5 s while that fails.
///
/// Threads, allocation, errors: as MarkerSource. The constructor throws std::invalid_argument for settings that cannot
/// work.
class IgtlSource final : public MarkerSource {
public:
    explicit IgtlSource(IgtlSourceSettings settings);
    ~IgtlSource() override;

    SourceResult next(core::MarkerFrame& frame, core::TimePoint until) noexcept override;
    void interrupt() noexcept override { wake_.signal(); }
    SourceState state() const noexcept override;
    const SourceCounts& counts() const noexcept override { return counts_; }
    std::uint64_t message_number() const noexcept override { return message_number_; }
    std::string message() const override;
    double rate_hz() const noexcept override { return rate_hz_; }
    int markers() const noexcept override;
    bool anonymous() const noexcept override { return false; }
    std::string description() const override { return "igtl " + settings_.server.text(); }

    /// Names of the markers in the frame's order; complete once state() is `streaming`.
    const std::vector<std::string>& names() const noexcept { return assembler_.names(); }

private:
    enum class Phase : std::uint8_t {
        waiting,     ///< for the next try
        connecting,  ///< TcpConnector is at work
        observing,   ///< connected; nothing is handed out yet
        streaming,
    };

    bool wait_for_retry(core::TimePoint until) noexcept;
    bool advance_connection(core::TimePoint until);
    bool receive(core::TimePoint until) noexcept;
    void read_socket() noexcept;
    bool read_messages() noexcept;
    void take(const IgtlMessage& message) noexcept;
    bool take_frame(core::MarkerFrame& frame) noexcept;
    void observe(const core::MarkerFrame& frame);
    void connected(int socket);
    void lose(const std::string& why) noexcept;
    void to(Phase phase) noexcept;
    std::string silence_in_words() const;

    IgtlSourceSettings settings_;
    WakeEvent wake_;
    FrameAssembler assembler_;
    IgtlStreamReader reader_;
    core::ClockMap clock_;
    Phase phase_ = Phase::waiting;
    SourceCounts counts_;
    std::uint64_t message_number_ = 1;
    double rate_hz_;

    std::optional<TcpConnector> connector_;
    Descriptor socket_;
    core::TimePoint retry_at_{};
    core::Duration pause_{0};
    std::string trouble_;        // why it is not streaming
    std::string server_status_;  // what the server complained of while connecting

    core::TimePoint received_at_{};     // last bytes
    core::TimePoint last_position_{};   // message with a position; or when the connection was made
    core::TimePoint observed_since_{};  // first position; kUnknownTime: none yet
    core::Recording observed_;          // for the rate
    IgtlStreamReader::Counts counts_at_connection_;
    core::FixedText<kIgtlTypeChars + 1> last_type_;  // of a message without positions
    core::FixedText<kIgtlTypeChars + 1> form_type_;  // of those with
    core::Duration last_stamp_{0};
    int same_stamps_ = 0;
    std::uint64_t sequence_ = 0;
};

}  // namespace foretide::acquisition
