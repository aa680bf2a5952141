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
#include "apps/commands.h"
#include "apps/output_file.h"
#include "apps/simulator_options.h"
#include "apps/stop_on_signal.h"

namespace foretide::apps {

namespace {

struct Options {
    acquisition::IgtlSimulatorSettings settings;
    SimulatorOptions show;
    std::string message = "tdata";
};

void write_stamps(std::ostream& out, std::span<const acquisition::SendStamp> stamps)
{
    out << "frame,sent_monotonic_ns\n";
    for (const auto& stamp : stamps) out << stamp.frame << ',' << stamp.sent.time_since_epoch().count() << '\n';
}

void run(const Options& o)
{
    acquisition::IgtlSimulatorSettings settings = o.settings;
    settings.form = acquisition::parse_igtl_form(o.message);
    settings.duration = core::from_seconds(o.show.duration_s);
    settings.keep_stamps = !o.show.stamp.empty();
    settings.faults = o.show.faults();
    acquisition::FrameFeed frames = o.show.feed();
    const int markers = frames.markers();
    acquisition::IgtlSimulator simulator(settings, std::move(frames));
    const StopOnSignal stop([](void* object) noexcept { static_cast<acquisition::IgtlSimulator*>(object)->stop(); },
                            &simulator);
    std::cout << "OpenIGTLink server with " << markers << " markers at " << settings.listen << " port "
              << simulator.port() << "; Ctrl-C ends it" << std::endl;
    simulator.run();
    std::cout << "Sent " << simulator.frames_sent() << " frames; " << simulator.clients_seen() << " clients\n";
    if (!o.show.stamp.empty())
        write_file(o.show.stamp, [&](std::ostream& out) { write_stamps(out, simulator.stamps()); });
}

}  // namespace

void add_sim_igtl_command(CLI::App& sim)
{
    const auto o = std::make_shared<Options>();
    CLI::App* command = sim.add_subcommand("igtl", "An OpenIGTLink marker server, like PlusServer");
    command->add_option("--port", o->settings.port, "TCP port; 0 takes a free one")->capture_default_str();
    command->add_option("--listen", o->settings.listen, "Address to listen at; 0.0.0.0 is every network")
        ->capture_default_str();
    o->show.add_to(*command);
    command->add_option("--message", o->message, "tdata, transform, position, qtdata or point")->capture_default_str();
    command->add_option("--device", o->settings.device, "Device name of the messages that list all markers")
        ->capture_default_str();
    command->footer("Faults, NAME@T[+DURATION][=VALUE] in seconds:\n" + acquisition::fault_help() +
                    "\nExample:\n  foretide sim igtl --port 18944 --patient irregular --rate 30 --message transform "
                    "--fault occlusion@20+3=2 --fault disconnect@60");
    command->callback([o] { run(*o); });
}

}  // namespace foretide::apps
