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
    void begin(std::span<const StepDecision> decisions) noexcept
    {
        decisions_ = decisions;
        at_ = 0;
    }
    void sample(bool) noexcept override { ++at_; }
    bool main_forecast_fits() noexcept override { return was(StepDecision::main_in_time); }
    void main_forecast_made() noexcept override {}
    bool learning_fits() noexcept override { return was(StepDecision::learned); }
    void learned() noexcept override {}
    bool fallback_learning_fits() noexcept override { return was(StepDecision::fallback_learned); }

private:
    bool was(StepDecision d) const noexcept { return at_ <= decisions_.size() && has(decisions_[at_ - 1], d); }

    std::span<const StepDecision> decisions_;
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
        core::GateMonitor* gate = engine_->gate();
        if (command.kind == core::CommandKind::reset_forecaster) {
            const std::int64_t next = engine_->next_index();
            engine_ = std::make_unique<StepEngine>(config_);
            engine_->number_from(next);
        } else if (command.kind == core::CommandKind::set_gate && gate != nullptr) {
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
                                              std::span<const StepDecision> decisions) override
    {
        const core::ScopedFlushDenormals flush;  // as the engine's thread
        samples_.clear();
        scheduler_.begin(decisions);
        engine_->step(frame.frame, frame.number, scheduler_, *this, core::HoldReason::none);
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
