// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/replay.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>

#include "core/forecast_pipeline.h"
#include "validation/gate_replay.h"
#include "validation/rule_replay.h"
#include "validation/text.h"
#include "validation/version.h"

namespace foretide::validation {

namespace {

using core::Clock;
using core::kNaN;

/// The uniform series of a recording, as the conditioner handed it out.
struct ConditionedSeries {
    std::vector<double> time_s;        // N
    std::vector<double> positions_mm;  // N × p, finite
    std::vector<double> measured_mm;   // N × p, NaN where filled in
    std::vector<double> last_mm;       // N × p, measured last: what a system without prediction knows
    std::vector<std::int64_t> breaks;  // prefix count of discontinuities up to and with sample n

    void append(const core::SignalConditioner& conditioner, int i)
    {
        const core::ConditionedSample sample = conditioner.sample(i);
        time_s.push_back(core::to_seconds(sample.time));
        positions_mm.insert(positions_mm.end(), sample.positions_mm.begin(), sample.positions_mm.end());
        const auto markers = conditioner.marker_flags(i);
        for (std::size_t m = 0; m < markers.size(); ++m) {
            const bool filled = has(markers[m], core::kFilledIn);
            for (std::size_t c = 3 * m; c < 3 * m + 3; ++c) {
                const bool held = filled && size() > 1;
                last_mm.push_back(held ? last_mm[last_mm.size() - 3 * markers.size()] : sample.positions_mm[c]);
                measured_mm.push_back(filled ? kNaN : sample.positions_mm[c]);
            }
        }
        const bool broken = has(conditioner.flags(i), core::SampleFlag::discontinuity);
        breaks.push_back((breaks.empty() ? 0 : breaks.back()) + (broken ? 1 : 0));
    }
    std::size_t size() const noexcept { return time_s.size(); }
};

/// Forecasts of all horizons, sample by sample.
struct Forecasts {
    std::vector<std::vector<double>> mm;                  // H; each (samples with forecasts) × p
    std::vector<std::vector<double>> lower_mm, upper_mm;  // the same
    std::vector<std::int64_t> made_at;                    // sample index
    std::vector<std::uint8_t> warm_up;

