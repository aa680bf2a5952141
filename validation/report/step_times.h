// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <string>

#include "validation/report/context.h"

namespace foretide::validation {

/// Histogram of step times as an HTML fragment: one panel an algorithm on a common logarithmic time axis, the
/// share of steps a bucket, with the percentiles and the sample period. Empty where no step was timed.
std::string step_time_figure(const ReportContext& context);

}  // namespace foretide::validation
