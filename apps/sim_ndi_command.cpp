// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <filesystem>
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "acquisition/ndi/ndi_simulator.h"
#include "apps/commands.h"
#include "apps/output_file.h"
#include "apps/simulator_options.h"
#include "apps/stop_on_signal.h"

namespace foretide::apps {

namespace {

using acquisition::NdiTracking;

struct Options {
    acquisition::NdiSimulatorConfig config;
    SimulatorOptions show;
    std::string api = "bx2";
    double latency_ms = 14.2;
};

const std::map<std::string, NdiTracking> kApis{
    {"bx2", NdiTracking::bx2}, {"bx", NdiTracking::bx}, {"tx", NdiTracking::tx}};

void write_stamps(std::ostream& out, const std::vector<acquisition::NdiStamp>& stamps)
{
    out << "frame,sent_monotonic_ns\n";
    for (const acquisition::NdiStamp& stamp : stamps) out << stamp.frame << ',' << stamp.monotonic_ns << '\n';
}

void print_summary(const acquisition::NdiSimulatorCounts& counts)
{
    std::cout << counts.frames << " frames, " << counts.reported << " picked up";
    if (counts.pick_up.count() > 0)
        std::cout << std::fixed << std::setprecision(0) << " after " << counts.pick_up.percentile_us(50)
                  << " us (median), " << counts.pick_up.percentile_us(99) << " us (99 %), "
                  << counts.pick_up.percentile_us(100) << " us (most)";
    std::cout << "; " << counts.commands << " commands\n";
}

void run(const Options& o)
{
    acquisition::NdiSimulatorConfig config = o.config;
    config.best = kApis.at(o.api);
    config.latency = core::from_seconds(1e-3 * o.latency_ms);
    config.keep_stamps = !o.show.stamp.empty();
    if (o.show.duration_s > 0) config.duration = core::from_seconds(o.show.duration_s);
    config.faults = o.show.faults();
    acquisition::FrameFeed feed = o.show.feed();
    const std::string shows = feed.description();
    acquisition::NdiSimulator simulator(config, std::move(feed));
    const StopOnSignal stop([](void* object) noexcept { static_cast<acquisition::NdiSimulator*>(object)->stop(); },
                            &simulator);
    std::cout << "NDI Polaris, showing " << shows << ", at ";
    if (config.serial.empty())
        std::cout << config.bind << " port " << simulator.port();
    else
        std::cout << (simulator.device().empty() ? config.serial : simulator.device());
    std::cout << "; Ctrl-C ends it" << std::endl;
    simulator.run();
    print_summary(simulator.counts());
    if (!o.show.stamp.empty())
        write_file(o.show.stamp, [&](std::ostream& out) { write_stamps(out, simulator.stamps()); });
}

}  // namespace

void add_sim_ndi_command(CLI::App& sim)
{
    const auto o = std::make_shared<Options>();
    CLI::App* command = sim.add_subcommand("ndi", "An NDI Polaris that speaks the combined API");
    CLI::Option* port = command->add_option("--port", o->config.port, "TCP port; 0 takes a free one");
    port->check(CLI::Range(0, 65535))->capture_default_str();
    command->add_option("--listen", o->config.bind, "Address to listen at; 0.0.0.0 is every network")
        ->capture_default_str()
        ->check(CLI::ValidIPV4);
    command->add_option("--serial", o->config.serial, "Serial device in place of TCP; pty makes a pseudo-terminal")
        ->excludes(port);
    o->show.add_to(*command);
    command->add_option("--speed", o->config.speed, "Times real time")
        ->check(CLI::Range(0.02, 1000.0))
        ->capture_default_str();
    command->add_option("--latency", o->latency_ms, "From exposure until a frame can be asked for [ms]")
        ->check(CLI::Range(0.0, 1000.0))
        ->capture_default_str();
    command->add_option("--api", o->api, "Newest command it knows: bx2, bx or tx")
        ->check(CLI::IsMember({"bx2", "bx", "tx"}))
        ->capture_default_str();
    command->footer("Faults, NAME@T[+DURATION][=VALUE] in seconds from the first TSTART, when time begins:\n" +
                    acquisition::fault_help() +
                    "\nExample:\n  foretide sim ndi --port 8765 --patient irregular --rate 30 --fault silence@20+3 "
                    "--fault phantom@40+5");
    command->callback([o] { run(*o); });
}

}  // namespace foretide::apps