    void resize(std::size_t horizons)
    {
        for (auto* v : {&mm, &lower_mm, &upper_mm}) v->resize(horizons);
    }
    /// The H × p forecasts and bounds of one sample.
    void append(std::span<const double> forecasts, std::span<const double> lower, std::span<const double> upper)
    {
        const std::size_t p = forecasts.size() / mm.size();
        for (std::size_t h = 0; h < mm.size(); ++h)
            for (auto [to, from] : {std::pair{&mm, forecasts}, {&lower_mm, lower}, {&upper_mm, upper}}) {
                const auto row = from.subspan(h * p, p);
                (*to)[h].insert((*to)[h].end(), row.begin(), row.end());
            }
    }
};

struct Run {
    ConditionedSeries series;
    Forecasts forecasts;
    core::LatencyHistogram step, forecast;
    core::SampleFlagCounts flags;
    std::int64_t resets = 0;
};

void check(const core::Recording& recording, const ReplayOptions& o)
{
    if (recording.frames.size() < 2)
        throw std::runtime_error("the recording has fewer than two frames: nothing to replay");
    if (o.horizons_s.empty()) throw std::invalid_argument("no horizon: give at least one, in seconds");
    if (o.runs < 1) throw std::invalid_argument("the number of runs must be at least 1");
    constexpr double longest_s = 1e9;  // any recording; well within core::Duration
    if (!(o.train_end_s > 0 && o.train_end_s <= longest_s) || !(o.eval_start_s >= 0) ||
        (o.eval_end_s && !(*o.eval_end_s > o.eval_start_s)))
        throw std::invalid_argument("train-end must be > 0 (and at most 1e9), eval-start >= 0, eval-end after it");
    if (o.rate_hz && !(*o.rate_hz > 0 && *o.rate_hz <= 1000))
        throw std::invalid_argument("the rate must lie between 0 and 1000 Hz");
}

core::ConditionerConfig conditioner_config(const core::Recording& recording, const ReplayOptions& o, double rate_hz,
                                           double source_rate_hz)
{
    core::ConditionerConfig config;
    config.markers = recording.markers;
    config.rate_hz = rate_hz;
    config.source_rate_hz = source_rate_hz;
    config.warm_up = core::from_seconds(o.train_end_s);
    return config;
}

void check(const ConditionedSeries& s)
{
    if (s.size() < 2) throw std::runtime_error("no marker was seen often enough to make a series of the recording");
    const auto back = std::adjacent_find(s.time_s.begin(), s.time_s.end(), std::greater_equal<>());
    if (back != s.time_s.end())
        throw std::runtime_error("the recording's clock was set back from " + fixed(back[0], 3) + " s to " +
                                 fixed(back[1], 3) + " s; cut the recording in two there");
}

class Progress {
public:
    Progress(const ReplayOptions& options, int run, std::size_t steps) : options_(options), run_(run), steps_(steps) {}
    void step(std::size_t k) const
    {
        if (options_.progress && (k % std::max<std::size_t>(1, steps_ / 100) == 0 || k + 1 == steps_))
            options_.progress((run_ + static_cast<double>(k + 1) / static_cast<double>(steps_)) / options_.runs);
    }

private:
    const ReplayOptions& options_;
    int run_;
    std::size_t steps_;
};

Run run_live(const core::Recording& recording, const core::ConditionerConfig& config, const rnn::AlgorithmSpec& spec,
             const rnn::Parameters& parameters, std::span<const int> horizons, const Progress& progress)
{
    const auto order = parameters.find("order");
    const bool learn_first = order != parameters.end() && order->second == "learn-first";
    core::StandardiserConfig standardiser;
    standardiser.duration = config.warm_up;
    core::ForecastPipeline pipeline(config, standardiser,
                                    make_forecaster(spec, {config.markers, config.rate_hz}, horizons),
                                    learn_first ? core::StepOrder::learn_first : core::StepOrder::forecast_first);

    Run run;
    run.forecasts.resize(horizons.size());
    for (std::size_t f = 0; f < recording.frames.size(); ++f) {
        const auto arrived = Clock::now();
        auto ready = arrived;
        const int samples = pipeline.ingest(recording.frames[f]);
        for (int i = 0; i < samples; ++i) {
            pipeline.forecast(i);
            ready = Clock::now();
            pipeline.learn();
            run.series.append(pipeline.conditioner(), i);
            run.forecasts.made_at.push_back(static_cast<std::int64_t>(run.series.size()) - 1);
            run.forecasts.warm_up.push_back(pipeline.warming_up() ? 1 : 0);
            run.forecasts.append(pipeline.forecasts_mm(), pipeline.lower_mm(), pipeline.upper_mm());
        }
        // A frame that completed one sample is one step; one that ended a gap is several at once and not timed.
        if (samples == 1) {
            run.forecast.record(ready - arrived);
            run.step.record(Clock::now() - arrived);
        }
        progress.step(f);
    }
    run.flags = pipeline.conditioner().counts().by_flag;
    run.resets = pipeline.forecaster().resets();
    return run;
}

Run run_published(const core::Recording& recording, const core::ConditionerConfig& config,
                  const rnn::AlgorithmSpec& spec, std::span<const int> horizons, const Progress& progress)
{
    Run run;
    core::SignalConditioner conditioner(config);
    for (const core::MarkerFrame& frame : recording.frames)
        for (int i = 0, n = conditioner.ingest(frame); i < n; ++i) run.series.append(conditioner, i);
    run.flags = conditioner.counts().by_flag;

    const core::SeriesLayout layout{config.markers, config.rate_hz};
    const auto p = static_cast<std::size_t>(layout.coordinates());
    const auto samples = static_cast<std::int64_t>(run.series.size());
    const std::int64_t training = std::min(samples, core::warm_up_samples(config.warm_up, config.rate_hz));
    if (training < 2) throw std::runtime_error("the recording holds no usable samples");
    core::Standardiser standardiser(layout);
    standardiser.set_from_block({run.series.positions_mm.data(), static_cast<std::size_t>(training) * p});

    std::vector<rnn::PredictorChoice> predictors;
    for (const int h : horizons) predictors.push_back(make_predictor(spec, layout, h));
    const bool standardised = predictors.front().standardised;
    const core::Standardisation scale = standardiser.view();
    std::vector<double> z(run.series.positions_mm.size());
    for (std::size_t k = 0; k < z.size(); ++k) {
        const std::size_t c = k % p;
        z[k] = standardised ? (run.series.positions_mm[k] - scale.mean_mm[c]) / scale.sd_mm[c]
                            : run.series.positions_mm[k] - run.series.positions_mm[c];
    }

    run.forecasts.resize(horizons.size());
    core::ForecastIntervals intervals(layout, horizons);
    std::vector<double> y_hat(p), forecasts_mm(horizons.size() * p);
    for (std::int64_t n = 0; n < samples; ++n) {
        const auto begin = Clock::now();
        core::Duration forecasting{0};
        bool ready = true;
        for (std::size_t h = 0; h < horizons.size(); ++h) {
            auto& sut = *predictors[h].predictor;
            const auto at = Clock::now();
            sut.observe({z.data() + static_cast<std::size_t>(n) * p, p});
            ready = sut.predict(y_hat) && ready;
            forecasting += Clock::now() - at;
            for (std::size_t c = 0; c < p; ++c)
                forecasts_mm[h * p + c] =
                    standardised ? scale.mean_mm[c] + scale.sd_mm[c] * y_hat[c] : run.series.positions_mm[c] + y_hat[c];
            if (const std::int64_t target = n + horizons[h]; target < samples)
                sut.learn_revealed({z.data() + static_cast<std::size_t>(target) * p, p});
        }
        const auto row = static_cast<std::size_t>(n);
        if (row > 0 && run.series.breaks[row] != run.series.breaks[row - 1]) intervals.break_series();
        intervals.step({run.series.measured_mm.data() + row * p, p}, forecasts_mm, ready);
        run.step.record(Clock::now() - begin);
        run.forecast.record(forecasting);
        run.forecasts.append(forecasts_mm, intervals.lower_mm(), intervals.upper_mm());
        run.forecasts.made_at.push_back(n);
        run.forecasts.warm_up.push_back(ready && n >= training ? 0 : 1);
        progress.step(static_cast<std::size_t>(n));
    }
    return run;
}

StepTimes step_times(const core::LatencyHistogram& h)
{
    return {h.percentile_us(50), h.percentile_us(99), h.percentile_us(99.9), 1e6 * core::to_seconds(h.max())};
}

/// The share of a run that is scored, in seconds of the recording's clock.
struct ScoredPart {
    double from_s, to_s;
    bool holds(double t) const noexcept { return t >= from_s && t <= to_s; }
};

core::ForecastMetrics score(const Run& run, std::size_t h, int horizon, std::size_t p, const ScoredPart& part)
{
    std::vector<double> target, forecast, last, lower, upper;
    std::vector<std::int64_t> index;
    const auto& s = run.series;
    for (std::size_t k = 0; k < run.forecasts.made_at.size(); ++k) {
        const auto n = static_cast<std::size_t>(run.forecasts.made_at[k]);
        const std::size_t at = n + static_cast<std::size_t>(horizon);
        if (at >= s.size() || !part.holds(s.time_s[at]) || s.breaks[at] != s.breaks[n]) continue;
        const auto row = [p](const std::vector<double>& v, std::size_t i) {
            return std::span<const double>(v.data() + i * p, p);
        };
        const auto append = [](std::vector<double>& to, std::span<const double> from) {
            to.insert(to.end(), from.begin(), from.end());
        };
        append(target, row(s.measured_mm, at));
        append(forecast, row(run.forecasts.mm[h], k));
        append(lower, row(run.forecasts.lower_mm[h], k));
        append(upper, row(run.forecasts.upper_mm[h], k));
        append(last, row(s.last_mm, n));
        index.push_back(static_cast<std::int64_t>(at));
    }
    core::ForecastSeries series;
    series.markers = static_cast<int>(p / 3);
    series.target_mm = target;
    series.forecast_mm = forecast;
    series.last_mm = last;
    series.lower_mm = lower;
    series.upper_mm = upper;
    series.sample_index = index;
    return forecast_metrics(series);
}

/// Moves the forecasts of one horizon into the result, with their times.
void hand_over(Run& run, std::size_t h, int horizon, double rate_hz, HorizonResult& out)
{
    const ConditionedSeries& s = run.series;
    out.warm_up = run.forecasts.warm_up;
    out.forecast_mm = std::move(run.forecasts.mm[h]);
    out.lower_mm = std::move(run.forecasts.lower_mm[h]);
    out.upper_mm = std::move(run.forecasts.upper_mm[h]);
    for (const std::int64_t n : run.forecasts.made_at) {
        const auto made = static_cast<std::size_t>(n), at = made + static_cast<std::size_t>(horizon);
        out.made_time_s.push_back(s.time_s[made]);
        out.target_time_s.push_back(
            at < s.size() && s.breaks[at] == s.breaks[made] ? s.time_s[at] : s.time_s[made] + horizon / rate_hz);
    }
}

void collect(std::map<std::string, std::vector<double>>& values, const core::ForecastMetrics& m,
             const std::optional<GateOutcome>& gating)
{
    const auto add = [&values](const char* key, double value) { values[key].push_back(value); };
    add("mae_mm", m.mae_mm);
    add("rmse_mm", m.rmse_mm);
    add("nrmse", m.nrmse);
    add("max_mm", m.max_mm);
    add("jitter_mm", m.jitter_mm);
    add("rel_rmse", m.rel_rmse);
    add("coverage90", m.coverage90.value_or(kNaN));
    add("interval_width_mm", m.interval_width_mm.value_or(kNaN));
    add("winkler_mm", m.winkler_mm.value_or(kNaN));
    if (gating) {
        const core::GatingMetrics& g = gating->forecast;
        add("gating.accuracy", g.accuracy);
        add("gating.duty_cycle", g.duty_cycle);
        add("gating.beam_on_outside_s", g.beam_on_outside_s);
        add("gating.beam_on_outside_share", g.beam_on_outside_share);
        add("gating.unmatched_edges", static_cast<double>(g.unmatched_edges));
        add("gating.gating_error_ms", g.gating_error_ms);
        add("gating.crossing_error_ms", g.crossing_error_ms);
        add("gating.residual_mm", g.residual_mm);
        if (gating->confidence > 0) {
            add("gating.lower_coverage", g.lower_coverage);
            add("gating.upper_coverage", g.upper_coverage);
            add("gating.interval_width_mm", g.interval_width_mm);
        }
    }
}

}  // namespace

ReplayResult replay(const core::Recording& recording, const ReplayOptions& options)
{
    check(recording, options);
    const auto begin = Clock::now();
    const double source_rate_hz = uniform_rate_hz(recording);
    const double rate_hz = options.rate_hz.value_or(source_rate_hz);
    if (!(rate_hz > 0))
        throw std::runtime_error("the frames' times do not increase, so the recording has no rate; give --rate");
    const core::ConditionerConfig config = conditioner_config(recording, options, rate_hz, source_rate_hz);
    const auto p = static_cast<std::size_t>(3 * recording.markers);

    ReplayResult result;
    result.inputs = recording.files;
    result.algorithm = options.algorithm.name;
    result.protocol = options.algorithm.protocol == rnn::Protocol::live ? "live" : "published";
    result.parameters =
        resolve_parameters(options.algorithm.name, options.algorithm.parameters, options.algorithm.protocol, rate_hz);
    result.rate_hz = rate_hz;
    result.markers = recording.markers;
    result.seed = options.algorithm.seed;
    result.runs = options.runs;
    result.train_end_s = options.train_end_s;
    result.eval_start_s = options.eval_start_s;
    result.notes = recording.notes;
    result.version = version_text();

    std::vector<int> horizons;
    for (const double seconds : options.horizons_s) {
        const double samples = std::round(seconds * rate_hz);
        if (!(samples >= 1 && samples <= kMaxHorizonSamples))
            throw std::invalid_argument("horizon " + significant(seconds, 6) + " s is " + fixed(samples, 0) +
                                        " samples at " + significant(rate_hz, 6) + " Hz; it must be 1 to 1000 samples");
        for (const HorizonResult& other : result.horizons)
            if (horizon_label(other.horizon_s) == horizon_label(seconds))
                throw std::invalid_argument("the horizon " + horizon_label(seconds) + " s is given twice");
        HorizonResult horizon;
        horizon.horizon_s = seconds;
        horizon.horizon_samples = static_cast<int>(samples);
        horizons.push_back(horizon.horizon_samples);
        result.horizons.push_back(std::move(horizon));
    }
    if (options.gate) check_confidence(*options.gate);
    // Latencies of the gate that are not among the horizons are forecast, too, behind those asked for.
    const bool with_rule = options.gate && has_rule(*options.gate);
    const GateLatencies latencies =
        options.gate && !with_rule ? gate_latencies(*options.gate, rate_hz, horizons) : GateLatencies{};
    const std::size_t rule_scored_with = with_rule ? rule_horizons(*options.gate, rate_hz, horizons) : 0;

    std::vector<std::map<std::string, std::vector<double>>> over_runs(result.horizons.size());
    core::LatencyHistogram forecast_histogram;
    for (int r = 0; r < options.runs; ++r) {
        rnn::AlgorithmSpec spec = options.algorithm;
        spec.seed += static_cast<std::uint64_t>(r);
        const std::size_t steps = recording.frames.size();
        Run run = spec.protocol == rnn::Protocol::live
                      ? run_live(recording, config, spec, result.parameters, horizons, Progress(options, r, steps))
                      : run_published(recording, config, spec, horizons, Progress(options, r, steps));
        const ConditionedSeries& s = run.series;
        check(s);
        constexpr double rounding_s = 1e-3;  // times in files are rounded
        const ScoredPart part{
            s.time_s.front() + options.eval_start_s - rounding_s,
            options.eval_end_s ? s.time_s.front() + *options.eval_end_s + rounding_s : s.time_s.back()};
        for (std::size_t h = 0; h < result.horizons.size(); ++h) {
            HorizonResult& out = result.horizons[h];
            const core::ForecastMetrics metrics = score(run, h, horizons[h], p, part);
            std::optional<GateOutcome> gating;
            if (options.gate) {
                const GateSeries gate{
                    s.time_s, s.positions_mm, s.last_mm,         s.measured_mm, run.forecasts.mm, run.forecasts.warm_up,
                    s.breaks, horizons,       recording.markers, rate_hz};
                if (!with_rule)
                    gating =
                        replay_gate(*options.gate, gate, latencies, h, options.train_end_s, part.from_s, part.to_s);
                else if (h == rule_scored_with)
                    gating = replay_rule(*options.gate, gate, options.train_end_s, part.from_s, part.to_s);
            }
            collect(over_runs[h], metrics, gating);
            if (r > 0) continue;
            out.metrics = metrics;
            out.gating = gating;
        }
        result.step_histogram.merge(run.step);
        result.resets += run.resets;
        forecast_histogram.merge(run.forecast);
        if (r == 0) {
            for (std::size_t h = 0; h < result.horizons.size(); ++h)
                hand_over(run, h, horizons[h], rate_hz, result.horizons[h]);
            result.eval_end_s = options.eval_end_s.value_or(s.time_s.back() - s.time_s.front());
            run.flags.for_each([&result](core::SampleFlag flag, std::int64_t count) {
                if (count > 0) result.conditioning[std::string(to_string(flag))] = count;
            });
            result.time_s = std::move(run.series.time_s);
            result.measured_mm = std::move(run.series.measured_mm);
        }
    }
    for (std::size_t h = 0; h < result.horizons.size(); ++h)
        for (const auto& [key, values] : over_runs[h]) {
            const core::MeanCi95 mean = core::mean_ci95(values);
            result.horizons[h].mean_over_runs[key] = mean.mean;
            if (options.runs > 1) result.horizons[h].ci95_over_runs[key] = mean.half_width;
        }
    result.step_times = step_times(result.step_histogram);
    result.forecast_times = step_times(forecast_histogram);
    result.wall_s = core::to_seconds(Clock::now() - begin);
    return result;
}

}  // namespace foretide::validation
