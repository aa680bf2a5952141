// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/correspondence/correspondence_model.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <Eigen/Cholesky>
#include <boost/math/distributions/students_t.hpp>

#include "core/correspondence/correspondence_terms.h"

namespace foretide::core {

namespace {

bool finite(std::span<const double> values)
{
    return std::ranges::all_of(values, [](double v) { return std::isfinite(v); });
}

void demand(bool condition, const char* what)
{
    if (!condition) throw std::invalid_argument(std::string("the correspondence model is damaged: ") + what);
}

}  // namespace

const char* to_string(CorrespondenceForm form) noexcept
{
    return form == CorrespondenceForm::linear ? "linear" : "quadratic";
}

void CorrespondenceModel::check() const
{
    demand(markers >= 1 && markers <= kMaxMarkers, "it needs 1 to 32 markers");
    const auto p = static_cast<std::size_t>(3 * markers);
    const std::size_t k = components(), q = terms();
    demand(k >= 1 && k <= std::min(kMaxExternalComponents, p), "it needs 1 to 3 components");
    demand(mean_mm.size() == p && axes.size() == k * p, "mean or axes do not fit the markers");
    demand(coefficients.size() == 3 * q && inverse_gram.size() == q * q, "coefficients do not fit the form");
    demand(finite(mean_mm) && finite(axes) && finite(coefficients) && finite(inverse_gram), "a number is missing");
    const auto positive = [](double v) { return std::isfinite(v) && v > 0; };
    demand(std::ranges::all_of(scale_mm, positive), "the scales must be positive");
    demand(!needs_velocity() || positive(velocity_scale_mm_s), "the scale of the velocity must be positive");
    demand(std::ranges::all_of(sigma_mm, positive) && degrees_of_freedom >= 1, "sigma must be positive");
    demand(positive(unseen_limit_mm) && positive(tolerance_mm), "limits must be positive");
    demand(std::isfinite(range_mm) && std::isfinite(loo_rms_mm), "range or error is missing");
    demand(pairs >= degrees_of_freedom && rejected.size() < static_cast<std::size_t>(pairs), "pairs do not add up");
    const auto n = static_cast<Eigen::Index>(q);
    const Eigen::Map<const Eigen::MatrixXd> gram(inverse_gram.data(), n, n);
    demand(gram.isApprox(gram.transpose(), 1e-6) && gram.llt().info() == Eigen::Success,
           "inverse_gram must be symmetric and positive definite");
}

CorrespondenceMap::CorrespondenceMap(const CorrespondenceModel& model, double confidence)
    : model_(model), confidence_(confidence)
{
    model_.check();
    if (!(confidence > 0 && confidence < 1))
        throw std::invalid_argument("the confidence of a correspondence must lie between 0 and 1");
    quantile_ = boost::math::quantile(boost::math::students_t(model_.degrees_of_freedom), (1 + confidence) / 2);
}

InternalEstimate CorrespondenceMap::at(std::span<const double> markers_mm,
                                       std::span<const double> velocities_mm_s) const noexcept
{
    InternalEstimate out;
    const ExternalTerms external = external_terms(model_, markers_mm, velocities_mm_s);
    out.unseen_mm = external.unseen_mm;
    const std::size_t q = model_.terms();
    double leverage = 0;
    for (std::size_t i = 0; i < q; ++i)
        for (std::size_t j = 0; j < q; ++j) leverage += external.z[i] * model_.inverse_gram[i * q + j] * external.z[j];
    out.leverage = leverage;
    // Written so that NaN is not known.
    out.known = leverage >= 0 && leverage <= kLargestLeverage && external.unseen_mm <= model_.unseen_limit_mm;
    if (!out.known) return out;
    for (std::size_t a = 0; a < 3; ++a) {
        double position_mm = 0;
        for (std::size_t i = 0; i < q; ++i) position_mm += external.z[i] * model_.coefficients[i * 3 + a];
        out.position_mm[a] = position_mm;
        out.half_width_mm[a] = quantile_ * model_.sigma_mm[a] * std::sqrt(1 + leverage);
    }
    return out;
}

void CorrespondenceMap::evaluate(std::span<const double> markers_mm, std::span<const double> velocities_mm_s,
                                 std::span<InternalEstimate> out) const noexcept
{
    const auto p = static_cast<std::size_t>(3 * model_.markers);
    for (std::size_t h = 0; h < out.size(); ++h)
        out[h] = at(markers_mm.subspan(h * p, p),
                    velocities_mm_s.empty() ? velocities_mm_s : velocities_mm_s.subspan(h * p, p));
}

void trajectory_velocities(const ForecastTrajectory& trajectory, double rate_hz, std::span<double> out_mm_s) noexcept
{
    const std::size_t p = trajectory.position_mm.size(), count = trajectory.horizons.size();
    // Node 0 is the present; node i the i-th horizon.
    const auto time_s = [&](std::size_t node) {
        return node == 0 ? 0.0 : static_cast<double>(trajectory.horizons[node - 1]) / rate_hz;
    };
    const auto value = [&](std::size_t node, std::size_t c) {
        return node == 0 ? trajectory.position_mm[c] : trajectory.forecasts_mm[(node - 1) * p + c];
    };
    for (std::size_t node = 1; node <= count; ++node) {
        const bool last = node == count;
        const std::size_t centre = last && node > 1 ? node - 1 : node;
        for (std::size_t c = 0; c < p; ++c) {
            double& out = out_mm_s[(node - 1) * p + c];
            const double h0 = time_s(centre) - time_s(centre - 1);
            const double d0 = (value(centre, c) - value(centre - 1, c)) / h0;
            if (centre + 1 > count) {  // one horizon: there is no parabola
                out = d0;
                continue;
            }
            const double h1 = time_s(centre + 1) - time_s(centre);
            const double d1 = (value(centre + 1, c) - value(centre, c)) / h1;
            out = last ? d1 + (d1 - d0) * h1 / (h0 + h1) : (d0 * h1 + d1 * h0) / (h0 + h1);
        }
    }
}

}  // namespace foretide::core
