// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/gate_qa/virtual_gate.h"

#include <algorithm>
#include <stdexcept>

#include "acquisition/random_stream.h"
#include "apps/engine/step_engine.h"

namespace foretide::apps {

namespace {

/// Time never runs out.
class AlwaysInTime final : public StepScheduler {
public:
    void sample(bool) noexcept override {}
    bool main_forecast_fits() noexcept override { return true; }
    void main_forecast_made() noexcept override {}
    bool learning_fits() noexcept override { return true; }
    void learned() noexcept override {}
    bool fallback_learning_fits() noexcept override { return true; }
};

/// A linac that obeys late. Of orders in effect the one given last counts.
class VirtualLinac final : public StepListener {
public:
    explicit VirtualLinac(const VirtualGateOptions& options) : options_(options), stream_(1, 2) {}

    void decided(core::SampleRecord& record) noexcept override { beam_ = record.beam == core::BeamCommand::on; }
    void publish(core::SampleRecord&) noexcept override {}
    void done(const core::SampleRecord&) noexcept override {}

    /// After each step: the command of an exposure.
    void act(double exposure_s)
    {
        if (beam_ == ordered_) return;
        ordered_ = beam_;
        const double delay_s =
            (beam_ ? options_.linac_on_s : options_.linac_off_s) + options_.linac_jitter_s * stream_.normal();
        const double at_s = exposure_s + std::max(0.0, delay_s);
        while (!edges.empty() && edges.back().time_s >= at_s) edges.pop_back();  // overtaken
        if (edges.empty() ? beam_ : edges.back().on != beam_) edges.push_back({at_s, beam_});
    }

    std::vector<acquisition::BeamEdge> edges;

private:
    const VirtualGateOptions& options_;
    acquisition::RandomStream stream_;
    bool beam_ = false, ordered_ = false;
};

StepEngineConfig engine_config(const PhantomProgramme& phantom, const VirtualGateOptions& o)
{
    StepEngineConfig c;
    c.markers = phantom.recording.markers;
    c.source_rate_hz = phantom.recording.nominal_rate_hz;
    c.main.name = o.algorithm;
    c.display_until_s = c.display_step_s;  // nobody looks at the trajectory
    core::GateMonitorConfig gate;
    gate.axis = PhantomProgramme::kAxis;
    gate.window = phantom.window;
    gate.t_on_s = o.t_on_s;
    gate.t_off_s = o.t_off_s;
    gate.confidence = o.confidence;
    c.gate = gate;
    c.beam.t_on = core::from_seconds(o.t_on_s);
    c.beam.t_off = core::from_seconds(o.t_off_s);
    return c;
}

void release(core::BeamGate& beam)
{
    core::FixedText<48> who;
    core::FixedText<64> station;
    const core::TimePoint now{};
    if (!beam.arm(now, who, station) || beam.release(now, who, station) != nullptr)
        throw std::logic_error("the virtual beam could not be released");
}

}  // namespace

validation::GatedMotion run_virtual_gate(const PhantomProgramme& phantom, const VirtualGateOptions& options)
{
    const auto delay = [](double s) { return s >= 0 && s <= 10; };
    if (!delay(options.linac_on_s) || !delay(options.linac_off_s) ||
        !(options.linac_jitter_s >= 0 && options.linac_jitter_s <= 1))
        throw std::invalid_argument("the linac's delays must be 0 to 10 s, their jitter 0 to 1 s");
    StepEngine engine(engine_config(phantom, options));
    release(engine.beam());
    const core::GateAxis axis = core::gate_axis(PhantomProgramme::kAxis, {}, phantom.recording.markers);
    validation::GatedMotion out;
    AlwaysInTime scheduler;
    VirtualLinac linac(options);
    std::vector<double> positions;
    const auto& frames = phantom.recording.frames;
    for (std::size_t k = 0; k < frames.size(); ++k) {
        engine.step(frames[k], static_cast<std::int64_t>(k), scheduler, linac, core::HoldReason::none);
        const double exposure_s = core::to_seconds(frames[k].acquired);
        linac.act(exposure_s);
        positions.clear();
        for (int m = 0; m < phantom.recording.markers; ++m)
            for (const double c : frames[k].markers[static_cast<std::size_t>(m)].position_mm) positions.push_back(c);
        out.time_s.push_back(exposure_s);
        out.coordinate_mm.push_back(axis.project(positions));
        if (options.progress && k % 256 == 0)
            options.progress(static_cast<double>(k) / static_cast<double>(frames.size()));
    }
    out.edges = std::move(linac.edges);
    return out;
}

}  // namespace foretide::apps
