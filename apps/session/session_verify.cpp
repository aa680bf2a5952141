// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/session/session_verify.h"

#include <bit>
#include <cmath>
#include <exception>
#include <optional>

#include "apps/session/session_scan.h"
#include "core/session/session_error.h"

namespace foretide::apps {

namespace {

template <class T>
bool same(T a, T b)
{
    if constexpr (std::is_same_v<T, double>)
        return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) || (std::isnan(a) && std::isnan(b));
    else
        return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b) || (std::isnan(a) && std::isnan(b));
}

template <class T>
std::string array_difference(const char* what, const std::vector<T>& a, const std::vector<T>& b)
{
    if (a.size() != b.size())
        return std::string(what) + " are " + std::to_string(a.size()) + " and " + std::to_string(b.size()) + " values";
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (!same(a[i], b[i])) {
            return std::string(what) + "[" + std::to_string(i) + "] is " + std::to_string(a[i]) + " and " +
                   std::to_string(b[i]) + ", differing by " + std::to_string(std::abs(a[i] - b[i]));
        }
    }
    return {};
}

/// Follows a session frame by frame, with the samples and commands that belong to each.
class Walk {
public:
    explicit Walk(core::SessionReader& session) : session_(session)
    {
        session_.rewind();
        more_samples_ = session_.next(sample_);
        more_commands_ = session_.next(command_);
    }

    /// The next frame and its samples; false at the end.
    bool next()
    {
        if (!session_.next(frame)) return false;
        samples.clear();
        while (more_samples_ && sample_.frame < frame.number) more_samples_ = session_.next(sample_);  // frame missing
        while (more_samples_ && sample_.frame == frame.number && samples.size() < kMost) {
            samples.push_back(sample_);
            more_samples_ = session_.next(sample_);
        }
        return true;
    }

    /// Calls f for each accepted command that was carried out before sample `index`.
    template <class F>
    void commands_before(std::int64_t index, F&& f)
    {
        while (more_commands_ && command_.before_sample <= index) {
            if (command_.accepted) f(command_);
            more_commands_ = session_.next(command_);
        }
    }

    core::FrameRecord frame;
    std::vector<core::SampleRecord> samples;

private:
    static constexpr std::size_t kMost = 10'000;  // of a frame; more is damage

    core::SessionReader& session_;
    core::SampleRecord sample_;
    core::CommandRecord command_;
    bool more_samples_ = false, more_commands_ = false;
};

std::string compare(const Walk& walk, std::span<const core::SampleRecord> repeated)
{
    const std::string at = "frame " + std::to_string(walk.frame.number) + ": ";
    if (repeated.size() != walk.samples.size()) {
        return at + std::to_string(walk.samples.size()) + " samples were recorded, " + std::to_string(repeated.size()) +
               " came out";
    }
    for (std::size_t i = 0; i < repeated.size(); ++i) {
        const std::string difference = first_difference(walk.samples[i], repeated[i]);
        if (!difference.empty())
            return at + "sample " + std::to_string(walk.samples[i].index) + ": recorded and repeated " + difference;
    }
    return {};
}

}  // namespace

