// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/forecaster.h"
#include "core/marker_frame.h"
#include "core/marker_vetting.h"
#include "core/rt/nonblocking.h"
#include "core/sample_flags.h"
#include "core/time.h"

namespace foretide::core {

struct ConditionerConfig {
    int markers = 0;               ///< N, 1 … kMaxMarkers
    double rate_hz = 0;            ///< working rate [Hz], > 0
    double source_rate_hz = kNaN;  ///< rate of the frames [Hz]; NaN: the working rate
    int decimation = 1;  ///< > 1: so many frames are averaged to one sample; source_rate ≈ decimation × rate

    /// Filled-in positions count as good for this long (a gap of the series or of one marker); then samples are
    /// flagged invalid.
    Duration max_bridged_gap = std::chrono::milliseconds(1000);
    /// Gaps up to this length are filled sample by sample, so that the index keeps telling the time. Of a longer
    /// gap only max_bridged_gap is filled, and the next sample carries `discontinuity`.
    Duration max_filled_gap = std::chrono::milliseconds(5000);
    /// Frames that keep arriving in order but before the last one for this long mean that the source's clock was
    /// set back: they are taken from then on.
    Duration resync_after = std::chrono::milliseconds(1000);
    Duration warm_up = std::chrono::seconds(30);  ///< as StandardiserConfig::duration

    VettingConfig vetting{};
};

struct ConditionerCounts {
    std::int64_t frames = 0;          ///< received
    std::int64_t frames_dropped = 0;  ///< of these: time_reversed, duplicate, surplus, no_time
    std::int64_t frames_waited = 0;   ///< received before every marker had been seen once
    std::int64_t samples = 0;         ///< handed out
    SampleFlagCounts by_flag;         ///< samples
};

/// Frames to average so that a source of this rate gives samples at 30 Hz or slower: 1 up to 33 Hz, 2 at 50 and 60 Hz.
int decimation_for(double source_rate_hz) noexcept;

/// Turns frames as received into a uniform series of finite positions, and says in flags what it did.
///
/// Source at the working rate (within ±10 %): one frame is one sample; measured values pass bit for bit, and the
/// sample's time is the frame's. A slow estimate of the source's true period decides what a gap is (an interval
/// of at least 1.5 periods, round(interval / period) − 1 samples missing), so no sample is ever inserted or
/// dropped because 10 Hz are really 9.98. Delay: none.
///
/// Source at another rate: samples lie on an exact grid from the first frame on and are interpolated linearly
/// between the last two frames; a sample is handed out with the first frame at or after its time. Delay: up to
/// one interval of the source (60 Hz: 17 ms; 3.33 Hz onto 10 Hz: 300 ms), none where frames fall on the grid.
/// There is no low-pass filter: noise of a faster source is not averaged out. That is what `decimation` is for.
///
/// Decimation k (sources of 50 or 60 Hz, see decimation_for()): each k frames on end are one sample. A marker's
/// position is the mean over those that measured it, the sample's time the mean of their times: a causal filter of
/// linear phase that lowers white noise by √k. Delay: delay() = (k − 1)/2 periods of the source, by which horizons that
/// count from the newest exposure must be longer. A group whose last frame is missing is completed by the next frame.
///
/// Filling in (gaps, markers not seen or refused): the caller's prediction where set_bridge() gave one, else the
/// marker's last position. A gap is filled when the frame after it arrives.
///
/// The series starts when each marker has been seen once. Causal: samples depend on frames received so far only.
/// Shapes: p = 3N, marker-major [mm]. Threads: one at a time. Allocation: constructor only. Errors: the
/// constructor throws std::runtime_error; the rest does not fail.
class SignalConditioner {
public:
    explicit SignalConditioner(const ConditionerConfig& config);

    SeriesLayout layout() const noexcept { return {config_.markers, config_.rate_hz}; }
    bool snaps_to_frames() const noexcept { return snap_; }  ///< source at the working rate
    Duration delay() const noexcept;                         ///< newest exposure less sample's time, decimating

    /// Positions the caller expects at the next 1, 2, … samples: a multiple of p values, nearest first; as many
    /// as capacity() are kept. They serve the samples of the next ingest() that hands out any. False, and
    /// nothing is kept, where a value is not finite or the length is wrong. RT-safe.
    bool set_bridge(std::span<const double> positions_mm) noexcept FORETIDE_NONBLOCKING;

    /// Takes a frame and returns how many samples it completes: 0 … capacity(). RT-safe.
    int ingest(const MarkerFrame& frame) noexcept FORETIDE_NONBLOCKING;

