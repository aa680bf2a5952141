// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// What a step costs before its command goes out, and in all: as it comes, and with every cache emptied before it, as
// between two frames of a tracker on a machine that has other things to do.

#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "acquisition/simulated_patient.h"
#include "apps/engine/realtime.h"
#include "apps/engine/step_engine.h"
#include "core/rt/denormals.h"
#include "core/rt/latency_histogram.h"
#include "tests/endtoend/study_form.h"
#include "tests/support/build_kind.h"

namespace foretide::tests {
namespace {

constexpr double kRate_hz = 30;
constexpr std::size_t kLargestCache = std::size_t{40} << 20, kCacheLine = 64;

class AlwaysInTime final : public apps::StepScheduler {
public:
    void sample(bool) noexcept override {}
    bool main_forecast_fits() noexcept override { return true; }
    void main_forecast_made() noexcept override {}
    bool learning_fits() noexcept override { return true; }
    void learned() noexcept override {}
    bool fallback_learning_fits() noexcept override { return true; }
};

class Stopwatch final : public apps::StepListener {
public:
    void decided(core::SampleRecord&) noexcept override { decided_at = core::Clock::now(); }
    void publish(core::SampleRecord&) noexcept override {}
    void done(const core::SampleRecord&) noexcept override {}
    core::TimePoint decided_at{};
};

apps::StepEngineConfig config(int markers)
{
    apps::StepEngineConfig c;
    c.markers = markers;
    c.source_rate_hz = kRate_hz;
    c.main.name = "foretide";
    c.fallback.name = "rls";
    c.gate.emplace();
    c.gate->window = core::GateWindow{-1, 3};
    c.gate->confidence = 0.8;
    return c;
}

struct StepTimes {
    core::LatencyHistogram to_command, whole;

    std::string text() const
    {
        const auto us = [](const core::LatencyHistogram& h) {
            return std::to_string(h.percentile_us(50)) + ", 99.9 % " + std::to_string(h.percentile_us(99.9));
        };
        return "to the command median " + us(to_command) + "; whole step median " + us(whole) + " [us]";
    }
};

/// The last `timed` steps of a session.
StepTimes time_steps(const core::Recording& recording, std::size_t timed, bool empty_caches)
{
    const core::ScopedFlushDenormals flush;
    apps::StepEngine sut(config(recording.markers));
    AlwaysInTime scheduler;
    Stopwatch watch;
    std::vector<char> other_work(kLargestCache);
    StepTimes times;
    for (std::size_t k = 0; k < recording.frames.size(); ++k) {
        core::MarkerFrame frame = recording.frames[k];
        frame.arrived = frame.acquired;
        const bool counts = k + timed >= recording.frames.size();
        for (std::size_t i = 0; counts && empty_caches && i < other_work.size(); i += kCacheLine) ++other_work[i];
        const auto begin = core::Clock::now();
        sut.step(frame, static_cast<std::int64_t>(k), scheduler, watch, core::HoldReason::none);
        if (!counts) continue;
        times.to_command.record(watch.decided_at - begin);
        times.whole.record(core::Clock::now() - begin);
    }
    return times;
}

TEST(StepTime, MostOfAStepComesAfterItsCommand)
{
    FORETIDE_SKIP_WITHOUT_FAIR_TIMES();
    acquisition::SimulationOptions patient;
    patient.rate_hz = kRate_hz;
    patient.duration = std::chrono::seconds(by_form(400, 60));  // the forecaster remembers 300 s
    const core::Recording recording = acquisition::simulate_patient("irregular", patient);
    const std::size_t timed = by_form<std::size_t>(1500, 300);
    StepTimes warm, cold;
    std::thread([&] {  // its priority ends with it
        apps::prepare_realtime(apps::RealtimePolicy::automatic, std::nullopt);
        warm = time_steps(recording, timed, false);
        cold = time_steps(recording, timed, true);
    })
        .join();
    std::cout << "figures: as it comes: " << warm.text() << "\nfigures: caches emptied: " << cold.text() << std::endl;
    EXPECT_LT(warm.to_command.percentile_us(50), 0.5 * warm.whole.percentile_us(50));
    EXPECT_LT(cold.to_command.percentile_us(50), 0.5 * cold.whole.percentile_us(50));
}

}  // namespace
}  // namespace foretide::tests
