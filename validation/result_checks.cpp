// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/result_checks.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <stdexcept>

#include "validation/text.h"

namespace foretide::validation {
namespace {

[[noreturn]] void fail(const ReplayResult& result, const std::string& what)
{
    throw std::runtime_error("replay result of algorithm '" + result.algorithm + "': " + what);
}

void require_size(const ReplayResult& result, const std::string& name, std::size_t size, std::size_t expected)
{
    if (size == expected) return;
    fail(result, name + " holds " + std::to_string(size) + " values where " + std::to_string(expected) + " belong");
}

/// Equal values, NaN equal to NaN.
bool same_series(const std::vector<double>& a, const std::vector<double>& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}

/// "shl=36, eta=0.01": what sets `result` apart from the others of the same name.
std::string distinguishing_parameters(const ReplayResult& result, std::span<const ReplayResult> results)
{
    std::string text;
    for (const auto& [key, value] : result.parameters) {
        const bool shared = std::all_of(results.begin(), results.end(), [&, &k = key, &v = value](const auto& other) {
            if (other.algorithm != result.algorithm) return true;
            const auto found = other.parameters.find(k);
            return found != other.parameters.end() && found->second == v;
        });
        if (shared) continue;
        if (!text.empty()) text += ", ";
        text += key;
        text += "=";
        text += value;
    }
    return text;
}

}  // namespace

void require_consistent(const ReplayResult& result)
{
    if (result.markers < 1) fail(result, "no markers");
    if (result.horizons.empty()) fail(result, "no forecast horizons");
    const auto p = static_cast<std::size_t>(3 * result.markers);
    require_size(result, "measured_mm", result.measured_mm.size(), p * result.time_s.size());

    std::set<std::string> labels;
    for (const HorizonResult& horizon : result.horizons) {
        const std::string label = horizon_label(horizon.horizon_s);
        if (!labels.insert(label).second) fail(result, "the horizon " + label + " s occurs twice");
        const std::string at = " at the horizon " + label + " s";
        const std::size_t n = horizon.made_time_s.size();
        require_size(result, "target_time_s" + at, horizon.target_time_s.size(), n);
        require_size(result, "forecast_mm" + at, horizon.forecast_mm.size(), p * n);
        if (!horizon.lower_mm.empty()) require_size(result, "lower_mm" + at, horizon.lower_mm.size(), p * n);
        require_size(result, "upper_mm" + at, horizon.upper_mm.size(), horizon.lower_mm.size());
        require_size(result, "warm_up" + at, horizon.warm_up.size(), n);
        for (std::size_t k = 0; k < n; ++k) {
            const bool ordered = k == 0 || horizon.made_time_s[k] > horizon.made_time_s[k - 1];
            if (!ordered || !std::isfinite(horizon.made_time_s[k]) || !std::isfinite(horizon.target_time_s[k])) {
                fail(result, "the time of forecast " + std::to_string(k) + at + " is not finite or not in order");
            }
        }
    }
}

void require_comparable(std::span<const ReplayResult> results)
{
    if (results.empty()) throw std::runtime_error("there is no replay result to report: run at least one algorithm");
    for (const ReplayResult& result : results) require_consistent(result);
    const ReplayResult& first = results.front();
    for (const ReplayResult& result : results) {
        if (result.markers != first.markers || !same_series(result.time_s, first.time_s) ||
            !same_series(result.measured_mm, first.measured_mm)) {
            fail(result, "it was run on another recording than '" + first.algorithm +
                             "': one report compares algorithms on one recording");
        }
    }
}

std::vector<std::string> algorithm_labels(std::span<const ReplayResult> results)
{
    std::map<std::string, int> name_count;
    for (const ReplayResult& result : results) ++name_count[result.algorithm];

    std::vector<std::string> labels;
    std::map<std::string, int> label_count;
    for (const ReplayResult& result : results) {
        std::string label = result.algorithm;
        if (name_count[result.algorithm] > 1) {
            const std::string difference = distinguishing_parameters(result, results);
            if (!difference.empty()) label += " (" + difference + ")";
        }
        labels.push_back(label);
        ++label_count[label];
    }
    std::map<std::string, int> number;
    for (std::string& label : labels) {
        if (label_count[label] > 1) label += " (" + std::to_string(++number[label]) + ")";
    }
    return labels;
}

std::string joined_inputs(const ReplayResult& result)
{
    std::string text;
    for (const std::string& input : result.inputs) text += (text.empty() ? "" : ", ") + input;
    return text;
}

}  // namespace foretide::validation
