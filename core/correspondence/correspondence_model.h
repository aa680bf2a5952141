// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/forecast_trajectory.h"
#include "core/marker_frame.h"
#include "core/rt/nonblocking.h"

namespace foretide::core {

inline constexpr std::size_t kMaxExternalComponents = 3;
inline constexpr std::size_t kMaxCorrespondenceTerms = kMaxExternalComponents + 3;

enum class CorrespondenceForm : std::uint8_t {
    linear,     ///< 1, x1 … xK
    quadratic,  ///< 1, x1 … xK, x1², v1: curved, and another way in than out (hysteresis)
};
const char* to_string(CorrespondenceForm form) noexcept;

/// An external–internal correspondence: internal = coefficientsᵀ · z(markers), z the terms of the form.
///
/// xk = axis_k · (markers − mean) / scale_k are principal coordinates of the markers over the pairs, of a spread of
/// one; v1 the same of the velocities, over its own scale. Shapes: p = 3N markers, K components, q terms.
struct CorrespondenceModel {
    CorrespondenceForm form = CorrespondenceForm::linear;
    int markers = 0;
    std::vector<double> mean_mm;       ///< p
    std::vector<double> axes;          ///< K × p, orthonormal rows
    std::vector<double> scale_mm;      ///< K, > 0
    double velocity_scale_mm_s = 0;    ///< > 0 where the form has a velocity
    std::vector<double> coefficients;  ///< q × 3 [mm]
    std::vector<double> inverse_gram;  ///< q × q: leverage = zᵀ · inverse_gram · z
    std::array<double, 3> sigma_mm{};  ///< of the residuals, degrees_of_freedom in the divisor
    int degrees_of_freedom = 0;
    double unseen_limit_mm = 0;  ///< of the markers off the plane of the axes, rms over markers

    // How it came about.
    int pairs = 0;
    std::vector<int> rejected;  ///< indices of pairs that were left out as outliers
    double range_mm = 0;        ///< of the first principal coordinate, over the pairs kept
    double loo_rms_mm = 0;      ///< 3-D leave-one-out error, over the pairs kept
    double tolerance_mm = 0;    ///< of that error and of later checks
    struct Provenance {
        std::string source, content_hash, created, version;
    } provenance;

    std::size_t components() const noexcept { return scale_mm.size(); }
    std::size_t terms() const noexcept { return components() + (form == CorrespondenceForm::quadratic ? 3 : 1); }
    bool needs_velocity() const noexcept { return form == CorrespondenceForm::quadratic; }

    /// Throws std::invalid_argument where the parts do not fit together or are not finite.
    void check() const;
};

/// Where the internal point is for one set of marker positions.
struct InternalEstimate {
    std::array<double, 3> position_mm{kNaN, kNaN, kNaN};
    std::array<double, 3> half_width_mm{kNaN, kNaN, kNaN};  ///< of the model alone: add to the forecast's own interval
    double leverage = kNaN;                                 ///< 0 … 1 among the pairs, larger outside of them
    double unseen_mm = kNaN;                                ///< of the markers off what the pairs showed
    bool known = false;  ///< false: positions and half-widths are NaN, the gate must hold
};

/// Largest leverage an estimate is given for: there a half-width is √5 times that in the middle of many pairs.
inline constexpr double kLargestLeverage = 4;

/// Evaluates a model at a confidence c: half-width = t · sigma · √(1 + leverage), t Student's two-sided quantile of the
/// model's degrees of freedom: the interval for a new pair, its own scatter and the uncertainty of the coefficients in
/// it. It grows away from the pairs; beyond kLargestLeverage, and where the markers stand as they never did among the
/// pairs (unseen_limit_mm), nothing is known.
///
/// Threads: any (const). Allocation: constructor. Errors: the constructor throws std::invalid_argument.
class CorrespondenceMap {
public:
    /// 0 < confidence < 1.
    CorrespondenceMap(const CorrespondenceModel& model, double confidence);

    const CorrespondenceModel& model() const noexcept { return model_; }
    double confidence() const noexcept { return confidence_; }

    /// Precondition: p values each; velocities may be empty where the model needs none. RT-safe.
    InternalEstimate at(std::span<const double> markers_mm, std::span<const double> velocities_mm_s) const noexcept
        FORETIDE_NONBLOCKING;

    /// Forecasts, H × p (velocities H × p, or empty) → H estimates. RT-safe.
    void evaluate(std::span<const double> markers_mm, std::span<const double> velocities_mm_s,
                  std::span<InternalEstimate> out) const noexcept FORETIDE_NONBLOCKING;

private:
    CorrespondenceModel model_;
    double confidence_, quantile_;
};

/// Velocities [mm/s] along a trajectory, H × p: derivative of the parabola through each horizon and its neighbours (the
/// present position is one; at the last horizon through the two before). RT-safe.
void trajectory_velocities(const ForecastTrajectory& trajectory, double rate_hz, std::span<double> out_mm_s) noexcept
    FORETIDE_NONBLOCKING;

}  // namespace foretide::core
