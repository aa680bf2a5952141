// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/replayed_engine.h"

#include <stdexcept>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/engine/engine_config.h"
#include "apps/engine/engine_series.h"
#include "core/rt/denormals.h"
#include "validation/version.h"

namespace foretide::apps {

namespace {

using core::StepDecision;

/// Answers as recorded, a sample at a time.
class RecordedScheduler final : public StepScheduler {
public:
    void begin(std::span<const core::SampleRecord> recorded) noexcept
    {
        recorded_ = recorded;
        at_ = 0;
    }
    void sample(bool) noexcept override { ++at_; }
    bool main_forecast_fits() noexcept override { return was(StepDecision::main_in_time); }
    void main_forecast_made() noexcept override {}
    bool learning_fits() noexcept override { return was(StepDecision::learned); }
    void learned() noexcept override {}
    bool fallback_learning_fits() noexcept override { return was(StepDecision::fallback_learned); }

private:
    bool was(StepDecision d) const noexcept { return at_ <= recorded_.size() && has(recorded_[at_ - 1].decision, d); }

    std::span<const core::SampleRecord> recorded_;
    std::size_t at_ = 0;
};

class ReplayedEngine final : public ReplayedStep, private StepListener {
public:
    explicit ReplayedEngine(StepEngineConfig config)
        : config_(std::move(config)), engine_(std::make_unique<StepEngine>(config_))
    {
    }

    void command(const core::CommandRecord& command) override
    {
        using enum core::CommandKind;
        core::GateMonitor* gate = engine_->gate();
        core::BeamGate& beam = engine_->beam();
        if (command.kind == hold)
            beam.hold();
        else if (command.kind == arm)
            beam.arm(command.received, command.operator_name, command.station);
        else if (command.kind == release)
            beam.release(command.received, command.operator_name, command.station);
        else if (command.kind == rebase_gate && gate != nullptr)
            gate->rebase();
        else if (command.kind == reset_forecaster) {
            const std::int64_t next = engine_->next_index();
            engine_ = std::make_unique<StepEngine>(config_);
            engine_->number_from(next);
        } else if (command.kind == set_gate && gate != nullptr) {
            const std::string_view how = command.text.c_str();
            if (how == kGateLearned) {
                core::GateMonitor::Learned learned = gate->learn();
                gate->apply_learned(learned);
            } else if (how == kGateNotLearned) {
                gate->retry_learning();
            } else {
                gate->set_window({command.gate_lower_mm, command.gate_upper_mm});
            }
        }
    }

    std::span<const core::SampleRecord> frame(const core::FrameRecord& frame,
                                              std::span<const core::SampleRecord> recorded) override
    {
        const core::ScopedFlushDenormals flush;  // as the engine's thread
        samples_.clear();
        scheduler_.begin(recorded);
        core::HoldReason doubt = core::HoldReason::none;
        if (!recorded.empty()) {
            const core::SampleRecord& newest = recorded.back();
            doubt = newest.doubt;
            // What the holds between frames left behind: when the beam went off, and when something was last in doubt.
            if (newest.idle_from != core::kUnknownTime) engine_->idle(newest.idle_from, core::HoldReason::none);
            if (newest.idle_doubted != core::kUnknownTime)
                engine_->idle(newest.idle_doubted, core::HoldReason::no_source);
        }
        engine_->step(frame.frame, frame.number, scheduler_, *this, doubt);
        return samples_;
    }

private:
    void decided(core::SampleRecord&) noexcept override {}
    void publish(core::SampleRecord&) noexcept override {}
    void done(const core::SampleRecord& record) noexcept override { samples_.push_back(record); }

    StepEngineConfig config_;
    std::unique_ptr<StepEngine> engine_;
    RecordedScheduler scheduler_;
    std::vector<core::SampleRecord> samples_;
};

}  // namespace

std::string step_engine_record(const StepEngineConfig& config)
{
    const auto algorithm = [](const rnn::AlgorithmSpec& spec) {
        return nlohmann::ordered_json{{"name", spec.name}, {"seed", spec.seed}, {"params", spec.parameters}};
    };
    return nlohmann::ordered_json{{"main", algorithm(config.main)},
                                  {"fallback", algorithm(config.fallback)},
                                  {"markers", config.markers},
                                  {"source_rate_hz", config.source_rate_hz},
                                  {"anonymous", config.anonymous}}
        .dump();
}

std::string build_identity() { return validation::version_text(); }

std::unique_ptr<ReplayedStep> make_replayed_engine(const core::SessionHeader& header)
{
    if (header.build != build_identity())
        throw std::runtime_error("it was recorded by another build, or on another kind of processor (" + header.build +
                                 "; this is " + build_identity() + "): verify it with that one");
    const EngineConfig config = parse_engine_config(header.configuration, "the session's configuration");
    try {
        const auto algorithm = nlohmann::json::parse(header.algorithm);
        const int markers = algorithm.at("markers").get<int>();
        if (markers != header.layout.markers)
            throw std::runtime_error("the session says two different numbers of markers");
        return std::make_unique<ReplayedEngine>(config.step_engine(
            markers, algorithm.at("source_rate_hz").get<double>(), algorithm.at("anonymous").get<bool>()));
    } catch (const nlohmann::json::exception& error) {
        throw std::runtime_error(std::string("the session's algorithm is not described as it should be: ") +
                                 error.what());
    }
}

}  // namespace foretide::apps