std::string first_difference(const core::SampleRecord& a, const core::SampleRecord& b)
{
    const auto whole = [](const char* what, std::int64_t x, std::int64_t y) {
        return x == y ? "" : std::string(what) + " is " + std::to_string(x) + " and " + std::to_string(y);
    };
    const auto gate = [](const core::SampleRecord& r) {
        return std::vector<double>{r.gate_coordinate_mm, r.gate_on_lower_mm, r.gate_on_upper_mm, r.gate_off_lower_mm,
                                   r.gate_off_upper_mm,  r.window_lower_mm,  r.window_upper_mm};
    };
    const auto breath = [](const core::BreathReading& r) {
        return std::vector<double>{r.phase_percent,
                                   r.phase_on_lower_percent,
                                   r.phase_on_upper_percent,
                                   r.phase_off_lower_percent,
                                   r.phase_off_upper_percent,
                                   r.baseline_mm,
                                   r.drift_mm,
                                   r.held_s,
                                   static_cast<double>(r.holds),
                                   static_cast<double>(r.hold)};
    };
    const auto reason = [](const core::SampleRecord& r) { return std::string(core::to_string(r.reason)); };
    for (const std::string& difference :
         {whole("index", a.index, b.index), whole("frame", a.frame, b.frame),
          whole("time_ns", a.time.time_since_epoch().count(), b.time.time_since_epoch().count()),
          whole("flags", static_cast<std::int64_t>(a.flags), static_cast<std::int64_t>(b.flags)),
          whole("warming_up", a.warming_up ? 1 : 0, b.warming_up ? 1 : 0),
          array_difference("positions_mm", a.positions_mm, b.positions_mm),
          array_difference("forecasts_mm", a.forecasts_mm, b.forecasts_mm),
          array_difference("lower_mm", a.lower_mm, b.lower_mm), array_difference("upper_mm", a.upper_mm, b.upper_mm),
          array_difference("gate_mm", gate(a), gate(b)), array_difference("breath", breath(a.breath), breath(b.breath)),
          whole("beam", static_cast<std::int64_t>(a.beam), static_cast<std::int64_t>(b.beam)),
          a.reason == b.reason ? "" : "reason is " + reason(a) + " and " + reason(b)}) {
        if (!difference.empty()) return difference;
    }
    return {};
}

ReplayCheck verify_replay(core::SessionReader& session, ReplayedStep& step)
{
    ReplayCheck check;
    Walk walk(session);
    std::int64_t next_frame = 0, next_sample = 0;
    while (walk.next()) {
        if (walk.frame.number != next_frame++) {
            check.remark = next_frame == 1 ? "the recording began in mid-run: what the forecasters had learned by then "
                                             "is not in it"
                                           : "repeated up to frame " + std::to_string(next_frame - 2) +
                                                 ": the next ones are missing";
            break;
        }
        if (static_cast<std::size_t>(walk.frame.samples) != walk.samples.size()) {
            check.remark = "repeated up to frame " + std::to_string(walk.frame.number) + ": its samples are missing";
            break;
        }
        walk.commands_before(next_sample, [&](const core::CommandRecord& command) { step.command(command); });
        check.difference = compare(walk, step.frame(walk.frame, walk.samples));
        check.compared = true;
        check.samples += static_cast<std::int64_t>(walk.samples.size());
        next_sample += static_cast<std::int64_t>(walk.samples.size());
        if (!check.difference.empty()) break;
    }
    session.rewind();
    return check;
}

VerifyResult verify_session(core::SessionReader& session, const ReplayedStepFactory& factory)
{
    VerifyResult result;
    try {
        for (const std::string& error : session.integrity_errors()) result.problems.push_back("integrity: " + error);
        const SessionScan scan = scan_session(session);
        for (const std::string& error : scan.sequence_errors) result.problems.push_back("order: " + error);
        if (scan.lost.total() > 0) {
            result.problems.push_back("gaps: " + std::to_string(scan.lost.total()) + " records are missing in " +
                                      std::to_string(scan.counts.gaps) + " gaps");
        }
        if (!session.summary()) result.remarks.push_back("the recording was broken off: there is no summary");
        if (!factory) {
            result.replay.remark = "this build cannot repeat a session";
        } else {
            const auto step = factory(session.header());
            result.replay = verify_replay(session, *step);
        }
    } catch (const core::SessionError& error) {
        result.problems.push_back("content: " + error.problem());
    } catch (const std::exception& error) {
        result.replay.remark = error.what();
    }
    if (!result.replay.difference.empty()) result.problems.push_back("replay: " + result.replay.difference);
    if (!result.replay.compared)
        result.remarks.push_back("forecasts were not compared: " + result.replay.remark);
    else if (!result.replay.remark.empty())
        result.remarks.push_back(result.replay.remark);
    return result;
}

nlohmann::ordered_json verify_json(const VerifyResult& result)
{
    return {{"good", result.good()},
            {"problems", result.problems},
            {"remarks", result.remarks},
            {"replay",
             {{"compared", result.replay.compared},
              {"samples", result.replay.samples},
              {"identical", result.replay.compared && result.replay.difference.empty()}}}};
}

}  // namespace foretide::apps
