// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/session/session_scan.h"

#include <algorithm>
#include <cmath>

namespace foretide::apps {

namespace {

constexpr std::size_t kMostErrors = 20;
constexpr std::uint64_t kMostMissing = std::uint64_t{1} << 32U;  // at once; more is damage, and sums must not overflow

/// Follows numbers that should count up one by one.
class NumberCheck {
public:
    NumberCheck(const char* what, SessionScan& scan) : what_(what), scan_(scan) {}

    void see(std::int64_t number)
    {
        if (last_ && number <= *last_) {
            error("goes from " + std::to_string(*last_) + " to " + std::to_string(number));
        } else if (last_) {
            const std::uint64_t steps = static_cast<std::uint64_t>(number) - static_cast<std::uint64_t>(*last_);
            missing_ += static_cast<std::int64_t>(std::min(steps - 1, kMostMissing));
        }
        last_ = number;
    }
    void compare(std::int64_t told)
    {
        if (missing_ != told) {
            error("leaves out " + std::to_string(missing_) + ", of which the gaps of the record tell " +
                  std::to_string(told));
        }
    }

private:
    void error(const std::string& text)
    {
        if (scan_.sequence_errors.size() < kMostErrors)
            scan_.sequence_errors.push_back(std::string(what_) + " " + text);
    }

    const char* what_;
    SessionScan& scan_;
    std::optional<std::int64_t> last_;
    std::int64_t missing_ = 0;
};

/// Mean and variance of each coordinate (Welford).
class Spread {
public:
    void add(const std::vector<double>& values)
    {
        mean_.resize(values.size(), 0);
        sum_.resize(values.size(), 0);
        ++count_;
        for (std::size_t c = 0; c < values.size(); ++c) {
            const double off = values[c] - mean_[c];
            mean_[c] += off / count_;
            sum_[c] += off * (values[c] - mean_[c]);
        }
    }
    std::vector<double> sd() const
    {
        std::vector<double> out;
        for (const double sum : sum_) out.push_back(std::sqrt(sum / count_));
        return out;
    }

private:
    double count_ = 0;
    std::vector<double> mean_, sum_;
};

void take(SessionScan& scan, const core::SampleRecord& s)
{
    if (!scan.first_sample) scan.first_sample = s.time;
    scan.last_sample = s.time;
    scan.flags.add(s.flags);
    ++scan.reasons[static_cast<std::size_t>(s.reason)];
    scan.warming_up += s.warming_up ? 1 : 0;
    scan.fallbacks += has(s.decision, core::StepDecision::main_in_time) ? 0 : 1;
    scan.learning_skipped += has(s.decision, core::StepDecision::learned) ? 0 : 1;
    scan.deadline_missed += has(s.decision, core::StepDecision::deadline_missed) ? 1 : 0;
    scan.step_deadline_missed += has(s.decision, core::StepDecision::step_deadline_missed) ? 1 : 0;
    if (s.arrival_to_command.count() > 0) scan.arrival_to_command.record(s.arrival_to_command);
    scan.step.record(s.step);
}

/// Samples come with the frame that completed them, as many as it says. A record that begins or is broken off in
/// mid-run may lack some at its ends.
class Pairing {
public:
    explicit Pairing(SessionScan& scan) : scan_(scan) {}

    void frame(const core::FrameRecord& frame)
    {
        close();
        open_ = frame.number;
        expected_ = frame.samples;
        found_ = 0;
    }
    void sample() { ++found_; }
    bool takes(const core::SampleRecord& sample) const { return open_ && sample.frame <= *open_; }

private:
    void close()
    {
        if (open_ && found_ != expected_ && scan_.lost.total() == 0 && scan_.sequence_errors.size() < kMostErrors) {
            scan_.sequence_errors.push_back("frame " + std::to_string(*open_) + " completed " +
                                            std::to_string(expected_) + " samples, of which " + std::to_string(found_) +
                                            " are recorded");
        }
    }

    SessionScan& scan_;
    std::optional<std::int64_t> open_;
    std::int64_t expected_ = 0, found_ = 0;
};

template <class T>
std::int64_t list(core::SessionReader& session, std::vector<T>& out)
{
    std::int64_t count = 0;
    for (T record; session.next(record); ++count)
        if (out.size() < kMostListed) out.push_back(record);
    return count;
}

void read_gaps(core::SessionReader& session, SessionScan& scan)
{
    for (core::GapRecord gap; session.next(gap); ++scan.counts.gaps) {
        scan.lost += gap.lost;
        if (scan.gaps.size() < kMostListed) scan.gaps.push_back(gap);
    }
}

}  // namespace

SessionScan scan_session(core::SessionReader& session)
{
    session.rewind();
    SessionScan scan;
    read_gaps(session, scan);
    scan.counts.alarms = list(session, scan.alarms);
    scan.counts.notes = list(session, scan.notes);
    scan.counts.commands = list(session, scan.commands);

    NumberCheck frame_numbers("the number of the frames", scan), sample_indices("the index of the samples", scan);
    Pairing pairing(scan);
    Spread spread;
    core::SampleRecord sample;
    bool more = session.next(sample);
    const auto take_sample = [&] {
        sample_indices.see(sample.index);
        take(scan, sample);
        spread.add(sample.positions_mm);
        ++scan.counts.samples;
        more = session.next(sample);
    };
    double last_s = core::kNaN;
    for (core::FrameRecord frame; session.next(frame); ++scan.counts.frames) {
        frame_numbers.see(frame.number);
        const double time_s = core::to_seconds(frame.frame.arrived);
        if (time_s - last_s > scan.longest_frame_interval_s) scan.longest_frame_interval_s = time_s - last_s;
        last_s = time_s;
        while (more && sample.frame < frame.number) take_sample();  // of a frame that is not there
        pairing.frame(frame);
        while (more && pairing.takes(sample)) {
            pairing.sample();
            take_sample();
        }
    }
    while (more) take_sample();
    frame_numbers.compare(scan.lost.frames);
    sample_indices.compare(scan.lost.samples);
    scan.sd_mm = spread.sd();
    session.rewind();
    return scan;
}

}  // namespace foretide::apps
