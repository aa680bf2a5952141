// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "acquisition/live/fault_schedule.h"
#include "acquisition/live/frame_feed.h"

namespace foretide::apps {

/// What every simulated marker source can be told: what it shows, for how long, and what goes wrong.
struct SimulatorOptions {
    std::vector<std::filesystem::path> input;
    std::string patient = "regular", stamp;
    std::vector<std::string> fault_texts;
    std::optional<double> rate_hz;
    double duration_s = 0;
    std::uint64_t seed = 1;
    bool once = false;

    /// Adds --input, --once, --patient, --rate, --seed, --fault, --duration and --stamp. The object must outlive the
    /// command.
    void add_to(CLI::App& command);

    /// Throws UsageError for an impossible patient, acquisition::ReadError for a file that cannot be read.
    acquisition::FrameFeed feed() const;
    /// Throws std::invalid_argument for a fault that does not exist.
    std::vector<acquisition::Fault> faults() const;
};

}  // namespace foretide::apps
