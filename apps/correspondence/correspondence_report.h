// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <iosfwd>
#include <vector>

#include "core/correspondence/correspondence_check.h"
#include "core/correspondence/correspondence_fit.h"

namespace foretide::apps {

/// What a model said about pairs, and how sure it was, for the plain and the HTML report.
struct CheckedPairs {
    std::vector<core::CorrespondenceCheck::Result> results;  ///< one a pair
    core::CorrespondenceCheck::Verdict verdict = core::CorrespondenceCheck::Verdict::untested;
    double rms_mm = core::kNaN;  ///< 3-D, over all pairs whose place is known
    std::size_t inside = 0;      ///< within the half-widths on all axes
};

/// Runs the pairs through a check in their order. The map must outlive the call only.
CheckedPairs check_pairs(const core::CorrespondenceMap& map, const core::CorrespondencePairs& pairs);

void print_fit(std::ostream& out, const core::CorrespondenceFit& fit);
void print_check(std::ostream& out, const core::CorrespondenceModel& model, const CheckedPairs& checked);

/// Quality of a fit as one HTML page: candidates, figures, measured and predicted internal position, residuals. Throws
/// std::runtime_error where writing fails.
void write_correspondence_report(std::ostream& out, const core::CorrespondenceFit& fit,
                                 const core::CorrespondencePairs& pairs);

}  // namespace foretide::apps
