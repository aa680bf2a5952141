// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>

#include <boost/asio/ip/tcp.hpp>

#include "acquisition/igtl/message_writer.h"
#include "acquisition/igtl/stream_reader.h"
#include "apps/engine/telemetry/command_desk.h"

namespace foretide::apps {

/// One client's connection: a bounded queue out, bounded messages in.
///
/// Threads: the one that runs its io_context. Allocation: yes. Errors: gone() becomes true, dropped() where it is the
/// client's doing.
class TelemetrySession : public std::enable_shared_from_this<TelemetrySession> {
public:
    using Bytes = std::shared_ptr<const acquisition::IgtlBytes>;
    using OnMessage = std::function<void(TelemetrySession&, const acquisition::IgtlMessage&)>;

    TelemetrySession(boost::asio::ip::tcp::socket socket, std::uint64_t id, OnMessage on_message);

    /// Begins to read; the object is owned by a shared_ptr.
    void start();
    void send(Bytes bytes);
    /// Judges whether the client takes its data.
    void check(core::TimePoint now);
    void close();

    bool gone() const noexcept { return gone_; }
    bool dropped() const noexcept { return dropped_; }
    core::TimePoint last_heard() const noexcept { return last_heard_; }

    CommandSender sender;
    bool wants_positions = true;
    core::Duration resolution{0};  ///< between TDATA
    core::TimePoint last_positions{};

private:
    void read();
    void write();
    void drop();

    boost::asio::ip::tcp::socket socket_;
    OnMessage on_message_;
    acquisition::IgtlStreamReader reader_;
    std::deque<Bytes> queue_;  // the first is being written
    std::size_t queued_bytes_ = 0;
    core::TimePoint writing_since_{}, last_heard_;
    bool gone_ = false, dropped_ = false;
};

}  // namespace foretide::apps
