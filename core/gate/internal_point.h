// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <span>
#include <string>

#include "core/rt/nonblocking.h"

namespace foretide::core {

/// A point inside the patient, a tumour, followed from the markers: what a correspondence model is to the gate.
///
/// Shapes: p = 3N marker coordinates, H horizons. Threads: one at a time. RT-safe.
class InternalPoint {
public:
    InternalPoint() = default;
    InternalPoint(const InternalPoint&) = delete;
    InternalPoint& operator=(const InternalPoint&) = delete;
    virtual ~InternalPoint() = default;

    /// A sample has come and was forecast. positions_mm: p, of the sample; forecasts_mm: H × p. Fills (1 + H) × 3 x y z
    /// in the frame of the markers, the sample first, and how far the point may be from there by the model's own
    /// uncertainty at the gate's confidence [mm]. NaN where it cannot be told.
    virtual void locate(std::span<const double> positions_mm, std::span<const double> forecasts_mm,
                        std::span<double> point_mm, std::span<double> half_width_mm) noexcept FORETIDE_NONBLOCKING = 0;

    /// The model agrees with what was imaged last; false: the gate must hold.
    virtual bool valid() const noexcept FORETIDE_NONBLOCKING = 0;
};

/// Axis of a gate on an internal point: "tumour.x|y|z", or in room coordinates (IEC 61217) "tumour.lr|si|ap" for x, y,
/// z. −1: the name is no such axis.
int internal_axis(const std::string& name) noexcept;

}  // namespace foretide::core
