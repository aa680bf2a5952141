// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/session_recording.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>

#include "core/session/session_error.h"

namespace foretide::apps {

namespace {

using core::Clock;
using core::SessionError;
using core::TimePoint;

constexpr std::size_t kBatch = 256;  // records a transaction: a little room is enough to go on
constexpr core::Duration kLastTries = std::chrono::milliseconds(50);

std::int64_t unix_now_ns()
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::string in_words(const core::LostCounts& lost)
{
    std::string text;
    const auto say = [&text](std::int64_t count, const char* what) {
        if (count > 0) text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + what;
    };
    say(lost.frames, "frames");
    say(lost.samples, "samples");
    say(lost.commands, "commands");
    say(lost.alarms, "alarms");
    say(lost.unknown, "other records");
    return text;
}

}  // namespace

SessionRecording::SessionRecording(const std::filesystem::path& file, core::SessionHeader header,
                                   const RecordingConfig& config)
    : file_(std::filesystem::absolute(file)),
      header_(std::move(header)),
      config_(config),
      writer_(core::SessionWriter::create(file_, header_)),
      backlog_(config.backlog_records),
      bytes_(writer_->bytes())
{
}

template <class Step>
bool SessionRecording::attempt(TimePoint now, Step&& step)
{
    try {
        if (!writer_) writer_ = core::SessionWriter::reopen(file_, header_);
        step();
        pause_ = core::Duration::zero();
        failing_ = false;
        return true;
    } catch (const SessionError& error) {
        // Want of room and locks pass; after anything else the connection is made anew.
        failed(now, error.what(), error.kind() != SessionError::Kind::full && error.kind() != SessionError::Kind::busy);
    } catch (const std::exception& error) {
        failed(now, file_.string() + ": " + error.what(), true);
    }
    return false;
}

void SessionRecording::failed(TimePoint now, const std::string& error, bool reopen)
{
    if (writer_) writer_->rollback();
    if (reopen) writer_.reset();
    failing_ = true;
    last_error_ = error;
    ++failures_;
    pause_ = std::clamp(2 * pause_, config_.first_retry, config_.last_retry);
    next_attempt_ = now + pause_;
}

void SessionRecording::write_if_due(TimePoint now)
{
    if (now >= next_attempt_ && !backlog_.empty()) write(now);
}

void SessionRecording::write(TimePoint now)
{
    const bool written = attempt(now, [this] {
        while (!backlog_.empty()) write_batch();
        bytes_ = writer_->bytes();
    });
    if (!written) return;
    next_attempt_ = now + config_.commit;
    if (writer_->moved()) {
        failing_ = true;
        last_error_ = file_.string() +
                      ": the file was moved or deleted while it was being recorded; put it back where it was, or start "
                      "a new recording";
    }
}

void SessionRecording::write_batch()
{
    const TimePoint begin = Clock::now();
    const std::size_t count = std::min(backlog_.size(), kBatch);
    writer_->begin();
    for (std::size_t i = 0; i < count; ++i) {
        try {
            writer_->write(backlog_[i]);
        } catch (const std::invalid_argument&) {
            backlog_.refuse(i);  // a gap takes its place
            writer_->write(backlog_[i]);
        }
    }
    writer_->commit();
    backlog_.written(count);
    records_ += static_cast<std::int64_t>(count);
    last_commit_ = Clock::now() - begin;
}

void SessionRecording::write_summary(const std::string& json)
{
    writer_->begin();
    writer_->write_summary({unix_now_ns(), json});
    writer_->commit();
}

std::string SessionRecording::finish(const std::string& summary_json)
{
    const TimePoint deadline = Clock::now() + config_.stop_patience;
    backlog_.close_gap(Clock::now());
    const auto write_all = [&] {
        while (!backlog_.empty()) write_batch();
        if (!summary_json.empty()) write_summary(summary_json);
        writer_->finish();
        bytes_ = writer_->bytes();
    };
    while (!attempt(Clock::now(), write_all) && Clock::now() < deadline) std::this_thread::sleep_for(kLastTries);
    if (failing_) backlog_.give_up();
    writer_.reset();
    if (failing_) return last_error_;
    const std::string missing = in_words(backlog_.lost());
    return missing.empty() ? "" : file_.string() + ": not in the record: " + missing + "; its gaps say when";
}

}  // namespace foretide::apps
