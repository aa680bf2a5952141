// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include "core/gate/gate_rule.h"
#include "core/session/records.h"

namespace foretide::core {

struct BeamGateConfig {
    Duration dwell = std::chrono::seconds(2);         ///< steady data needed after a doubt before the beam may come on
    Duration arming_time = std::chrono::seconds(10);  ///< between the two steps of a release
    Duration t_on{0}, t_off{0};                       ///< latencies
    Duration min_on{0}, min_off{0};                   ///< of the beam itself
};

/// Decides on the beam, sample by sample. Any doubt means hold.
///
/// The beam comes on when it is released, nothing is in doubt for the dwell time, it was off for its minimum, and the
/// rule lets it open; it goes off as soon as something is in doubt, or the rule does not let it stay although the beam
/// would be on by then (with T_off < T_on a gate just opened is not judged by positions before the beam comes on; as
/// simulate_gate()). A release takes two steps, arm and release, by the same operator from the same station; hold ends
/// it.
///
/// The minimum on time never holds the beam on against the forecast: until it is over, a range at T_off that is too
/// wide does not close the gate while its middle is inside. A forecast outside, one that is not known, a doubt and a
/// hold close at once.
///
/// Time may repeat but is not to go back. Threads: one at a time. Allocation: none. Errors: none. RT-safe.
class BeamGate {
public:
    explicit BeamGate(const BeamGateConfig& config) : config_(config) {}

    struct Decision {
        BeamCommand beam = BeamCommand::hold;
        HoldReason reason = HoldReason::not_armed;
    };

    /// now: arrival of the newest sample (the dwell time after late data counts from when they came). doubt: the first
    /// thing wrong outside the gate (source, sample, forecast, station), else none.
    Decision decide(TimePoint now, HoldReason doubt, const GateJudgement& judgement) noexcept FORETIDE_NONBLOCKING;

    void hold() noexcept FORETIDE_NONBLOCKING;
    /// First step; false: already released.
    bool arm(TimePoint now, const FixedText<48>& operator_name, const FixedText<64>& station) noexcept
        FORETIDE_NONBLOCKING;
    /// Second step; null where it was taken, else why not.
    const char* release(TimePoint now, const FixedText<48>& operator_name, const FixedText<64>& station) noexcept
        FORETIDE_NONBLOCKING;

    bool released() const noexcept FORETIDE_NONBLOCKING { return released_; }
    const FixedText<48>& released_by() const noexcept { return operator_; }
    const FixedText<64>& station() const noexcept { return station_; }

private:
    friend struct BeamGateAges;  // its whole state, for the model check
    HoldReason reason_to_hold(TimePoint now, HoldReason doubt, const GateJudgement& judgement) const noexcept;
    bool too_early_to_close(TimePoint now, const GateJudgement& judgement) const noexcept;

    BeamGateConfig config_;
    bool held_ = false;  // by an operator
    bool released_ = false;
    TimePoint armed_ = kUnknownTime;
    TimePoint doubted_ = kUnknownTime;  // last time
    TimePoint opened_{};
    TimePoint closed_ = kUnknownTime;
    BeamCommand beam_ = BeamCommand::hold;
    FixedText<48> operator_;
    FixedText<64> station_;
};

}  // namespace foretide::core
