// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>

#include "apps/commands.h"
#include "apps/engine/telemetry/telemetry_client.h"
#include "apps/engine/telemetry/telemetry_server.h"

namespace foretide::apps {

namespace {

/// For connection and answer together less than a second.
constexpr core::Duration kToConnect = std::chrono::milliseconds(450), kToAnswer = std::chrono::milliseconds(500);

void hold(const std::string& address)
{
    const auto engine = acquisition::parse_host_port(address, kTelemetryPort);
    try {
        TelemetryClient client(engine, kToConnect);
        const TelemetryClient::Answer answer = client.command("Hold", {}, kToAnswer);
        if (!answer.accepted) throw std::runtime_error(answer.text);
        std::cout << "HOLD: " << answer.text << "\n";
    } catch (const std::runtime_error& error) {
        throw std::runtime_error(std::string("the beam has NOT been held through this engine: ") + error.what() +
                                 "\nUse the linac's own interlock.");
    }
}

}  // namespace

void add_hold_command(CLI::App& app)
{
    CLI::App* command = app.add_subcommand("hold", "Hold the beam, now; needs no token");
    const auto address = std::make_shared<std::string>("127.0.0.1:" + std::to_string(kTelemetryPort));
    command->add_option("--connect", *address, "HOST[:PORT] of the engine's telemetry")->capture_default_str();
    command->footer(
        "Exit code 0: the engine has confirmed; 1: it has not, within a second.\n\n"
        "Example:\n  foretide hold --connect 192.168.0.20:18945");
    command->callback([address] { hold(*address); });
}

}  // namespace foretide::apps
