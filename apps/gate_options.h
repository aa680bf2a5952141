// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "validation/replay.h"

namespace foretide::apps {

/// The options of a gate that forecasts are scored with, the same in every command that has them.
struct GateOptions {
    std::string window, axis = "m1.z";
    std::optional<double> t_on_s, t_off_s;
    double confidence = 0;
    std::string kind = "amplitude", inhale = "auto", linac;
    std::vector<double> margins_mm, phase_percent;
    core::BreathHoldConfig breath_hold;
    double min_on_s = 0, min_off_s = 0;

    /// Adds --gate, --gate-axis, --gate-confidence, --gate-kind and what belongs to it, --linac, --t-on and --t-off.
    /// The object must outlive the command.
    void add_to(CLI::App& command);

    /// Nothing where no gate was asked for. Throws UsageError for options that need one, or that cannot be met.
    std::optional<validation::GateRequest> request() const;
};

}  // namespace foretide::apps
