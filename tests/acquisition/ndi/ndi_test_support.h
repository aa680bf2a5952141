// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "acquisition/ndi/ndi_simulator.h"
#include "acquisition/ndi/ndi_source.h"

namespace foretide::acquisition {

using namespace std::chrono_literals;

inline FrameFeed patient_feed(double rate_hz, bool ideal = true)
{
    SimulationOptions options;
    options.rate_hz = rate_hz;
    options.ideal_camera = ideal;
    return {"regular", options};
}

/// A simulator on a thread of its own for as long as it lives.
class RunningSimulator {
public:
    explicit RunningSimulator(NdiSimulatorConfig config = {}, double rate_hz = 60, bool ideal = true)
        : RunningSimulator(std::move(config), patient_feed(rate_hz, ideal))
    {
    }
    RunningSimulator(NdiSimulatorConfig config, FrameFeed feed)
        : simulator_(any_port(std::move(config)), std::move(feed)), thread_([this] { simulator_.run(); })
    {
    }
    RunningSimulator(const RunningSimulator&) = delete;
    RunningSimulator& operator=(const RunningSimulator&) = delete;
    ~RunningSimulator() { end(); }

    std::string address() const
    {
        return simulator_.port() > 0 ? "127.0.0.1:" + std::to_string(simulator_.port()) : simulator_.device();
    }
    /// Stops it; its counts can be read then.
    NdiSimulator& end()
    {
        if (thread_.joinable()) {
            simulator_.stop();
            thread_.join();
        }
        return simulator_;
    }

private:
    static NdiSimulatorConfig any_port(NdiSimulatorConfig config)
    {
        if (config.port == NdiSimulatorConfig{}.port) config.port = 0;
        return config;
    }

    NdiSimulator simulator_;
    std::thread thread_;
};

inline NdiConfig config_for(const std::string& address, std::optional<NdiTracking> tracking = std::nullopt)
{
    NdiConfig config;
    config.address = address;
    config.tracking = tracking;
    return config;
}

/// Frames of the source until there are `count`, or the time is over.
inline std::vector<core::MarkerFrame> collect(NdiSource& source, std::size_t count, core::Duration limit = 8s)
{
    const core::TimePoint end = core::Clock::now() + limit;
    std::vector<core::MarkerFrame> frames;
    core::MarkerFrame frame;
    while (frames.size() < count && core::Clock::now() < end)
        if (source.next(frame, core::Clock::now() + 20ms) == SourceResult::frame) frames.push_back(frame);
    return frames;
}

/// Runs the source until `done`, or the time is over; true where it was done.
template <class Done>
bool run_until(NdiSource& source, Done done, core::Duration limit = 8s)
{
    const core::TimePoint end = core::Clock::now() + limit;
    core::MarkerFrame frame;
    while (!done()) {
        if (core::Clock::now() >= end) return false;
        source.next(frame, core::Clock::now() + 10ms);
    }
    return true;
}

}  // namespace foretide::acquisition
