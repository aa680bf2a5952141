// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <stdexcept>

#include <CLI/CLI.hpp>

#include "apps/session/session_verify.h"

namespace foretide::apps {

/// The command line cannot be carried out as written: exit code 2.
class UsageError : public std::invalid_argument {
    using std::invalid_argument::invalid_argument;
};

/// Runs the command line `argv` of `foretide`. Returns the exit code: 0 success, 1 failed run, 2 wrong usage; errors
/// are told on standard error.
int run_foretide(int argc, const char* const* argv);

/// Each adds a subcommand that does its work when it is parsed. Errors: std::exception for a failed run,
/// UsageError and std::invalid_argument for wrong usage.
void add_replay_command(CLI::App& app);
void add_algorithms_command(CLI::App& app);
void add_serve_command(CLI::App& app);
void add_sim_command(CLI::App& app);
void add_bench_command(CLI::App& app);
void add_hold_command(CLI::App& app);
void add_validate_command(CLI::App& app);
void add_correspondence_command(CLI::App& app);
void add_gate_qa_command(CLI::App& app);
/// `factory` repeats a session's steps for `session verify`; without it forecasts are not compared.
void add_session_command(CLI::App& app, const ReplayedStepFactory& factory = {});
/// Subcommand of `sim`.
void add_sim_ndi_command(CLI::App& sim);
/// Subcommand of `sim`.
void add_sim_igtl_command(CLI::App& sim);
/// Subcommand of `sim`.
void add_sim_controller_command(CLI::App& sim);

}  // namespace foretide::apps
