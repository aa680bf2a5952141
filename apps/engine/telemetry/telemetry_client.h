// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "acquisition/igtl/message_writer.h"
#include "acquisition/igtl/stream_reader.h"
#include "acquisition/live/socket_wait.h"
#include "acquisition/live/tcp_connector.h"
#include "core/time.h"

namespace foretide::apps {

/// A station's end of the telemetry: receives what the engine tells, and gives commands.
///
/// Threads: one at a time; interrupt() from any. Allocation: yes. Errors: std::runtime_error, in words for an operator;
/// the connection is then of no more use.
class TelemetryClient {
public:
    using OnMessage = std::function<void(const acquisition::IgtlMessage&)>;
    using Attributes = std::vector<std::pair<std::string, std::string>>;

    struct Answer {
        bool accepted = false;
        std::string text;
    };

    /// Connects within `patience`.
    TelemetryClient(const acquisition::HostPort& engine, core::Duration patience);

    /// Sends a command without waiting; returns its uid.
    std::string send(const std::string& name, const Attributes& attributes = {});

    /// Sends a command and waits for its answer; other messages go to `on_message` where there is one.
    Answer command(const std::string& name, const Attributes& attributes, core::Duration patience,
                   const OnMessage& on_message = {});

    /// The next message; false: none until `until`, or interrupted. Valid until the next call.
    bool next(acquisition::IgtlMessage& message, core::TimePoint until);

    /// The answer where `message` is one: true.
    static bool decode_answer(const acquisition::IgtlMessage& message, std::string& uid, Answer& answer);

    void interrupt() noexcept { wake_.signal(); }

private:
    void send_all(const acquisition::IgtlBytes& bytes, core::TimePoint until);

    acquisition::HostPort engine_;
    acquisition::WakeEvent wake_;
    acquisition::Descriptor socket_;
    acquisition::IgtlStreamReader reader_;
    std::uint64_t sent_ = 0;
};

}  // namespace foretide::apps
