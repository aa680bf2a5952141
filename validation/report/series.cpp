// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/report/series.h"

#include <cmath>
#include <cstdint>
#include <map>
#include <vector>

#include <nlohmann/json.hpp>

#include "validation/report/interval_bands.h"
#include "validation/text.h"

namespace foretide::validation {
namespace {

constexpr double kLengthStep_mm = 0.01;
constexpr double kTimeStep_s = 0.001;
/// Beyond this many steps a value is not drawn: it is 10⁴ km away, or a forecaster has diverged.
constexpr double kLargestSteps = 1e12;

std::vector<double> along(const Coordinate& coordinate, std::span<const double> positions_mm)
{
    const std::size_t p = coordinate.axis.direction.size();
    std::vector<double> values(positions_mm.size() / p);
    for (std::size_t k = 0; k < values.size(); ++k) values[k] = coordinate.axis.project(positions_mm.subspan(k * p, p));
    return values;
}

nlohmann::ordered_json series_json(const ReportContext& context, std::span<const Coordinate> coordinates)
{
    nlohmann::ordered_json json;
    json["length_step"] = kLengthStep_mm;
    json["time_step"] = kTimeStep_s;
    json["gap"] = context.measured.longest_gap_s();
    json["range"] = {context.start_s, context.end_s};
    json["view"] = {context.view_lo_s, context.view_hi_s};
    json["horizon"] = context.default_horizon;
    json["warm_up"] = context.warm_up_s;
    json["marks"] = {{context.train_end_s, "training ends"}, {context.scored_start_s, "scored from here"}};

    std::vector<double> time_s;
    std::vector<double> measured_mm;
    for (std::size_t k = 0; k < context.measured.size(); ++k) {
        time_s.push_back(context.measured.time_s(k));
        const auto row = context.measured.position_mm(k);
        measured_mm.insert(measured_mm.end(), row.begin(), row.end());
    }
    json["time"] = encode_series(time_s, kTimeStep_s);
    json["measured"] = nlohmann::ordered_json::array();
    for (const Coordinate& coordinate : coordinates) {
        json["measured"].push_back(encode_series(along(coordinate, measured_mm), kLengthStep_mm));
    }

    // Most series share their target times: each set is kept once.
    std::map<std::string, std::size_t> target_index;
    json["targets"] = nlohmann::ordered_json::array();
    json["series"] = nlohmann::ordered_json::array();
    for (std::size_t a = 0; a < context.results.size(); ++a) {
        for (std::size_t h = 0; h < context.horizons_s.size(); ++h) {
            const HorizonResult* horizon = context.cell(a, h).horizon;
            if (horizon == nullptr) continue;
            const auto [entry, is_new] =
                target_index.try_emplace(encode_series(horizon->target_time_s, kTimeStep_s), target_index.size());
            if (is_new) json["targets"].push_back(entry->first);
            nlohmann::ordered_json values = nlohmann::ordered_json::array();
            for (const Coordinate& coordinate : coordinates) {
                values.push_back(encode_series(along(coordinate, horizon->forecast_mm), kLengthStep_mm));
            }
            nlohmann::ordered_json half_widths = nlohmann::ordered_json::array();
            for (const Coordinate& coordinate : coordinates) {
                half_widths.push_back(encode_series(
                    interval_half_widths_mm(context.measured, context.results[a].rate_hz, *horizon, coordinate),
                    kLengthStep_mm));
            }
            json["series"].push_back({{"algorithm", a},
                                      {"horizon", h},
                                      {"targets", entry->second},
                                      {"values", std::move(values)},
                                      {"half_widths", std::move(half_widths)}});
        }
    }
    return json;
}

}  // namespace

std::string encode_series(std::span<const double> values, double step)
{
    static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string text;
    std::int64_t previous = 0;
    for (const double value : values) {
        const double steps = std::round(value / step);
        if (!(std::abs(steps) < kLargestSteps)) {
            text += '.';
            continue;
        }
        const auto now = static_cast<std::int64_t>(steps);
        const std::int64_t difference = now - previous;
        previous = now;
        auto bits = static_cast<std::uint64_t>(difference < 0 ? -2 * difference - 1 : 2 * difference);
        do {
            const std::uint64_t low = bits & 31U;
            bits >>= 5U;
            text += kAlphabet[bits != 0 ? low + 32U : low];
        } while (bits != 0);
    }
    return text;
}

EmbeddedSeries embed_series(const ReportContext& context, std::size_t max_bytes)
{
    if (!context.plottable) return {};
    EmbeddedSeries embedded;
    embedded.json = escape_script_json(series_json(context, context.coordinates).dump());
    if (embedded.json.size() > max_bytes) {
        embedded.reduced = true;
        embedded.json = escape_script_json(series_json(context, std::span{context.coordinates}.first(1)).dump());
    }
    if (embedded.json.size() > max_bytes) embedded.json.clear();
    return embedded;
}

}  // namespace foretide::validation
