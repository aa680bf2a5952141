// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/correspondence/correspondence_model.h"
#include "core/correspondence/pairs.h"

namespace foretide::core {

struct CorrespondenceFitOptions {
    std::optional<CorrespondenceForm> form{};  ///< none: chosen by leave-one-out error
    double tolerance_mm = 3;                   ///< largest leave-one-out error (3-D, root mean square)
    double least_range_mm = 2;                 ///< of the markers' first principal coordinate, peak to peak
};

/// The pairs do not make a model; the message says why and what would.
class CorrespondenceRefused : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct CorrespondenceCandidate {
    CorrespondenceForm form = CorrespondenceForm::linear;
    std::size_t components = 1;
    double loo_rms_mm = kNaN;  ///< over the pairs that all candidates are compared on
    std::size_t rejected = 0;  ///< outliers
    std::string left_out{};    ///< why it could not be tried; empty: it was
    bool chosen = false;
};

struct CorrespondenceFit {
    CorrespondenceModel model;
    std::vector<CorrespondenceCandidate> candidates;
    std::vector<std::array<double, 3>> loo_residual_mm;  ///< of the model chosen, a pair each; rejected ones: plain
};

/// Pairs that a form of so many terms needs: twice as many as terms, and two.
constexpr std::size_t pairs_needed(std::size_t terms) noexcept { return 2 * terms + 2; }

/// Fits correspondence models by robust_regression() and chooses among them.
///
/// Candidates: linear in 1, 2 or 3 principal coordinates; quadratic with 1 or 2, where velocities are known. They are
/// compared by leave-one-out error, e/(1 − leverage), on the pairs that the candidate with the fewest outliers keeps (a
/// pair that a candidate rejects counts with its plain residual). Taken is the one of fewest terms whose mean square is
/// within one standard error of the best.
///
/// Refused (CorrespondenceRefused) with what is needed: too few pairs, markers that hardly move, a leave-one-out error
/// beyond the tolerance, more than a quarter of the pairs rejected. The breakdown point of the fit is
/// breakdown_count(pairs, terms). Throws std::invalid_argument for pairs of different shape or values not finite.
/// Not RT-safe.
CorrespondenceFit fit_correspondence(const CorrespondencePairs& pairs, const CorrespondenceFitOptions& options);

}  // namespace foretide::core
