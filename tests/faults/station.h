// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "acquisition/live/socket_wait.h"
#include "apps/engine/telemetry/telemetry_client.h"
#include "core/session/records.h"

namespace foretide::tests {

/// A beam command as the controller's end received it.
struct SeenCommand {
    core::TimePoint received{}, handed_over{}, exposure{};
    std::uint64_t frame = 0;
    bool on = false, repeated = false;
    core::HoldReason reason = core::HoldReason::none;
};

/// A state as the operator's end received it.
struct SeenState {
    core::TimePoint received{};
    nlohmann::json json;

    bool shows(const std::string& alarm) const;  ///< active, or latched
    bool active(const std::string& alarm) const;
};

/// What stands outside of the engine: the controller that takes beam commands, and the operator who watches, releases
/// the beam and stays. Both write down what they see and when.
///
/// Threads: one. Errors: std::runtime_error, but for a telemetry that ends while it is watched.
class Station {
public:
    Station();

    std::string controller() const;  ///< "datagram:127.0.0.1:PORT"
    void connect(std::uint16_t telemetry_port, core::Duration patience);

    /// Looks until then; tells the engine every second that somebody is there.
    void watch(core::TimePoint until);
    /// Looks until the condition holds; false: it never did.
    bool await(const std::function<bool()>& condition, core::Duration patience);
    /// As an operator with the token below.
    apps::TelemetryClient::Answer command(const std::string& name);

    const std::vector<SeenCommand>& commands() const noexcept { return commands_; }
    const std::vector<SeenState>& states() const noexcept { return states_; }
    bool beam_on() const noexcept { return !commands_.empty() && commands_.back().on; }
    /// Of the newest state; null where there is none.
    const nlohmann::json& newest() const noexcept { return states_.empty() ? nothing_ : states_.back().json; }

    static constexpr const char* kTokenLine = "tester:0123456789abcdef0123456789abcdef\n";

private:
    void take_commands();
    void take(const acquisition::IgtlMessage& message);

    acquisition::Descriptor socket_;
    std::uint16_t port_ = 0;
    std::unique_ptr<apps::TelemetryClient> telemetry_;  // null once it ended
    core::TimePoint said_alive_{};
    std::vector<SeenCommand> commands_;
    std::vector<SeenState> states_;
    nlohmann::json nothing_;
};

/// A socket listening on a free port of loopback.
std::uint16_t listen_on_loopback(acquisition::Descriptor& socket, int type);
/// A port that nobody uses at the moment.
std::uint16_t free_port();

}  // namespace foretide::tests