    /// Samples completed by the last ingest(), 0 ≤ i < its result; valid until the next. RT-safe.
    ConditionedSample sample(int i) const noexcept FORETIDE_NONBLOCKING;
    SampleFlag flags(int i) const noexcept FORETIDE_NONBLOCKING;
    std::span<const SampleFlag> marker_flags(int i) const noexcept FORETIDE_NONBLOCKING;  ///< N entries

    /// Largest number of samples a frame can complete.
    int capacity() const noexcept { return capacity_; }

    bool started() const noexcept FORETIDE_NONBLOCKING { return started_; }
    const ConditionerCounts& counts() const noexcept FORETIDE_NONBLOCKING { return counts_; }

private:
    struct Slot {
        std::int64_t index = 0;
        TimePoint time{};
        SampleFlag flags = SampleFlag::none;
    };

    /// The frames of one sample, decimating.
    struct Group {
        std::int64_t slot = -1;   // of the newest frame; decimation slots are one group
        int frames = 0;           // taken
        Duration since_first{0};  // sum over the frames
        TimePoint first{};
        SampleFlag flags = SampleFlag::none;
        std::vector<int> measured;       // N, frames that measured the marker
        std::vector<double> sum_mm;      // 3N, of what they measured, from the first on
        std::vector<VettedMarker> mean;  // N
    };

    bool accept_time(const MarkerFrame& frame) noexcept FORETIDE_NONBLOCKING;
    int drop(SampleFlag why) noexcept FORETIDE_NONBLOCKING;
    bool start_if_all_seen() noexcept FORETIDE_NONBLOCKING;
    void follow_period(double interval_s) noexcept FORETIDE_NONBLOCKING;
    /// One sample at `time`, after the `missing` ones since `before` are filled in.
    void snap(TimePoint before, TimePoint time, std::span<const VettedMarker> markers, SampleFlag extra,
              std::int64_t missing) noexcept FORETIDE_NONBLOCKING;
    void decimate(const MarkerFrame& frame, std::int64_t missing) noexcept FORETIDE_NONBLOCKING;
    void close_group(std::int64_t number) noexcept FORETIDE_NONBLOCKING;
    void resample(const MarkerFrame& frame) noexcept FORETIDE_NONBLOCKING;
    void begin_grid(TimePoint origin) noexcept FORETIDE_NONBLOCKING;
    TimePoint grid_time(std::int64_t index) const noexcept FORETIDE_NONBLOCKING;
    std::span<const double> bridge_entry(std::int64_t ahead) const noexcept FORETIDE_NONBLOCKING;
    void emit_gap(TimePoint time) noexcept FORETIDE_NONBLOCKING;
    /// Hands out a sample from `markers` (N); those not measured are filled in.
    void emit(TimePoint time, std::span<const VettedMarker> markers, SampleFlag extra) noexcept FORETIDE_NONBLOCKING;

    ConditionerConfig config_;
    bool snap_;
    int capacity_;
    std::int64_t bridge_limit_;  // samples
    std::int64_t fill_limit_;    // samples
    std::int64_t warm_up_samples_;
    MarkerVetting vetting_;

    // Time.
    bool started_ = false;
    bool has_frame_ = false;
    TimePoint last_time_{};
    std::uint64_t last_sequence_ = 0;
    double period_s_;      // of the source, followed slowly
    double lateness_ = 0;  // of the last frame against its place on the grid [periods], fading
    TimePoint reversed_first_ = kUnknownTime;
    TimePoint reversed_last_ = kUnknownTime;
    bool clock_set_back_ = false;
    TimePoint grid_origin_{};
    std::int64_t grid_next_ = 0;  // samples since the origin

    // Decimation.
    Group group_;
    std::int64_t last_group_ = -1;  // handed out last
    TimePoint last_group_time_{};

    // The series.
    std::int64_t next_index_ = 0;
    std::vector<double> last_positions_;       // p, as handed out last (before the start: as seen last)
    std::vector<bool> seen_once_;              // N
    std::vector<std::int64_t> filled_in_;      // N, samples since the marker was measured
    std::vector<VettedMarker> previous_;       // N, of the frame before
    std::vector<VettedMarker> between_;        // N, scratch of resample()
    std::vector<VettedMarker> lost_;           // N, what a gap looks like
    std::vector<SampleFlag> pending_markers_;  // N, events of frames that completed no sample
    SampleFlag pending_ = SampleFlag::none;    // for the next sample

    // Output of the last ingest().
    int emitted_ = 0;
    std::vector<Slot> slots_;               // capacity
    std::vector<double> positions_;         // capacity × p
    std::vector<SampleFlag> marker_flags_;  // capacity × N
    std::vector<double> bridge_;            // capacity × p
    std::int64_t bridge_entries_ = 0;
    ConditionerCounts counts_;
};

}  // namespace foretide::core
