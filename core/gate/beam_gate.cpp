// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/gate/beam_gate.h"

#include <cmath>

namespace foretide::core {

BeamGate::Decision BeamGate::decide(TimePoint now, HoldReason doubt, const std::optional<GateWindow>& window,
                                    const GateReading& reading) noexcept
{
    const BeamCommand before = beam_;
    beam_ = BeamCommand::hold;
    if (doubted_ == kUnknownTime || doubt != HoldReason::none) doubted_ = now;  // begins in doubt
    if (doubt == HoldReason::stopping) return {beam_, doubt};
    if (held_) return {beam_, HoldReason::operator_hold};
    if (doubt != HoldReason::none) return {beam_, doubt};
    if (!window || std::isnan(reading.coordinate_mm)) return {beam_, HoldReason::no_gate};
    if (!released_) return {beam_, HoldReason::not_armed};
    if (now - doubted_ < config_.dwell) return {beam_, HoldReason::dwell};

    const bool is_on = before == BeamCommand::on;
    if (is_on && now - opened_ < config_.t_on - config_.t_off) {
        beam_ = BeamCommand::on;
        return {beam_, HoldReason::none};
    }
    const double lower_mm = is_on ? reading.off_lower_mm : reading.on_lower_mm;
    const double upper_mm = is_on ? reading.off_upper_mm : reading.on_upper_mm;
    if (std::isnan(lower_mm) || std::isnan(upper_mm)) return {beam_, HoldReason::uncertain};
    if (window->contains(lower_mm) && window->contains(upper_mm)) {
        if (!is_on) opened_ = now;
        beam_ = BeamCommand::on;
        return {beam_, HoldReason::none};
    }
    const double middle_mm = 0.5 * (lower_mm + upper_mm);
    return {beam_, window->contains(middle_mm) ? HoldReason::uncertain : HoldReason::outside};
}

void BeamGate::hold() noexcept
{
    held_ = true;
    released_ = false;
    armed_ = kUnknownTime;
    beam_ = BeamCommand::hold;
}

bool BeamGate::arm(TimePoint now, const FixedText<48>& operator_name, const FixedText<64>& station) noexcept
{
    if (released_) return false;
    armed_ = now;
    operator_ = operator_name;
    station_ = station;
    return true;
}

const char* BeamGate::release(TimePoint now, const FixedText<48>& operator_name, const FixedText<64>& station) noexcept
{
    if (released_) return "already released";
    if (armed_ == kUnknownTime) return "not armed: arm first";
    if (now - armed_ > config_.arming_time) return "armed too long ago: arm again";
    if (operator_name.chars != operator_.chars || station.chars != station_.chars)
        return "armed by another operator or from another station";
    released_ = true;
    held_ = false;
    armed_ = kUnknownTime;
    return nullptr;
}

}  // namespace foretide::core
