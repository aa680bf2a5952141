// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "acquisition/igtl/igtl_simulator.h"
#include "acquisition/igtl/igtl_source.h"

namespace foretide::acquisition::tests {

inline SimulationOptions patient_at(double rate_hz)
{
    SimulationOptions options;
    options.rate_hz = rate_hz;
    return options;
}

/// A simulated server in a thread of its own, on a free port of the loopback.
class SimulatorRun {
public:
    SimulatorRun(IgtlSimulatorSettings settings, FrameFeed frames)
        : simulator_(on_free_port(std::move(settings)), std::move(frames)), thread_([this] { simulator_.run(); })
    {
    }
    explicit SimulatorRun(IgtlSimulatorSettings settings, double rate_hz = 60)
        : SimulatorRun(std::move(settings), FrameFeed("regular", patient_at(rate_hz)))
    {
    }
    SimulatorRun(const SimulatorRun&) = delete;
    SimulatorRun& operator=(const SimulatorRun&) = delete;
    ~SimulatorRun() { end(); }

    void end()
    {
        simulator_.stop();
        if (thread_.joinable()) thread_.join();
    }
    IgtlSimulator& simulator() { return simulator_; }

    /// Settings of a source of this server that learns quickly.
    IgtlSourceSettings source() const
    {
        IgtlSourceSettings settings;
        settings.server = {"127.0.0.1", simulator_.port()};
        settings.learn_for = std::chrono::milliseconds(200);
        settings.silence = std::chrono::milliseconds(300);
        return settings;
    }

private:
    static IgtlSimulatorSettings on_free_port(IgtlSimulatorSettings settings)
    {
        settings.port = 0;
        return settings;
    }

    IgtlSimulator simulator_;
    std::thread thread_;
};

inline std::vector<Fault> faults(std::initializer_list<const char*> texts)
{
    std::vector<Fault> all;
    for (const char* text : texts) all.push_back(parse_fault(text));
    return all;
}

/// The next `count` frames, or those that come within `patience`.
inline std::vector<core::MarkerFrame> frames_of(MarkerSource& source, std::size_t count,
                                                core::Duration patience = std::chrono::seconds(5))
{
    const core::TimePoint until = core::Clock::now() + patience;
    std::vector<core::MarkerFrame> frames;
    core::MarkerFrame frame;
    while (frames.size() < count && core::Clock::now() < until)
        if (source.next(frame, until) == SourceResult::frame) frames.push_back(frame);
    return frames;
}

/// Calls next() until `met`, at the longest for `patience`; frames are dropped.
template <class Condition>
bool wait_until(MarkerSource& source, Condition&& met, core::Duration patience = std::chrono::seconds(5))
{
    const core::TimePoint until = core::Clock::now() + patience;
    core::MarkerFrame frame;
    while (!met()) {
        if (core::Clock::now() >= until) return false;
        source.next(frame, core::Clock::now() + std::chrono::milliseconds(5));
    }
    return true;
}

}  // namespace foretide::acquisition::tests
