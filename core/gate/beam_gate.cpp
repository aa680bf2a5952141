// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/gate/beam_gate.h"

namespace foretide::core {

BeamGate::Decision BeamGate::decide(TimePoint now, HoldReason doubt, const GateJudgement& judgement) noexcept
{
    if (doubted_ == kUnknownTime || doubt != HoldReason::none) doubted_ = now;  // begins in doubt
    const HoldReason reason = reason_to_hold(now, doubt, judgement);
    const BeamCommand beam = reason == HoldReason::none ? BeamCommand::on : BeamCommand::hold;
    if (beam != beam_) (beam == BeamCommand::on ? opened_ : closed_) = now;
    beam_ = beam;
    return {beam, reason};
}

HoldReason BeamGate::reason_to_hold(TimePoint now, HoldReason doubt, const GateJudgement& judgement) const noexcept
{
    using enum HoldReason;
    if (doubt == stopping) return doubt;
    if (held_) return operator_hold;
    if (doubt != none) return doubt;
    if (judgement.keep == no_gate) return no_gate;
    if (!released_) return not_armed;
    if (now - doubted_ < config_.dwell) return dwell;
    if (beam_ == BeamCommand::on) return too_early_to_close(now, judgement) ? none : judgement.keep;
    if (judgement.open != none) return judgement.open;
    // The beam itself is off from closed_ + T_off to now + T_on.
    const bool off_long_enough =
        closed_ == kUnknownTime || now - closed_ + (config_.t_on - config_.t_off) >= config_.min_off;
    return off_long_enough ? none : minimum_off;
}

bool BeamGate::too_early_to_close(TimePoint now, const GateJudgement& judgement) const noexcept
{
    // The beam itself is on from opened_ + T_on; an order to close acts at now + T_off.
    const Duration on_for = now - opened_ - (config_.t_on - config_.t_off);
    if (!judgement.by_forecast) return false;
    return on_for < Duration::zero() || (judgement.only_uncertain() && on_for < config_.min_on);
}

void BeamGate::hold() noexcept
{
    held_ = true;
    released_ = false;
    armed_ = kUnknownTime;
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
