// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/study/published_figures.h"

#include <cmath>

#include "core/marker_frame.h"
#include "validation/replay_json.h"

namespace foretide::validation {

namespace {

using core::kNaN;

constexpr PublishedFigure kFigures[] = {
    // algorithm, Hz, nRMSE, RMSE, MAE, max, jitter [mm], step [ms]
    {"rtrl", 3.33, .4032, 1.882, 1.351, 9.75, 1.294, 1.37},  {"uoro", 3.33, .3844, 1.741, 1.227, 9.76, 1.423, .224},
    {"snap1", 3.33, .3347, 1.531, 1.089, 8.45, 1.619, .147}, {"dni", 3.33, .3366, 1.546, 1.122, 8.67, 1.868, .146},
    {"lms", 3.33, .4896, 2.213, 1.620, 11.09, 2.048, .005},  {"svr", 3.33, .8009, 3.599, 2.768, 15.5, .986, kNaN},
    {"rtrl", 10, .1950, .926, .653, 5.93, .647, 10.1},       {"uoro", 10, .1660, .755, .535, 5.48, .655, 2.05},
    {"snap1", 10, .1567, .699, .493, 5.60, .720, 1.52},      {"dni", 10, .1647, .752, .543, 5.50, .844, 1.04},
    {"lms", 10, .3142, 1.419, 1.028, 8.58, 1.448, .014},     {"svr", 10, .9600, 4.238, 3.264, 16.8, .391, kNaN},
    {"rtrl", 30, .1016, .484, .368, 3.54, .304, 34.0},       {"uoro", 30, .0857, .402, .309, 3.29, .322, 11.6},
    {"snap1", 30, .0897, .414, .313, 3.59, .392, 9.69},      {"dni", 30, .0878, .402, .313, 2.94, .312, 6.83},
    {"lms", 30, .1746, .797, .593, 5.85, .864, .033},        {"svr", 30, 1.1012, 4.818, 3.724, 18.9, .156, kNaN},
};

}  // namespace

std::span<const PublishedFigure> published_figures() { return kFigures; }

const PublishedFigure* find_published(std::string_view algorithm, double rate_hz)
{
    constexpr double within = 0.02;  // 3.33 Hz is 10/3 Hz
    for (const PublishedFigure& figure : kFigures)
        if (figure.algorithm == algorithm && std::abs(figure.rate_hz / rate_hz - 1) <= within) return &figure;
    return nullptr;
}

nlohmann::ordered_json published_json()
{
    nlohmann::ordered_json json = {{"source", kPublishedSource}};
    for (const PublishedFigure& f : kFigures) {
        nlohmann::ordered_json row = {{"algorithm", f.algorithm}, {"rate_hz", f.rate_hz}};
        for (const auto& [key, value] : {std::pair{"nrmse", f.nrmse},
                                         {"rmse_mm", f.rmse_mm},
                                         {"mae_mm", f.mae_mm},
                                         {"max_mm", f.max_mm},
                                         {"jitter_mm", f.jitter_mm},
                                         {"step_ms", f.step_ms}})
            set_nested(row, key, value);
        json["figures"].push_back(std::move(row));
    }
    return json;
}

}  // namespace foretide::validation
