// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/correspondence/correspondence_check.h"

#include <algorithm>
#include <cmath>

#include <boost/math/distributions/fisher_f.hpp>

namespace foretide::core {

CorrespondenceCheck::CorrespondenceCheck(const CorrespondenceMap& map) : map_(map)
{
    for (std::size_t n = 1; n <= kCheckedPairs; ++n)
        limit_[n - 1] = boost::math::quantile(
            boost::math::fisher_f(static_cast<double>(n), map.model().degrees_of_freedom), 1 - kFalseAlarms / 3);
}

const char* CorrespondenceCheck::text(Verdict verdict) noexcept
{
    switch (verdict) {
    case Verdict::untested:
        return "not tested yet";
    case Verdict::valid:
        return "valid";
    case Verdict::scattered:
        return "no longer valid: new pairs lie further off than the model's uncertainty allows";
    case Verdict::beyond_tolerance:
        return "no longer valid: new pairs lie further off than the tolerance";
    case Verdict::unknown_territory:
        return "no longer valid: the markers stand where no pair of the fit told anything";
    }
    return "unknown";
}

CorrespondenceCheck::Result CorrespondenceCheck::add(std::span<const double> markers_mm,
                                                     std::span<const double> velocities_mm_s,
                                                     std::span<const double, 3> internal_mm)
{
    Result out;
    out.estimate = map_.at(markers_mm, velocities_mm_s);
    Kept kept;
    out.inside = out.estimate.known;
    for (std::size_t a = 0; a < 3; ++a) {
        const double residual_mm = internal_mm[a] - out.estimate.position_mm[a];
        const double sigma_mm = map_.model().sigma_mm[a] * std::sqrt(1 + out.estimate.leverage);
        out.residual_mm[a] = residual_mm;
        out.inside = out.inside && std::abs(residual_mm) <= out.estimate.half_width_mm[a];
        kept.ratio_squared[a] = residual_mm * residual_mm / (sigma_mm * sigma_mm);
        kept.squared_mm += residual_mm * residual_mm;
    }
    if (!std::isfinite(kept.squared_mm)) {
        verdict_ = Verdict::unknown_territory;
        return out;
    }
    newest_[count_++ % kCheckedPairs] = kept;
    judge();
    return out;
}

void CorrespondenceCheck::judge()
{
    const std::size_t n = std::min(count_, kCheckedPairs);
    std::array<double, 3> mean{};
    double squared_mm = 0;
    for (std::size_t k = 0; k < n; ++k) {
        squared_mm += newest_[k].squared_mm / static_cast<double>(n);
        for (std::size_t a = 0; a < 3; ++a) mean[a] += newest_[k].ratio_squared[a] / static_cast<double>(n);
    }
    rms_mm_ = std::sqrt(squared_mm);
    if (verdict_ != Verdict::untested && verdict_ != Verdict::valid) return;
    verdict_ = Verdict::valid;
    if (std::ranges::any_of(mean, [&](double m) { return !(m <= limit_[n - 1]); })) verdict_ = Verdict::scattered;
    if (!(rms_mm_ <= map_.model().tolerance_mm)) verdict_ = Verdict::beyond_tolerance;
}

void CorrespondenceCheck::reset() noexcept
{
    count_ = 0;
    rms_mm_ = kNaN;
    verdict_ = Verdict::untested;
}

}  // namespace foretide::core
