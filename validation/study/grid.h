// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <vector>

#include "validation/study/study_options.h"

namespace foretide::validation {

/// The parameter sets among which a study chooses, the fixed ones in each: every combination of the values of the
/// grid, in a fixed order. One set, the fixed parameters alone, where there is nothing to choose.
///
/// paper: the published grids (arXiv 2403.01607; ALGORITHMS.md §2): histories of 1.2, 2.4 … 6.0 s, for networks three
/// learning rates and six sizes (RTRL three), for LMS three learning rates by sampling rate, for the SVR kernel widths,
/// tubes and boxes. quick: two or three of the values of each, near the ends and the usual choice. Under the live
/// protocol a tenth of each learning rate is in the grid too, because late targets need smaller ones.
///
/// The grids belong to the published recipe: a network whose `variant` is another one, and algorithms that no paper
/// has, run with their defaults. Throws std::invalid_argument for an unknown algorithm or parameter.
std::vector<rnn::Parameters> grid_candidates(GridKind grid, const StudyAlgorithm& algorithm, rnn::Protocol protocol,
                                             double rate_hz);

}  // namespace foretide::validation
