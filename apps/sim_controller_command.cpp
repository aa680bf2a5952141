// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/commands.h"
#include "apps/output_file.h"
#include "apps/stop_on_signal.h"
#include "firmware_bridge/simulator/simulated_controller.h"
#include "validation/replay_json.h"

namespace foretide::apps {

namespace {

using firmware_bridge::SimulatedController;
using firmware_bridge::SimulatedControllerCounts;

struct Options {
    firmware_bridge::SimulatedControllerConfig config;
    std::string json, trace;
    std::vector<std::string> faults;
    double watchdog_ms = 100, age_ms = 250, dwell_s = 1, duration_s = 0;
    bool no_latch = false, latch_age = false;
};

std::uint32_t microseconds(double value, double unit) { return static_cast<std::uint32_t>(value * unit); }

nlohmann::json latencies(const core::LatencyHistogram& histogram)
{
    nlohmann::json json{{"count", histogram.count()}};
    if (histogram.count() == 0) return json;
    json["mean_us"] = histogram.mean_us();
    for (const double percentile : {50.0, 95.0, 99.0, 99.9}) {
        std::string name = "p" + nlohmann::json(percentile).dump() + "_us";
        if (name.find(".0_") != std::string::npos) name.erase(name.find(".0_"), 2);
        json[name] = histogram.percentile_us(percentile);
    }
    json["max_us"] = core::to_seconds(histogram.max()) * 1e6;
    return json;
}

nlohmann::json summary(const SimulatedControllerCounts& c)
{
    return {{"run_s", core::to_seconds(c.run)},
            {"enabled_s", core::to_seconds(c.enabled)},
            {"enabled_times", c.enabled_times},
            {"state", c.state},
            {"reason", c.reason},
            {"last_trip", c.last_trip},
            {"trips", c.trips},
            {"resets", c.resets},
            {"frames", c.frames},
            {"replies", c.replies},
            {"accepted", c.counters.accepted},
            {"refused",
             {{"crc", c.counters.wrong_crc},
              {"version", c.counters.wrong_version},
              {"nonce", c.counters.wrong_nonce},
              {"order", c.counters.wrong_order},
              {"malformed", c.counters.malformed}}},
            {"too_old", c.counters.too_old},
            {"sample_to_command", latencies(c.sample_to_command)},
            {"sent_to_received", latencies(c.sent_to_received)},
            {"poll_interval", latencies(c.poll_interval)}};
}

void write_trace(std::ostream& out, const std::vector<firmware_bridge::ControllerTraceRow>& rows)
{
    out << "sequence,sample,exposure_ns,sent_ns,received_ns,command,repeat,beam,answer,state,reason,enabled\n";
    for (const auto& row : rows)
        out << row.sequence << ',' << row.sample << ',' << row.exposure_ns << ',' << row.sent_ns << ','
            << row.received_ns << ',' << row.command << ',' << row.repeat << ',' << row.on << ',' << row.answer << ','
            << row.state << ',' << row.reason << ',' << row.enabled << '\n';
}

void run(const Options& o)
{
    firmware_bridge::SimulatedControllerConfig config = o.config;
    ft_controller_defaults(&config.limits);
    config.limits.watchdog_us = microseconds(o.watchdog_ms, 1e3);
    config.limits.age_limit_us = microseconds(o.age_ms, 1e3);
    config.limits.dwell_us = microseconds(o.dwell_s, 1e6);
    config.limits.latch_watchdog = !o.no_latch;
    config.limits.latch_age = o.latch_age;
    config.keep_trace = !o.trace.empty();
    if (o.duration_s > 0) config.duration = core::from_seconds(o.duration_s);
    for (const std::string& fault : o.faults)
        config.faults.push_back(core::parse_fault(fault, firmware_bridge::controller_faults()));
    SimulatedController simulator(config);
    const StopOnSignal stop([](void* object) noexcept { static_cast<SimulatedController*>(object)->stop(); },
                            &simulator);
    std::ostream& words = o.json == "-" ? std::cerr : std::cout;
    words << "Gating controller at ";
    if (config.serial.empty())
        words << config.bind << " UDP port " << simulator.port();
    else
        words << (simulator.device().empty() ? config.serial : simulator.device());
    words << "; Ctrl-C ends it" << std::endl;
    simulator.run();
    const SimulatedControllerCounts& c = simulator.counts();
    words << "Beam enabled " << c.enabled_times << " times, " << core::to_seconds(c.enabled) << " of "
          << core::to_seconds(c.run) << " s; " << c.counters.accepted << " of " << c.frames << " frames taken, "
          << c.trips << " trips";
    if (c.sample_to_command.count() > 0)
        words << "; exposure to command " << c.sample_to_command.percentile_us(50) << " us (median), "
              << c.sample_to_command.percentile_us(99) << " us (99 %)";
    words << '\n';
    if (o.json == "-")
        validation::write_json(std::cout, summary(c));
    else if (!o.json.empty())
        write_file(o.json, [&c](std::ostream& out) { validation::write_json(out, summary(c)); });
    if (!o.trace.empty()) write_file(o.trace, [&](std::ostream& out) { write_trace(out, simulator.trace()); });
}

}  // namespace

void add_sim_controller_command(CLI::App& sim)
{
    const auto o = std::make_shared<Options>();
    CLI::App* c = sim.add_subcommand("controller", "A gating controller, of the C code that firmware is built from");
    CLI::Option* port = c->add_option("--udp", o->config.port, "UDP port; 0 takes a free one");
    port->check(CLI::Range(0, 65535))->capture_default_str();
    c->add_option("--listen", o->config.bind, "Address to listen at; 0.0.0.0 is every network")
        ->capture_default_str()
        ->check(CLI::ValidIPV4);
    CLI::Option* serial =
        c->add_option("--serial", o->config.serial, "Serial device in place of UDP; pty makes a pseudo-terminal");
    serial->excludes(port);
    c->add_option("--baud", o->config.baud, "Speed of the serial device")
        ->needs(serial)
        ->check(CLI::IsMember({57600, 115200, 230400, 460800, 921600, 1000000}))
        ->capture_default_str();
    c->add_option("--watchdog-ms", o->watchdog_ms, "Longest silence [ms]; a host may ask for less")
        ->check(CLI::Range(5.0, 1000.0))
        ->capture_default_str();
    c->add_option("--age-ms", o->age_ms, "Oldest sample [ms]; a host may ask for less")
        ->check(CLI::Range(5.0, 2000.0))
        ->capture_default_str();
    c->add_option("--dwell", o->dwell_s, "Of fresh samples before the beam may come on [s]")
        ->check(CLI::Range(0.0, 60.0))
        ->capture_default_str();
    c->add_flag("--no-latch", o->no_latch, "After a silence the beam may come on without a new release");
    c->add_flag("--latch-age", o->latch_age, "After a sample too old it may not, either");
    c->add_option("--fault", o->faults, "NAME@T[+DURATION][=VALUE]; may be given several times");
    c->add_option("--duration", o->duration_s, "Ends after this time [s]; 0: Ctrl-C")
        ->check(CLI::Range(0.0, 1e6))
        ->capture_default_str();
    c->add_option("--json", o->json, "Counts and latencies as JSON; - is standard output");
    c->add_option("--trace", o->trace, "One CSV row a frame received");
    c->footer(
        "Faults, NAME@T[+DURATION][=VALUE] in seconds from the first frame received:\n" +
        core::fault_help(firmware_bridge::controller_faults()) +
        "\nExample:\n  foretide sim controller --udp 18950 --fault reset@20 --fault silence@40+2 --json out.json");
    c->callback([o] { run(*o); });
}

}  // namespace foretide::apps
