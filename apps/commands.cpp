// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/commands.h"

#include <exception>
#include <iostream>

#include "apps/engine/replayed_engine.h"
#include "validation/text.h"
#include "validation/version.h"

namespace foretide::apps {

int run_foretide(int argc, const char* const* argv)
{
    CLI::App app("Foretide: real-time respiratory motion prediction for radiotherapy.\n" +
                     std::string(validation::kNotAMedicalDevice),
                 "foretide");
    app.set_version_flag("--version", validation::version_text());
    app.require_subcommand(1);
    app.footer(
        "`foretide COMMAND --help` shows the options of a command, with examples.\n"
        "Exit codes: 0 success, 1 failed run, 2 wrong usage.\n\n"
        "Example:\n  foretide sim patient --out session.csv && foretide replay --input session.csv");
    add_replay_command(app);
    add_algorithms_command(app);
    add_serve_command(app);
    add_sim_command(app);
    add_hold_command(app);
    add_bench_command(app);
    add_validate_command(app);
    add_correspondence_command(app);
    add_gate_qa_command(app);
    add_session_command(app, make_replayed_engine);
    try {
        app.parse(argc, argv);
        std::cout.flush();
        if (!std::cout) {
            std::cerr << "foretide: cannot write to standard output: is the disk full or the reader gone?\n";
            return 1;
        }
        return 0;
    } catch (const CLI::ParseError& error) {
        return app.exit(error, std::cout, std::cerr) == 0 ? 0 : 2;  // --help and --version end here, too
    } catch (const std::invalid_argument& error) {
        std::cerr << "foretide: " << error.what() << "\n";
        return 2;
    } catch (const std::exception& error) {
        std::cerr << "foretide: " << error.what() << "\n";
        return 1;
    }
}

}  // namespace foretide::apps
