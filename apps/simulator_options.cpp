// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/simulator_options.h"

#include "acquisition/recording_reader.h"
#include "apps/commands.h"

namespace foretide::apps {

void SimulatorOptions::add_to(CLI::App& command)
{
    CLI::Option* recording =
        command.add_option("--input", input, "Recording to show, over and over (any that replay reads)");
    command.add_option("--patient", patient, "Simulated patient to show (foretide sim patient --help)")
        ->capture_default_str()
        ->excludes(recording);
    command.add_option("--rate", rate_hz, "Frames per second [Hz]; default: 30, or as recorded")
        ->check(CLI::Range(0.1, 1000.0));
    command.add_option("--seed", seed, "Of the simulated patient")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    command.add_option("--fault", fault_texts, "What goes wrong, and when (below); may be repeated");
    command.add_option("--duration", duration_s, "End after so many seconds; 0: never")
        ->check(CLI::Range(0.0, 1e7))
        ->capture_default_str();
    command.add_flag("--once", once, "End with the recording")->needs(recording);
    command.add_option("--stamp", stamp, "CSV to write at the end: when each frame was handed to the socket");
}

acquisition::FrameFeed SimulatorOptions::feed() const
{
    if (!input.empty()) return {acquisition::read_recording(input), !once, rate_hz};
    constexpr double patients_rate_hz = 30;
    acquisition::SimulationOptions simulation;
    simulation.rate_hz = rate_hz.value_or(patients_rate_hz);
    simulation.seed = seed;
    try {
        return {patient, simulation};
    } catch (const acquisition::SimulationError& error) {
        throw UsageError(error.what());
    }
}

std::vector<acquisition::Fault> SimulatorOptions::faults() const
{
    std::vector<acquisition::Fault> out;
    for (const std::string& text : fault_texts) out.push_back(acquisition::parse_fault(text));
    return out;
}

}  // namespace foretide::apps
