// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "apps/engine/engine_control.h"

namespace foretide::apps {

inline constexpr std::uint16_t kTelemetryPort = 18945;

struct TelemetryConfig {
    std::string listen = "127.0.0.1";     ///< numeric address; others than the loopback's let the network in
    std::uint16_t port = kTelemetryPort;  ///< 0: one that is free
    std::string token_file;               ///< empty: only Hold is accepted (see OperatorTokens, CommandDesk)
};

/// Since the start. Any thread.
struct TelemetryCounts {
    std::int64_t clients = 0;  ///< connected now
    std::int64_t connections = 0;
    std::int64_t dropped = 0;  ///< for not taking their data, or for sending what is no OpenIGTLink
    std::int64_t commands_accepted = 0, commands_refused = 0;
    std::int64_t failures = 0;  ///< of the server itself: out of memory and the like; every client was dropped
};

/// OpenIGTLink server that shows what the engine does and takes commands; TELEMETRY.md is its interface.
///
/// Sends each new snapshot to every client. A client that does not take its data for 2 s, or lets more than 1 MiB wait,
/// is dropped (alarm telemetry_client_dropped), never waited for. At most 32 clients: one more takes the place of the
/// one without an operator that has been quiet the longest, so that a Hold always gets through.
///
/// Threads: runs one of its own from construction to destruction, which alone calls the EngineControl. Allocation: yes.
/// Errors: the constructor throws std::runtime_error: address, port or token file cannot be used, and what to do.
class TelemetryServer {
public:
    /// `engine` outlives the server.
    TelemetryServer(const TelemetryConfig& config, EngineControl& engine);
    TelemetryServer(const TelemetryServer&) = delete;
    TelemetryServer& operator=(const TelemetryServer&) = delete;
    ~TelemetryServer();

    std::uint16_t port() const noexcept;
    TelemetryCounts counts() const noexcept;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace foretide::apps
