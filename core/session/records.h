// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/forecaster.h"
#include "core/gate/breath_reading.h"
#include "core/marker_frame.h"
#include "core/sample_flags.h"
#include "core/session/hold_reason.h"
#include "core/time.h"

/// What a session holds. Times are on the engine's clock; SessionHeader says how it lies to the time of day.
namespace foretide::core {

/// Fixed-size text, cut at its capacity, always terminated: crosses threads without allocation.
template <std::size_t N>
struct FixedText {
    std::array<char, N> chars{};

    void assign(const char* text) noexcept
    {
        std::size_t i = 0;
        for (; i + 1 < N && text[i] != '\0'; ++i) chars[i] = text[i];
        for (; i < N; ++i) chars[i] = '\0';
    }
    const char* c_str() const noexcept { return chars.data(); }
};

/// How a step was scheduled: the inputs of a bit-exact replay beside the frames and the commands (bit set).
enum class StepDecision : std::uint8_t {
    none = 0,
    main_in_time = 1U << 0U,  ///< the main forecaster's forecast was made and published; else the fallback's was
    learned = 1U << 1U,       ///< main forecaster and intervals learned
    fallback_learned = 1U << 2U,
    deadline_missed = 1U << 3U,       ///< published after the forecast deadline
    step_deadline_missed = 1U << 4U,  ///< learning was done after the step deadline
};
constexpr StepDecision operator|(StepDecision a, StepDecision b) noexcept
{
    return static_cast<StepDecision>(static_cast<std::uint8_t>(a) | static_cast<std::uint8_t>(b));
}
constexpr StepDecision& operator|=(StepDecision& a, StepDecision b) noexcept { return a = a | b; }
constexpr bool has(StepDecision set, StepDecision d) noexcept
{
    return (static_cast<std::uint8_t>(set) & static_cast<std::uint8_t>(d)) != 0;
}

/// A frame as received.
struct FrameRecord {
    std::int64_t number = 0;  ///< 0, 1, 2 … of the session
    MarkerFrame frame;
    std::int32_t samples = 0;  ///< conditioned samples it completed
};

/// One conditioned sample, what was forecast from it and what was decided. p = 3N, H horizons, horizon-major [mm].
struct SampleRecord {
    std::int64_t index = 0;  ///< ConditionedSample::index
    std::int64_t frame = 0;  ///< FrameRecord::number that completed it
    TimePoint time{};        ///< exposure
    SampleFlag flags = SampleFlag::none;
    StepDecision decision = StepDecision::none;
    bool warming_up = true;
    BeamCommand beam = BeamCommand::hold;
    HoldReason reason = HoldReason::no_gate;
    double gate_coordinate_mm = kNaN;                           ///< of the newest sample
    double gate_on_lower_mm = kNaN, gate_on_upper_mm = kNaN;    ///< range of the forecast at T_on
    double gate_off_lower_mm = kNaN, gate_off_upper_mm = kNaN;  ///< range of the forecast at T_off
    BreathReading breath;                                       ///< phase, baseline, breath hold
    double window_lower_mm = kNaN, window_upper_mm = kNaN;      ///< in force
    HoldReason doubt = HoldReason::none;                        ///< what was in doubt outside the sample itself
    TimePoint idle_from{kUnknownTime};      ///< between the sample before and this one the beam was held without a
                                            ///< sample since then; kUnknownTime: it was not
    TimePoint idle_doubted{kUnknownTime};   ///< … and something was last in doubt then
    Duration arrival_to_command{0};         ///< last byte received → command handed to the socket; 0: not sent
    Duration step{0};                       ///< last byte received → learning done
    std::vector<double> positions_mm;       ///< p
    std::vector<double> forecasts_mm;       ///< H × p
    std::vector<float> lower_mm, upper_mm;  ///< H × p, NaN where not known

    void resize(std::size_t p, std::size_t horizons)
    {
        positions_mm.assign(p, kNaN);
        forecasts_mm.assign(horizons * p, kNaN);
        lower_mm.assign(horizons * p, static_cast<float>(kNaN));
        upper_mm.assign(horizons * p, static_cast<float>(kNaN));
    }
};

enum class CommandKind : std::uint8_t {
    hold,
    arm,      ///< first step of a release
    release,  ///< second step, by the same operator within the arming time
    set_gate,
    freeze_learning,
    resume_learning,
    reset_forecaster,
    mark_event,
    start_recording,
    stop_recording,
    acknowledge_alarm,
    rebase_gate,  ///< moves the window by the drift of the baseline
};
inline constexpr int kCommandKinds = 12;
const char* to_string(CommandKind kind) noexcept;

/// A command of an operator, and what became of it.
struct CommandRecord {
    std::uint64_t number = 0;  ///< given by the sender's side; 1, 2, 3 …
    CommandKind kind = CommandKind::hold;
    TimePoint received{};
    std::int64_t before_sample = 0;  ///< carried out before this conditioned sample was forecast
    bool accepted = false;
    double gate_lower_mm = kNaN, gate_upper_mm = kNaN;  ///< set_gate; rebase_gate: what came of it
    FixedText<48> operator_name;                        ///< empty: nobody known (hold)
    FixedText<64> station;                              ///< address of the sender
    FixedText<160> text;                                ///< mark_event: the note; acknowledge_alarm: its name
    FixedText<160> answer;                              ///< why it was refused, or what was done
};

/// What crosses from the acquisition thread to the recorder: one of the three.
struct EngineRecord {
    enum class Kind : std::uint8_t { frame, sample, command } kind = Kind::frame;
    FrameRecord frame;
    SampleRecord sample;
    CommandRecord command;
};

/// An alarm went on, off, or was acknowledged.
struct AlarmRecord {
    enum class Change : std::uint8_t { raised, cleared, acknowledged } change = Change::raised;
    TimePoint time{};
    std::string name;      ///< "source_lost"
    std::string priority;  ///< "high", "medium", "low"
    std::string text;
    std::string by;  ///< acknowledged: who
};
const char* to_string(AlarmRecord::Change change) noexcept;

/// Written once, when the session begins.
struct SessionHeader {
    std::string session_id;         ///< UUID
    std::string patient_pseudonym;  ///< what a recording shows
    std::string patient_identity;   ///< name or hospital number, may be empty; never exported with --anonymise
    std::string operator_name;
    std::string site;                  ///< hospital, room
    std::int64_t started_unix_ns = 0;  ///< time of day at `started`
    TimePoint started{};
    std::string version, build;    ///< of Foretide; of the build, where bit-exact replay is bound to it
    std::string source;            ///< MarkerSource::description()
    std::string coordinate_frame;  ///< "tracker" or "room"
    std::string configuration;     ///< TOML, complete: every setting with its value, secrets left out
    std::string algorithm;         ///< JSON: {"main": {"name":…, "seed":…, "params":{…}}, "fallback": …}
    SeriesLayout layout;
    std::vector<int> horizons;  ///< samples
    double t_on_s = kNaN, t_off_s = kNaN;
};

}  // namespace foretide::core
