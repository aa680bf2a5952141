// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/engine/engine_control.h"
#include "apps/engine/telemetry/command_xml.h"
#include "apps/engine/telemetry/operator_tokens.h"
#include "core/session/records.h"

namespace foretide::apps {

/// Who sends commands over a connection.
struct CommandSender {
    std::uint64_t id = 0;       ///< of the connection
    std::string address;        ///< "192.168.0.7"
    std::string station;        ///< "console1@192.168.0.7", or address and port
    std::string operator_name;  ///< authenticated over this connection; empty: nobody yet
};

/// Takes the commands of all stations, decides who may give them, hands them to the engine and answers.
///
/// Hold is carried out whoever asks, and without looking at a token. Alive tells that the station's operator is there;
/// it keeps a release of that station alive once an operator has authenticated over the connection. Every other command
/// needs `Operator` and `Token`. Answers come when the engine has carried the command out, at the latest after 0.8 s.
///
/// Threads: the telemetry's. Allocation: yes. Errors: none; what cannot be done is answered.
class CommandDesk {
public:
    /// `uid`: what stands behind CMD_ in the command's device name.
    using Reply =
        std::function<void(std::uint64_t sender, const std::string& uid, bool success, const std::string& text)>;

    CommandDesk(EngineControl& engine, OperatorTokens tokens, Reply reply);

    void handle(CommandSender& sender, const std::string& uid, std::string_view xml, core::TimePoint now);

    /// Passes on what the engine answered, and tells where it did not.
    void poll(core::TimePoint now);
    /// A snapshot that shows the beam held confirms a Hold whose answer was lost.
    void seen(const EngineSnapshot& snapshot);

    std::int64_t accepted() const noexcept { return accepted_; }
    std::int64_t refused() const noexcept { return refused_; }

private:
    struct Pending {
        std::uint64_t number = 0, sender = 0;
        core::CommandKind kind{};
        std::string uid;
        core::TimePoint posted{};
    };

    bool authenticate(CommandSender& sender, const XmlElement& command, core::TimePoint now, std::string& refusal);
    void carry_out(CommandSender& sender, const std::string& uid, const XmlElement& command, core::TimePoint now);
    void alive(CommandSender& sender, const std::string& uid, const XmlElement& command, core::TimePoint now);
    void post(const CommandSender& sender, const std::string& uid, core::CommandRecord record, core::TimePoint now);
    void keep_alive(const CommandSender& sender);
    void answer(std::uint64_t sender, const std::string& uid, bool success, const std::string& text);

    EngineControl& engine_;
    OperatorTokens tokens_;
    Reply reply_;
    FailedTries tries_;
    std::vector<Pending> pending_;
    std::uint64_t number_ = 0;
    std::string armed_station_;
    std::int64_t accepted_ = 0, refused_ = 0;
};

}  // namespace foretide::apps
