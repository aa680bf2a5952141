// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/gate_qa/gate_qa.h"

#include <cmath>
#include <ostream>
#include <stdexcept>

#include "apps/column_table.h"
#include "validation/text.h"
#include "validation/version.h"

namespace foretide::apps {

namespace {

using validation::Estimate;
using validation::fixed;
using Json = nlohmann::ordered_json;

void check_latency(GateQaResult& out, const GateQaSettings& s, const char* what, const Estimate& measured,
                   double expected_s)
{
    const double off_ms = 1e3 * (measured.value - expected_s);
    out.checks.push_back(
        {what, fixed(1e3 * measured.value, 0) + " ± " + fixed(1e3 * measured.half_width, 0) + " ms",
         fixed(1e3 * expected_s, 0) + " ± " + fixed(s.tolerances.latency_ms, 0) + " ms",
         std::abs(off_ms) <= s.tolerances.latency_ms && 1e3 * measured.half_width <= s.tolerances.latency_ms});
}

void check_still(GateQaResult& out, const GateQaSettings& s, const std::string& name, const validation::StaticResult& r)
{
    const GateTolerances& t = s.tolerances;
    out.checks.push_back({name + ": still inside the window", r.inside ? "inside" : "outside", "inside", r.inside});
    out.checks.push_back({name + ": noise", fixed(r.noise_mm, 3) + " mm",
                          "≤ " + validation::significant(t.noise_mm, 3) + " mm", r.noise_mm <= t.noise_mm});
    out.checks.push_back({name + ": beam on", fixed(100 * r.beam_on_share, 1) + " %",
                          "≥ " + validation::significant(t.beam_on_percent, 3) + " %",
                          100 * r.beam_on_share >= t.beam_on_percent});
    out.checks.push_back({name + ": interruptions", std::to_string(r.interruptions), "≤ " + fixed(t.interruptions, 0),
                          static_cast<double>(r.interruptions) <= t.interruptions});
}

void check_drift(GateQaResult& out, const GateQaSettings& s, const std::string& name, const validation::DriftResult& r)
{
    const double limit_mm = s.tolerances.overshoot_mm;
    out.checks.push_back({name + ": beam on while inside", r.was_on ? "yes" : "no", "yes", r.was_on});
    out.checks.push_back({name + ": the drift leaves the window", std::isfinite(r.left_s) ? "yes" : "no", "yes",
                          std::isfinite(r.left_s)});
    out.checks.push_back({name + ": position at beam off, from the edge",
                          std::isfinite(r.overshoot_mm) ? fixed(r.overshoot_mm, 2) + " mm" : "the beam stays on",
                          "± " + validation::significant(limit_mm, 3) + " mm", std::abs(r.overshoot_mm) <= limit_mm});
}

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json estimate(const Estimate& e) { return {{"value", number(e.value)}, {"ci95", number(e.half_width)}}; }

}  // namespace

GateQaResult judge_gate(std::vector<GateQaRun> runs, const GateQaSettings& settings)
{
    if (runs.empty()) throw std::invalid_argument("there is no run to judge");
    GateQaResult out;
    std::vector<validation::LatencyRun> latency;
    bool sinusoids = false;
    for (const GateQaRun& run : runs) {
        try {
            switch (run.kind) {
            case GateTestKind::latency:
                sinusoids = true;
                latency.push_back(latency_run(run.motion, settings.side));
                break;
            case GateTestKind::still:
                out.still.push_back(static_test(run.motion, settings.window));
                check_still(out, settings, run.name, out.still.back());
                break;
            case GateTestKind::drift:
                out.drift.push_back(drift_test(run.motion, settings.window));
                check_drift(out, settings, run.name, out.drift.back());
                break;
            }
        } catch (const std::runtime_error& error) {
            out.problems.push_back(run.name + ": " + error.what());
        }
    }
    if (sinusoids) {
        try {
            out.latency = estimate_latency(std::move(latency));
            check_latency(out, settings, "beam-on delay", out.latency->on_s, settings.expected_on_s);
            check_latency(out, settings, "beam-off delay", out.latency->off_s, settings.expected_off_s);
        } catch (const std::runtime_error& error) {
            out.problems.emplace_back(error.what());
        }
    }
    out.runs = std::move(runs);
    out.pass = out.problems.empty();
    for (const GateQaCheck& check : out.checks) out.pass = out.pass && check.pass;
    return out;
}

Json gate_qa_json(const GateQaResult& r, const GateQaSettings& s)
{
    Json json = {{"pass", r.pass}, {"subject", s.subject}, {"version", validation::version_text()}};
    if (r.latency) {
        json["latency"] = {
            {"on_s", estimate(r.latency->on_s)},           {"off_s", estimate(r.latency->off_s)},
            {"mean_s", estimate(r.latency->mean_s)},       {"difference_s", estimate(r.latency->difference_s)},
            {"duty_cycle", number(r.latency->duty_cycle)}, {"expected_on_s", s.expected_on_s},
            {"expected_off_s", s.expected_off_s}};
        for (const validation::LatencyRun& run : r.latency->runs)
            json["latency"]["runs"].push_back({{"period_s", run.period_s},
                                               {"amplitude_mm", run.amplitude_mm},
                                               {"pulses", run.delay_s.size()},
                                               {"interruptions", run.interruptions},
                                               {"delay_s", run.mean_delay_s()},
                                               {"duration_s", run.mean_duration_s()}});
    }
    for (const validation::StaticResult& t : r.still)
        json["static"].push_back({{"noise_mm", number(t.noise_mm)},
                                  {"drift_mm_min", number(t.drift_mm_min)},
                                  {"beam_on_share", number(t.beam_on_share)},
                                  {"interruptions", t.interruptions},
                                  {"inside", t.inside}});
    for (const validation::DriftResult& t : r.drift)
        json["drift"].push_back({{"drift_mm_min", number(t.drift_mm_min)},
                                 {"total_mm", number(t.total_mm)},
                                 {"overshoot_mm", number(t.overshoot_mm)},
                                 {"outside_s", number(t.outside_s)}});
    for (const GateQaCheck& c : r.checks)
        json["checks"].push_back({{"what", c.what}, {"measured", c.measured}, {"limit", c.limit}, {"pass", c.pass}});
    json["problems"] = r.problems;
    json["notice"] = validation::kNotAMedicalDevice;
    return json;
}

void print_gate_qa(std::ostream& out, const GateQaResult& r)
{
    ColumnTable table({"check", "measured", "limit", ""});
    for (const GateQaCheck& c : r.checks) table.add({c.what, c.measured, c.limit, c.pass ? "pass" : "FAIL"});
    table.print(out);
    for (const std::string& problem : r.problems) out << "FAIL  " << problem << "\n";
    out << "\n" << (r.pass ? "PASS" : "FAIL") << "\n";
}

}  // namespace foretide::apps
