// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// Window, axis, simulated gate and metrics together on real recordings, against figures computed independently.

#include <gtest/gtest.h>

#include "core/gate/gating_metrics.h"
#include "tests/core/frames.h"
#include "tests/support/shared_data.h"

namespace foretide::core {
namespace {

// Beam commanded on the last position, 0.5 s latency both ways, window auto:0.4@30-60, from 60 s on: accuracy .835,
// beam on outside .079 of the time, as means of the six open sequences.
TEST(GatingOnRecordings, WithoutPredictionItIsAsBadAsKnown)
{
    FORETIDE_SKIP_WITHOUT(tests::shared_path("data/extmarker/10Hz"));
    double accuracy = 0, outside = 0;
    for (const int sequence : {1, 2, 4, 5, 7, 8}) {
        std::vector<double> time_s, positions_mm, coordinate_mm;
        const auto file = tests::shared_path("data/extmarker/10Hz/seq" + std::to_string(sequence) + ".csv");
        for (const MarkerFrame& frame : tests::read_session_csv(file.string())) {
            time_s.push_back(to_seconds(frame.acquired));
            for (std::size_t c = 0; c < 9; ++c) {
                positions_mm.push_back(frame.markers[c / 3].position_mm[c % 3]);
            }
        }
        const GateAxis axis = principal_axis(std::span(positions_mm).first(300UL * 9), 3);
        for (std::size_t k = 0; k < time_s.size(); ++k) {
            coordinate_mm.push_back(axis.project(std::span(positions_mm).subspan(9 * k, 9)));
        }
        const GateWindow window = automatic_exhale_window(time_s, coordinate_mm, 0.4, 30, 60);
        const auto beam = simulate_point_gate(coordinate_mm, coordinate_mm, window, 5, 5);
        std::vector<double> predicted_mm(time_s.size(), kNaN);
        std::copy(coordinate_mm.begin(), coordinate_mm.end() - 5, predicted_mm.begin() + 5);

        const auto test_part = [](const auto& values) { return std::span(values).subspan(600); };
        const GatingMetrics sut = gating_metrics({.time_s = test_part(time_s),
                                                  .coordinate_mm = test_part(coordinate_mm),
                                                  .beam_on = test_part(beam),
                                                  .predicted_mm = test_part(predicted_mm),
                                                  .window = window});
        accuracy += sut.accuracy / 6;
        outside += sut.beam_on_outside_share / 6;
        // The prediction is the truth 0.5 s late, and almost every edge and crossing finds its own.
        EXPECT_NEAR(sut.crossing_error_ms, 500, 5) << sequence;
        EXPECT_NEAR(sut.gating_error_ms, 500, 60) << sequence;
        EXPECT_LE(sut.unmatched_edges, 1) << sequence;
    }
    EXPECT_NEAR(accuracy, 0.835, 0.002);
    EXPECT_NEAR(outside, 0.079, 0.002);
}

}  // namespace
}  // namespace foretide::core
