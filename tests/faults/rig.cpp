// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "tests/faults/rig.h"

#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace foretide::tests {

namespace {

using namespace std::chrono_literals;
using core::Clock;

constexpr core::Duration kStart = 10s;   // of a process on a busy machine
constexpr core::Duration kBeamOn = 15s;  // warm-up and dwell time take six
constexpr int kAttempts = 3;             // another program may have taken the port that was free

void write(const std::filesystem::path& file, const std::string& text)
{
    std::ofstream(file, std::ios::binary) << text;
    std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

}  // namespace

Rig::Rig(Source source, std::filesystem::path folder)
    : source_(source), folder_(std::move(folder)), session_(folder_ / "disk" / "a.session")
{
    write(folder_ / "tokens", Station::kTokenLine);
}

std::uint16_t Rig::start_simulator(const std::string& fault, std::uint16_t port)
{
    std::vector<std::string> arguments{
        "sim",    source_ == Source::ndi ? "ndi" : "igtl",    "--port",  std::to_string(port),
        "--rate", std::to_string(static_cast<int>(kRate_hz)), "--stamp", (folder_ / "stamps.csv").string()};
    if (!fault.empty()) arguments.insert(arguments.end(), {"--fault", fault});
    simulator_.emplace(arguments, folder_ / "simulator.txt");
    const std::string said = simulator_->word_after(" port ", kStart);
    simulator_started_ = Clock::now();
    return static_cast<std::uint16_t>(std::stoi(said));
}

std::string Rig::configuration(std::uint16_t port) const
{
    std::ostringstream out;
    out << "[source]\naddress = \"" << (source_ == Source::ndi ? "ndi" : "igtl") << ":127.0.0.1:" << port << "\"\n"
        << "markers = 3\nrate_hz = " << kRate_hz << "\n";
    if (source_ == Source::igtl) out << "names = [\"Marker1\", \"Marker2\", \"Marker3\"]\n";
    // Late forecasts are not what is looked for here, and this machine may be busy.
    out << "[forecast]\nalgorithm = \"lms\"\nfallback = \"last\"\nwarm_up_s = 5\ndeadline_ms = 25\n"
        << "[gate]\nwindow = \"-5000,5000\"\naxis = \"m1.z\"\nconfidence = 0\ndwell_s = " << core::to_seconds(kDwell)
        << "\nmax_age_ms = " << 1e3 * core::to_seconds(kMaxAge) << "\n[telemetry]\ntoken_file = \""
        << (folder_ / "tokens").string() << "\"\n[controller]\naddress = \"" << station_.controller() << "\"\n";
    return out.str();
}

void Rig::start_engine(std::uint16_t port, const Process::Environment& environment)
{
    write(folder_ / "engine.toml", configuration(port));
    for (int attempt = 1;; ++attempt) {
        telemetry_port_ = free_port();
        std::filesystem::remove(session_);
        engine_.emplace(std::vector<std::string>{"serve", "--config", (folder_ / "engine.toml").string(), "--record",
                                                 session_.string(), "--telemetry", std::to_string(telemetry_port_),
                                                 "--json", (folder_ / "summary.json").string()},
                        folder_ / "engine.txt", environment);
        try {
            engine_->word_after("Telemetry at 127.0.0.1 port ", kStart);
            break;
        } catch (const std::runtime_error&) {
            if (attempt == kAttempts) throw;
        }
    }
    station_.connect(telemetry_port_, kStart);
}

bool Rig::release_beam()
{
    const auto streams = [this] {
        const auto& state = station_.newest();
        return !state.is_null() && state["sample"]["index"].get<int>() >= 0;
    };
    if (!station_.await(streams, kStart)) return false;
    for (const char* step : {"Arm", "Release"}) {
        const auto answer = station_.command(step);
        if (!answer.accepted) throw std::runtime_error(std::string(step) + ": " + answer.text);
    }
    return station_.await([this] { return station_.beam_on(); }, kBeamOn);
}

void Rig::stop()
{
    if (engine_) engine_code_ = engine_->end(SIGTERM);
    station_.watch(Clock::now() + 5ms);
    if (simulator_) simulator_->end(SIGTERM);
}

core::TimePoint Rig::first_frame() const
{
    std::ifstream in(folder_ / "stamps.csv");
    std::string line;
    std::getline(in, line);
    core::TimePoint first = core::TimePoint::max();
    while (std::getline(in, line)) {
        const std::size_t comma = line.find(',');
        // A Polaris counts its frames from 1.
        const std::int64_t k = std::stoll(line) - (source_ == Source::ndi ? 1 : 0);
        const core::TimePoint sent{core::Duration{std::stoll(line.substr(comma + 1))}};
        first = std::min(first, sent - core::from_seconds(static_cast<double>(k) / kRate_hz));
    }
    if (first == core::TimePoint::max()) throw std::runtime_error("the simulator stamped no frame");
    return first;
}

core::TimePoint Rig::first_frame_about() const
{
    if (source_ == Source::igtl) return simulator_started_;
    return station_.commands().empty() ? Clock::now() : station_.commands().front().received;
}

nlohmann::json Rig::summary() const
{
    std::ifstream in(folder_ / "summary.json");
    return nlohmann::json::parse(in);
}

}  // namespace foretide::tests
