// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/replay_json.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>

#include "validation/result_checks.h"
#include "validation/text.h"

namespace foretide::validation {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json number(const std::optional<double>& value) { return value ? number(*value) : Json(nullptr); }

template <class Number>
std::optional<Number> whole_text_as(const std::string& text)
{
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

Json step_times_json(const StepTimes& times)
{
    return {{"median", number(times.median_us)},
            {"p99", number(times.p99_us)},
            {"p999", number(times.p999_us)},
            {"max", number(times.max_us)}};
}

Json gating_metrics_json(const core::GatingMetrics& metrics)
{
    return {{"accuracy", number(metrics.accuracy)},
            {"duty_cycle", number(metrics.duty_cycle)},
            {"ideal_duty_cycle", number(metrics.ideal_duty_cycle)},
            {"beam_on_outside_s", number(metrics.beam_on_outside_s)},
            {"beam_on_outside_share", number(metrics.beam_on_outside_share)},
            {"unmatched_edges", metrics.unmatched_edges},
            {"gating_error_ms", number(metrics.gating_error_ms)},
            {"crossing_error_ms", number(metrics.crossing_error_ms)},
            {"residual_mm", number(metrics.residual_mm)},
            {"n", metrics.n},
            {"matched_edges", metrics.matched_edges},
            {"matched_crossings", metrics.matched_crossings},
            {"unmatched_crossings", metrics.unmatched_crossings}};
}

Json gating_json(const GateOutcome& gate)
{
    Json json = gating_metrics_json(gate.forecast);
    json["kind"] = core::to_string(gate.kind);
    json["axis"] = gate.axis;
    json["lower_mm"] = number(gate.lower_mm);
    json["upper_mm"] = number(gate.upper_mm);
    json["t_on_s"] = number(gate.t_on_s);
    json["t_off_s"] = number(gate.t_off_s);
    json["confidence"] = number(gate.confidence);
    if (gate.confidence > 0) {
        json["lower_coverage"] = number(gate.forecast.lower_coverage);
        json["upper_coverage"] = number(gate.forecast.upper_coverage);
        json["interval_width_mm"] = number(gate.forecast.interval_width_mm);
    }
    json["no_prediction"] = gating_metrics_json(gate.no_prediction);
    return json;
}

Json result_json(const ReplayResult& result)
{
    Json json;
    if (result.inputs.size() == 1) {
        json["input"] = result.inputs.front();
    } else {
        json["input"] = result.inputs;
    }
    json["algorithm"] = result.algorithm;
    json["protocol"] = result.protocol;
    json["rate_hz"] = number(result.rate_hz);
    json["params"] = Json::object();
    for (const auto& [key, value] : result.parameters) json["params"][key] = parameter_json(value);
    json["seed"] = result.seed;
    json["seeds"] = result.runs;
    json["markers"] = result.markers;
    json["samples"] = result.time_s.size();
    json["train_end_s"] = number(result.train_end_s);
    json["eval_start_s"] = number(result.eval_start_s);
    json["eval_end_s"] = number(result.eval_end_s);
    json["results"] = Json::array();
    for (const HorizonResult& horizon : result.horizons) json["results"].push_back(horizon_json(result, horizon));
    json["notes"] = Json::array();
    for (const core::RecordingNote& note : result.notes) {
        json["notes"].push_back({{"file", note.file}, {"line", note.line}, {"text", note.text}});
    }
    json["conditioning"] = result.conditioning;
    json["resets"] = result.resets;
    json["version"] = result.version;
    json["wall_s"] = number(result.wall_s);
    json["notice"] = kNotAMedicalDevice;
    return json;
}

}  // namespace

Json parameter_json(const std::string& text)
{
    if (const auto integer = whole_text_as<std::int64_t>(text)) return *integer;
    const auto real = whole_text_as<double>(text);
    return real && std::isfinite(*real) ? Json(*real) : Json(text);
}

void set_nested(Json& json, const std::string& key, double value)
{
    const auto dot = key.find('.');
    if (dot == std::string::npos) {
        json[key] = number(value);
    } else {
        set_nested(json[key.substr(0, dot)], key.substr(dot + 1), value);
    }
}

Json horizon_json(const ReplayResult& result, const HorizonResult& horizon)
{
    const core::ForecastMetrics& metrics = horizon.metrics;
    Json json = {{"horizon_s", number(horizon.horizon_s)},
                 {"horizon_samples", horizon.horizon_samples},
                 {"n", metrics.n},
                 {"mae_mm", number(metrics.mae_mm)},
                 {"rmse_mm", number(metrics.rmse_mm)},
                 {"nrmse", number(metrics.nrmse)},
                 {"max_mm", number(metrics.max_mm)},
                 {"jitter_mm", number(metrics.jitter_mm)},
                 {"rel_rmse", number(metrics.rel_rmse)},
                 {"coverage90", number(metrics.coverage90)},
                 {"interval_width_mm", number(metrics.interval_width_mm)},
                 {"winkler_mm", number(metrics.winkler_mm)},
                 {"step_us", step_times_json(result.step_times)},
                 {"forecast_us", step_times_json(result.forecast_times)}};
    if (horizon.gating) json["gating"] = gating_json(*horizon.gating);
    if (result.runs > 1) {
        for (const auto& [key, mean] : horizon.mean_over_runs) set_nested(json, key, mean);
        for (const auto& [key, half_width] : horizon.ci95_over_runs) set_nested(json, key + "_ci95", half_width);
    }
    return json;
}

Json replay_json(std::span<const ReplayResult> results)
{
    if (results.empty()) throw std::runtime_error("there is no replay result to write: run at least one algorithm");
    for (const ReplayResult& result : results) require_consistent(result);
    if (results.size() == 1) return result_json(results.front());
    Json runs = Json::array();
    for (const ReplayResult& result : results) runs.push_back(result_json(result));
    return {{"runs", std::move(runs)}};
}

void write_json(std::ostream& out, const Json& json)
{
    out << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
    out.flush();
    if (!out) throw std::runtime_error("the JSON result could not be written (disk full, or the file was closed)");
}

}  // namespace foretide::validation
