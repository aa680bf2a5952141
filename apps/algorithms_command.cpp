// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <iomanip>
#include <iostream>
#include <memory>

#include "apps/commands.h"
#include "rnn/algorithms.h"

namespace foretide::apps {

namespace {

struct Options {
    double rate_hz = 10;
    std::string protocol = "live";
};

void list(const Options& options)
{
    const auto protocol = options.protocol == "live" ? rnn::Protocol::live : rnn::Protocol::published;
    std::cout << "Algorithms and their defaults at " << options.rate_hz << " Hz, " << options.protocol
              << " protocol. Change them with --param name=value.\n";
    for (const rnn::AlgorithmInfo& info : rnn::algorithms(protocol, options.rate_hz)) {
        std::cout << "\n"
                  << info.name << " - " << info.summary
                  << (info.available ? "" : " [not in this build: OpenCV is missing]") << "\n";
        for (const rnn::ParameterInfo& p : info.parameters) {
            // "order" on the command line stands for both switches, told apart by their values.
            const std::string name = p.name == "uoro-order" ? "order" : p.name;
            std::cout << "    " << std::left << std::setw(28) << (name + "=" + p.default_value) << p.meaning << " ("
                      << p.allowed << ")\n";
        }
    }
}

}  // namespace

void add_algorithms_command(CLI::App& app)
{
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("algorithms", "List the algorithms with their parameters and defaults");
    command->add_option("--rate", options->rate_hz, "Rate that the defaults are for [Hz]")
        ->check(CLI::Range(0.1, 1000.0))
        ->capture_default_str();
    command->add_option("--protocol", options->protocol, "Protocol that the defaults are for")
        ->check(CLI::IsMember({"live", "published"}))
        ->capture_default_str();
    command->footer("Example:\n  foretide algorithms --rate 30");
    command->callback([options] { list(*options); });
}

}  // namespace foretide::apps
