// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <span>
#include <string_view>

#include <nlohmann/json.hpp>

namespace foretide::validation {

/// One published average of an algorithm at one rate: nine ExtMarker sessions, all horizons of the paper (0.3 … 2.1 s
/// at 3.33 Hz, 0.1 … 2.1 s else), published protocol, 300 seeds, hyper-parameters chosen on 30–60 s with 50 seeds.
/// Lengths in mm; step time in ms with MATLAB on an i7-13700, mean over the grid (NaN: not stated).
struct PublishedFigure {
    const char* algorithm;
    double rate_hz;
    double nrmse, rmse_mm, mae_mm, max_mm, jitter_mm, step_ms;
};

/// Where published_figures() are from.
inline constexpr std::string_view kPublishedSource =
    "M. Pohl et al., arXiv 2403.01607 (tables and public notebook); nine sequences, all horizons";

std::span<const PublishedFigure> published_figures();

/// The figures of an algorithm at a rate, nullptr where none are published.
const PublishedFigure* find_published(std::string_view algorithm, double rate_hz);

/// All of them, for tables.json.
nlohmann::ordered_json published_json();

}  // namespace foretide::validation
