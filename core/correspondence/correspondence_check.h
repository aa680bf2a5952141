// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "core/correspondence/correspondence_model.h"

namespace foretide::core {

/// Checks a model against pairs that were not used for fitting, one after the other as they come.
///
/// Over the newest kCheckedPairs pairs: for each axis the mean square of residual over predicted standard deviation
/// (sigma · √(1 + leverage)) follows Fisher's F of (pairs, degrees of freedom) while the model holds. The model is no
/// longer valid when an axis passes the F quantile of 1 − kFalseAlarms/3, when the 3-D residual (root mean square)
/// passes the model's tolerance, or when a pair lies where the model knows nothing. It stays so until reset(): the
/// gate must hold, and the model be fitted anew.
///
/// Threads: one at a time. Allocation: constructor. Errors: none; values that are not finite count as not known.
class CorrespondenceCheck {
public:
    static constexpr std::size_t kCheckedPairs = 8;
    static constexpr double kFalseAlarms = 0.001;  ///< probability a pair, of the F test, while the model holds

    explicit CorrespondenceCheck(const CorrespondenceMap& map);

    enum class Verdict { untested, valid, scattered, beyond_tolerance, unknown_territory };
    static const char* text(Verdict verdict) noexcept;

    struct Result {
        InternalEstimate estimate;
        std::array<double, 3> residual_mm{kNaN, kNaN, kNaN};  ///< measured − predicted
        bool inside = false;                                  ///< within the half-widths, all axes
    };

    /// A new pair; its verdict is that of the model from now on.
    Result add(std::span<const double> markers_mm, std::span<const double> velocities_mm_s,
               std::span<const double, 3> internal_mm);

    Verdict verdict() const noexcept { return verdict_; }
    bool valid() const noexcept { return verdict_ == Verdict::valid; }
    double rms_mm() const noexcept { return rms_mm_; }  ///< 3-D, over the newest pairs; NaN before the first

    /// Begins anew, for an operator who has looked into it.
    void reset() noexcept;

private:
    struct Kept {
        std::array<double, 3> ratio_squared{};
        double squared_mm = 0;
    };

    void judge();

    const CorrespondenceMap& map_;
    std::array<double, kCheckedPairs> limit_{};  ///< of the mean square, by pairs less one
    std::array<Kept, kCheckedPairs> newest_{};
    std::size_t count_ = 0;
    double rms_mm_ = kNaN;
    Verdict verdict_ = Verdict::untested;
};

}  // namespace foretide::core
