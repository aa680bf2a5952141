// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/study/grid.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>

#include "validation/text.h"

namespace foretide::validation {

namespace {

struct Axis {
    std::string parameter;
    std::vector<double> values;
};

bool is_network(const std::string& name)
{
    return name == "fixed" || name == "rtrl" || name == "uoro" || name == "snap1" || name == "dni";
}

/// Lengths of the history, the same in seconds at every rate.
Axis history_axis(double rate_hz, const std::vector<double>& seconds)
{
    Axis axis{"shl", {}};
    for (const double s : seconds) axis.values.push_back(std::max(1.0, std::round(s * rate_hz)));
    return axis;
}

/// The published rates; live, a tenth of each before them.
Axis rate_axis(rnn::Protocol protocol, const std::vector<double>& published)
{
    std::set<double> rates(published.begin(), published.end());
    if (protocol == rnn::Protocol::live)
        for (const double rate : published) rates.insert(rate / 10);
    return {"eta", {rates.begin(), rates.end()}};
}

std::vector<double> lms_rates(double rate_hz)
{
    if (rate_hz < 6) return {2e-4, 5e-4, 10e-4};
    return rate_hz < 20 ? std::vector{1e-4, 2e-4, 5e-4} : std::vector{0.5e-4, 1e-4, 2e-4};
}

std::vector<Axis> paper_axes(const std::string& name, rnn::Protocol protocol, double rate_hz)
{
    const Axis history = history_axis(rate_hz, {1.2, 2.4, 3.6, 4.8, 6.0});
    if (is_network(name)) {
        const Axis units{"hidden", name == "rtrl" ? std::vector<double>{10, 25, 40}
                                                  : std::vector<double>{30, 60, 90, 120, 150, 180}};
        return {history, rate_axis(protocol, {0.005, 0.01, 0.02}), units};
    }
    if (name == "lms") return {history, rate_axis(protocol, lms_rates(rate_hz))};
    if (name == "ols") return {history};
    if (name == "svr")
        return {history,
                {"kernel-scale", {100, 200, 500, 1000}},
                {"epsilon", {0.005, 0.01, 0.02, 0.05}},
                {"box", {100, 200, 500, 1000}}};
    return {};
}

std::vector<Axis> quick_axes(const std::string& name, rnn::Protocol protocol, double rate_hz)
{
    const Axis history = history_axis(rate_hz, {1.2, 3.6});
    if (is_network(name))
        return {history, rate_axis(protocol, {0.005, 0.01, 0.02}),
                Axis{"hidden", name == "rtrl" ? std::vector<double>{25, 40} : std::vector<double>{30, 90}}};
    if (name == "lms") {
        const std::vector<double> rates = lms_rates(rate_hz);
        return {history_axis(rate_hz, {2.4, 6.0}), rate_axis(protocol, {rates.front(), rates.back()})};
    }
    if (name == "ols") return {history};
    if (name == "svr") return {{"shl", history.values}, {"kernel-scale", {200, 1000}}, {"box", {100, 1000}}};
    return {};
}

}  // namespace

std::vector<rnn::Parameters> grid_candidates(GridKind grid, const StudyAlgorithm& algorithm, rnn::Protocol protocol,
                                             double rate_hz)
{
    const rnn::Parameters resolved = resolve_parameters(algorithm.name, algorithm.fixed, protocol, rate_hz);
    const auto variant = resolved.find("variant");
    const bool published_recipe = variant == resolved.end() || variant->second == "published";
    std::vector<rnn::Parameters> candidates{algorithm.fixed};
    if (grid == GridKind::none || !published_recipe) return candidates;

    const std::vector<Axis> axes = grid == GridKind::paper ? paper_axes(algorithm.name, protocol, rate_hz)
                                                           : quick_axes(algorithm.name, protocol, rate_hz);
    for (const Axis& axis : axes) {
        if (algorithm.fixed.contains(axis.parameter)) continue;
        std::vector<rnn::Parameters> wider;
        for (const rnn::Parameters& candidate : candidates)
            for (const double value : axis.values) {
                wider.push_back(candidate);
                wider.back()[axis.parameter] = shortest(value);
            }
        candidates = std::move(wider);
    }
    return candidates;
}

std::string parameters_text(const rnn::Parameters& parameters)
{
    std::string text;
    for (const auto& [key, value] : parameters) text += (text.empty() ? "" : " ") + key + "=" + value;
    return text;
}

}  // namespace foretide::validation
