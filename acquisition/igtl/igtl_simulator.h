// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "acquisition/igtl/message_writer.h"
#include "acquisition/igtl/stream_reader.h"
#include "acquisition/live/fault_schedule.h"
#include "acquisition/live/frame_feed.h"
#include "acquisition/live/socket_wait.h"
#include "core/time.h"

namespace foretide::acquisition {

/// Type of message a simulated server sends its markers in.
enum class IgtlForm : std::uint8_t { tdata, transform, position, qtdata, point };
/// Throws std::invalid_argument that lists the names.
IgtlForm parse_igtl_form(std::string_view name);

struct IgtlSimulatorSettings {
    std::string listen = "127.0.0.1";  ///< numeric address
    std::uint16_t port = kIgtlPort;    ///< 0: one that is free
    IgtlForm form = IgtlForm::tdata;
    std::string device = "Tracker";  ///< of the lists; tools are Marker1, Marker2 …
    std::vector<Fault> faults;
    core::Duration duration{0};  ///< 0: until stop() or the recording's end
    bool keep_stamps = false;    ///< for stamps()
};

/// When a frame was handed to the first client's socket [CLOCK_MONOTONIC].
struct SendStamp {
    std::uint64_t frame = 0;  ///< 0, 1, 2 … of the simulation
    core::TimePoint sent{};
};

/// An OpenIGTLink marker server in the manner of PlusServer: streams to every client from its connection on, leaves
/// out what is not seen, answers STT_TDATA (with its resolution), STP_TDATA, GET_STATUS and GET_CAPABIL. A client that
/// does not take its data is dropped.
///
/// Threads: run() in one; stop() and port() from any. Allocation: yes. Errors: the constructor throws
/// std::system_error or std::invalid_argument where it cannot listen.
class IgtlSimulator {
public:
    IgtlSimulator(IgtlSimulatorSettings settings, FrameFeed frames);

    std::uint16_t port() const noexcept { return port_; }
    void run();
    void stop() noexcept;  ///< also from a signal handler

    // After run().
    std::int64_t frames_sent() const noexcept { return frames_sent_; }
    std::int64_t clients_seen() const noexcept { return clients_seen_; }
    std::span<const SendStamp> stamps() const noexcept { return stamps_; }

private:
    struct Client {
        Descriptor socket;
        IgtlStreamReader reader{4096};
        bool streaming = true;
        core::Duration resolution{0};
        core::TimePoint last_sent{};
        bool gone = false;
    };
    struct Pending {
        core::TimePoint due;
        std::uint64_t frame = 0;
        IgtlBytes bytes;
        int times = 1;
    };

    void prepare(const core::MarkerFrame& frame);
    void wait(core::TimePoint until);
    void accept_client();
    void serve(Client& client);
    void answer(Client& client, const IgtlMessage& message);
    void send(Client& client, std::span<const std::byte> bytes);
    void send_frame(const Pending& pending);
    core::Duration unix_time(core::Duration since_start) const noexcept { return started_unix_ + since_start; }
    IgtlBytes encode(core::MarkerFrame frame, core::Duration stamp, const ActiveFaults& faults);

    IgtlSimulatorSettings settings_;
    FrameFeed frames_;
    FaultSchedule schedule_;
    Descriptor listener_;
    std::uint16_t port_ = 0;
    WakeEvent wake_;
    std::atomic<bool> stopped_{false};
    std::list<Client> clients_;
    std::deque<Pending> pending_;
    core::TimePoint started_{};
    core::Duration started_unix_{0};
    core::TimePoint closed_until_{};  // nobody is let in
    core::MarkerFrame last_;          // as sent, for `frozen`
    std::uint64_t frame_ = 0;
    std::int64_t frames_sent_ = 0, clients_seen_ = 0;
    std::vector<SendStamp> stamps_;
};

}  // namespace foretide::acquisition
