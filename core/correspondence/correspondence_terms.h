// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <span>

#include "core/correspondence/correspondence_model.h"
#include "core/rt/nonblocking.h"

namespace foretide::core {

/// What a model makes of marker positions: the terms it is linear in, the same for fitting and evaluating.
struct ExternalTerms {
    std::array<double, kMaxCorrespondenceTerms> z{};  ///< the first model.terms() of them
    double unseen_mm = 0;                             ///< distance off the plane of the axes, rms over markers
};

/// Needs of the model: form, markers, mean, axes and scales. Precondition: p values each; the velocities may be empty
/// where the form has none, else the term is NaN. RT-safe.
inline ExternalTerms external_terms(const CorrespondenceModel& model, std::span<const double> markers_mm,
                                    std::span<const double> velocities_mm_s) noexcept FORETIDE_NONBLOCKING
{
    ExternalTerms out;
    const std::size_t p = model.mean_mm.size(), k = model.components();
    double squares = 0;
    for (std::size_t c = 0; c < p; ++c) {
        const double off = markers_mm[c] - model.mean_mm[c];
        squares += off * off;
    }
    out.z[0] = 1;
    for (std::size_t i = 0; i < k; ++i) {
        double along = 0;
        for (std::size_t c = 0; c < p; ++c) along += model.axes[i * p + c] * (markers_mm[c] - model.mean_mm[c]);
        squares -= along * along;
        out.z[1 + i] = along / model.scale_mm[i];
    }
    out.unseen_mm = squares > 0 ? std::sqrt(squares / model.markers) : squares - squares;  // rounding; NaN stays
    if (model.form == CorrespondenceForm::quadratic) {
        double velocity = velocities_mm_s.empty() ? kNaN : 0;
        for (std::size_t c = 0; c < velocities_mm_s.size(); ++c) velocity += model.axes[c] * velocities_mm_s[c];
        out.z[1 + k] = out.z[1] * out.z[1];
        out.z[2 + k] = velocity / model.velocity_scale_mm_s;
    }
    return out;
}

}  // namespace foretide::core
