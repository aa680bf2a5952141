// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "acquisition/igtl/igtl_simulator.h"
#include "acquisition/recording_reader.h"
#include "apps/commands.h"
#include "apps/output_file.h"
#include "apps/stop_on_signal.h"

namespace foretide::apps {

namespace {

struct Options {
    acquisition::IgtlSimulatorSettings settings;
    std::vector<std::filesystem::path> input;
    std::string patient = "regular", message = "tdata";
    std::vector<std::string> faults;
    std::optional<double> rate_hz;
    double duration_s = 0;
    std::uint64_t seed = 1;
    bool once = false;
    std::string stamp;
};

constexpr double kPatientRate_hz = 30;

acquisition::FrameFeed frames_of(const Options& o)
{
    if (!o.input.empty()) return {acquisition::read_recording(o.input), !o.once, o.rate_hz};
    acquisition::SimulationOptions patient;
    patient.rate_hz = o.rate_hz.value_or(kPatientRate_hz);
    patient.seed = o.seed;
    try {
        return {o.patient, patient};
    } catch (const acquisition::SimulationError& error) {
        throw UsageError(error.what());
    }
}

void write_stamps(std::ostream& out, std::span<const acquisition::SendStamp> stamps)
{
    out << "frame,sent_monotonic_ns\n";
    for (const auto& stamp : stamps) out << stamp.frame << ',' << stamp.sent.time_since_epoch().count() << '\n';
}

void run(const Options& o)
{
    acquisition::IgtlSimulatorSettings settings = o.settings;
    settings.form = acquisition::parse_igtl_form(o.message);
    settings.duration = core::from_seconds(o.duration_s);
    settings.keep_stamps = !o.stamp.empty();
    for (const std::string& fault : o.faults) settings.faults.push_back(acquisition::parse_fault(fault));
    acquisition::FrameFeed frames = frames_of(o);
    const int markers = frames.markers();
    acquisition::IgtlSimulator simulator(settings, std::move(frames));
    const StopOnSignal stop([](void* object) noexcept { static_cast<acquisition::IgtlSimulator*>(object)->stop(); },
                            &simulator);
    std::cout << "OpenIGTLink server with " << markers << " markers at " << settings.listen << " port "
              << simulator.port() << "; Ctrl-C ends it" << std::endl;
    simulator.run();
    std::cout << "Sent " << simulator.frames_sent() << " frames; " << simulator.clients_seen() << " clients\n";
    if (!o.stamp.empty()) write_file(o.stamp, [&](std::ostream& out) { write_stamps(out, simulator.stamps()); });
}

}  // namespace

void add_sim_igtl_command(CLI::App& sim)
{
    const auto o = std::make_shared<Options>();
    CLI::App* command = sim.add_subcommand("igtl", "An OpenIGTLink marker server, like PlusServer");
    command->add_option("--port", o->settings.port, "TCP port; 0 takes a free one")->capture_default_str();
    command->add_option("--listen", o->settings.listen, "Address to listen at; 0.0.0.0 is every network")
        ->capture_default_str();
    auto* input = command->add_option("--input", o->input, "Recording to send, over and over (any that replay reads)");
    command->add_option("--patient", o->patient, "Simulated patient to send (foretide sim patient --help)")
        ->capture_default_str()
        ->excludes(input);
    command->add_option("--rate", o->rate_hz, "Frames per second [Hz]; default: 30, or as recorded")
        ->check(CLI::Range(0.1, 1000.0));
    command->add_option("--seed", o->seed, "Of the simulated patient")->capture_default_str();
    command->add_option("--message", o->message, "tdata, transform, position, qtdata or point")->capture_default_str();
    command->add_option("--device", o->settings.device, "Device name of the messages that list all markers")
        ->capture_default_str();
    command->add_option("--fault", o->faults, "What goes wrong, and when (below); may be repeated");
    command->add_option("--duration", o->duration_s, "End after so many seconds; 0: never")
        ->check(CLI::Range(0.0, 1e7))
        ->capture_default_str();
    command->add_flag("--once", o->once, "End with the recording")->needs(input);
    command->add_option("--stamp", o->stamp, "CSV to write at the end: when each frame was handed to the socket");
    command->footer("Faults, NAME@T[+DURATION][=VALUE] in seconds:\n" + acquisition::fault_help() +
                    "\nExample:\n  foretide sim igtl --port 18944 --patient irregular --rate 30 --message transform "
                    "--fault occlusion@20+3=2 --fault disconnect@60");
    command->callback([o] { run(*o); });
}

}  // namespace foretide::apps
