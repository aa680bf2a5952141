// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include "acquisition/session_csv_writer.h"
#include "acquisition/simulated_patient.h"
#include "apps/commands.h"

namespace foretide::apps {

namespace {

struct Options {
    std::string patient = "regular", out;
    double rate_hz = 10, duration_s = 180;
    std::uint64_t seed = 1;
};

/// Everything a simulation can object to comes from the command line.
core::Recording simulate_as_asked(const std::string& patient, const acquisition::SimulationOptions& options)
{
    try {
        return acquisition::simulate_patient(patient, options);
    } catch (const acquisition::SimulationError& error) {
        throw UsageError(error.what());
    }
}

void simulate(const Options& o)
{
    acquisition::SimulationOptions simulation;
    simulation.rate_hz = o.rate_hz;
    simulation.duration = core::from_seconds(o.duration_s);
    simulation.seed = o.seed;
    const core::Recording recording = simulate_as_asked(o.patient, simulation);
    if (o.out == "-") {
        acquisition::write_session_csv(recording, std::cout);
        return;
    }
    acquisition::write_session_csv(recording, std::filesystem::path(o.out));
    std::cout << "Wrote " << recording.frames.size() << " frames of " << recording.markers << " markers to " << o.out
              << "\n";
}

}  // namespace

void add_sim_command(CLI::App& app)
{
    CLI::App* sim =
        app.add_subcommand("sim", "Simulated counterparts: a breathing patient, marker servers, a gating controller");
    sim->require_subcommand(1);
    sim->footer("Example:\n  foretide sim patient --patient drifting --out session.csv");
    const auto options = std::make_shared<Options>();
    std::string patients;
    for (const std::string_view name : acquisition::simulated_patient_names())
        patients +=
            "  " + std::string(name) + ": " + std::string(acquisition::simulated_patient_description(name)) + "\n";
    CLI::App* patient = sim->add_subcommand("patient", "Write a simulated recording as session CSV");
    patient->add_option("--patient", options->patient, "Which patient (below)")->capture_default_str();
    patient->add_option("--rate", options->rate_hz, "Frames per second [Hz]")->capture_default_str();
    patient->add_option("--duration", options->duration_s, "Length of the recording [s]")
        ->check(CLI::Range(0.0, 1e6))
        ->capture_default_str();
    patient->add_option("--seed", options->seed, "Same seed, same numbers")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    patient->add_option("--out", options->out, "File to write; - is standard output")->required();
    patient->footer("Patients:\n" + patients +
                    "\nExample:\n  foretide sim patient --patient irregular --rate 30 --duration 300 --seed 7 --out "
                    "session.csv");
    patient->callback([options] { simulate(*options); });
    add_sim_ndi_command(*sim);
    add_sim_igtl_command(*sim);
    add_sim_controller_command(*sim);
}

}  // namespace foretide::apps
