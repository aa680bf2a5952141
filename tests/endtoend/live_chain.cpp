// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "tests/endtoend/live_chain.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <map>
#include <sched.h>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "tests/acquisition/reader_test_support.h"
#include "tests/apps/command_line.h"
#include "tests/endtoend/datagram_receiver.h"

namespace foretide::tests {

namespace {

/// `foretide sim ndi`, ended with this object.
class SimulatedTracker {
public:
    explicit SimulatedTracker(const std::filesystem::path& folder)
        : output_(folder / "tracker.txt"), stamps_(folder / "stamps.csv")
    {
        process_ = apps::start_process(
            {"sim", "ndi", "--port", "0", "--patient", "irregular", "--rate", "30", "--stamp", stamps_.string()},
            output_);
        const sched_param below_the_engine{sched_get_priority_min(SCHED_FIFO)};
        sched_setscheduler(process_, SCHED_FIFO, &below_the_engine);  // refused: goes on without
    }
    SimulatedTracker(const SimulatedTracker&) = delete;
    SimulatedTracker& operator=(const SimulatedTracker&) = delete;
    ~SimulatedTracker() { end(); }

    /// Waits until it listens.
    std::string port() const
    {
        constexpr std::string_view before = " port ";
        for (const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
             std::chrono::steady_clock::now() < end; std::this_thread::sleep_for(std::chrono::milliseconds(5))) {
            const std::string text = apps::read_file(output_);
            const std::size_t at = text.find(before), semicolon = text.find(';', at);
            if (at == std::string::npos || semicolon == std::string::npos) continue;
            return text.substr(at + before.size(), semicolon - at - before.size());
        }
        throw std::runtime_error("the simulated tracker does not listen");
    }

    /// When each frame was handed to the socket [ns, CLOCK_MONOTONIC].
    std::map<std::uint64_t, std::int64_t> stamps()
    {
        if (end() != 0) throw std::runtime_error("the simulated tracker failed");
        std::map<std::uint64_t, std::int64_t> out;
        const std::vector<std::string> lines = apps::lines_of(apps::read_file(stamps_));
        for (std::size_t i = 1; i < lines.size(); ++i) {  // as integers: nanoseconds do not fit into a double
            const std::vector<std::string> cells = apps::cells_of(lines[i]);
            out.emplace(std::stoull(cells.at(0)), std::stoll(cells.at(1)));
        }
        return out;
    }

private:
    int end()
    {
        if (process_ == 0) return 0;
        const pid_t process = process_;
        process_ = 0;
        return apps::end_process(process, SIGTERM);
    }

    std::filesystem::path output_, stamps_;
    pid_t process_ = 0;
};

}  // namespace

double ChainFigures::outside_percentile_us(double percent) const
{
    const auto n = static_cast<double>(outside_us.size());
    const double rank = std::clamp(std::ceil(percent / 100 * n - 1e-6), 1.0, n);
    return outside_us.at(static_cast<std::size_t>(rank) - 1);
}

std::string ChainFigures::text() const
{
    std::ostringstream out;
    out << "engine [us] p50 " << engine_us("p50") << ", p99 " << engine_us("p99") << ", p99.9 " << engine_us("p999")
        << ", max " << engine_us("max") << ", n " << engine["sample_to_command_us"]["n"] << "; outside [us] p50 "
        << outside_percentile_us(50) << ", p99 " << outside_percentile_us(99) << ", p99.9 "
        << outside_percentile_us(99.9) << ", max " << outside_us.back() << ", n " << outside_us.size()
        << "; whole step [us] p50 " << engine["step_us"]["p50"] << ", p99.9 " << engine["step_us"]["p999"]
        << "; missed forecast deadlines " << engine["deadline_misses"] << ", fallbacks " << engine["fallbacks"]
        << ", skipped learning " << engine["skipped_learning"] << ", repeated datagrams " << repeated
        << ", records lost " << engine["not_recorded"] << "; " << engine["realtime"].dump();
    return out.str();
}

ChainFigures run_live_chain(double duration_s)
{
    const acquisition::TemporaryFolder folder;
    const std::filesystem::path summary = folder.path() / "summary.json";
    DatagramReceiver receiver;
    SimulatedTracker tracker(folder.path());
    const apps::Outcome outcome = apps::run_process(
        {"serve", "--source", "ndi:127.0.0.1:" + tracker.port(), "--controller", receiver.address(), "--gate",
         "auto:0.4@30-60", "--gate-axis", "pc1", "--record", (folder.path() / "chain.session").string(), "--duration",
         std::to_string(duration_s), "--json", summary.string()});
    if (outcome.code != 0) throw std::runtime_error("foretide serve: " + outcome.err);
    ChainFigures figures;
    figures.engine = nlohmann::json::parse(apps::read_file(summary));
    const auto stamps = tracker.stamps();
    const std::vector<ReceivedCommand>& commands = receiver.finish();
    for (const ReceivedCommand& command : commands) {
        if (command.repeated) {
            ++figures.repeated;
            continue;
        }
        const auto stamp = stamps.find(command.frame);
        // Frames that the engine kept until it knew rate and markers waited on purpose.
        if (stamp == stamps.end() || stamp->second < commands.front().sent_ns) continue;
        figures.outside_us.push_back(1e-3 * static_cast<double>(command.arrived_ns - stamp->second));
    }
    figures.refused = receiver.refused();
    if (figures.outside_us.empty()) throw std::runtime_error("no frame was seen at both ends: " + outcome.err);
    std::sort(figures.outside_us.begin(), figures.outside_us.end());
    return figures;
}

}  // namespace foretide::tests
