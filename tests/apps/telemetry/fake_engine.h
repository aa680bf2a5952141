// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <unistd.h>
#include <vector>

#include "apps/engine/engine_control.h"

namespace foretide::apps::tests {

/// An engine of three markers and four horizons that shows what the test publishes and answers at once.
class FakeEngine final : public EngineControl {
public:
    std::vector<std::string> notes;
    static constexpr std::size_t kMarkers = 3;

    FakeEngine()
    {
        core::SessionHeader& h = description_.session;
        h.session_id = "1f0c";
        h.patient_pseudonym = "P-17";
        h.patient_identity = "Jane Doe";
        h.started = core::Clock::now();
        h.started_unix_ns = 1'700'000'000'000'000'000;
        h.layout = {static_cast<int>(kMarkers), 30};
        h.t_on_s = 0.5;
        h.t_off_s = 0.1;
        h.configuration = "[gate]\n";
        description_.forecaster = "foretide";
        description_.horizons_s = {0.1, 0.3, 0.5, 1.0};
        snapshot_.visible.assign(kMarkers, 1);
        snapshot_.sample.resize(3 * kMarkers, description_.horizons_s.size());
        snapshot_.sample.index = -1;
        snapshot_.sample.reason = core::HoldReason::not_armed;
        for (std::size_t i = 0; i < 3 * kMarkers; ++i) snapshot_.sample.positions_mm[i] = static_cast<double>(i);
        for (std::size_t i = 0; i < snapshot_.sample.forecasts_mm.size(); ++i) {
            snapshot_.sample.forecasts_mm[i] = 100 + static_cast<double>(i);
            snapshot_.sample.lower_mm[i] = 99;
        }
    }

    // What a test does, from its own thread.

    /// Changes the snapshot and publishes it as the one of a new sample.
    template <class Change>
    void publish(Change&& change)
    {
        const std::scoped_lock lock(mutex_);
        snapshot_.published = core::Clock::now();
        snapshot_.sample.time = snapshot_.published;
        ++snapshot_.sample.index;
        ++snapshot_.number;
        change(snapshot_);
        fresh_ = true;
    }
    void publish()
    {
        publish([](EngineSnapshot&) {});
    }
    std::vector<core::CommandRecord> commands() const
    {
        const std::scoped_lock lock(mutex_);
        return commands_;
    }
    std::vector<std::string> stations() const
    {
        const std::scoped_lock lock(mutex_);
        return stations_;
    }
    void answer_none()
    {
        const std::scoped_lock lock(mutex_);
        answers_lost_ = true;
    }
    void refuse_posts()
    {
        const std::scoped_lock lock(mutex_);
        full_ = true;
    }
    EngineDescription& mutable_description() { return description_; }
    const EngineSnapshot& snapshot() const { return snapshot_; }

    const EngineDescription& description() const noexcept override { return description_; }
    const EngineSnapshot* fetch() noexcept override
    {
        const std::scoped_lock lock(mutex_);
        if (!fresh_) return nullptr;
        fresh_ = false;
        shown_ = snapshot_;
        return &shown_;
    }
    bool post(const core::CommandRecord& command) noexcept override
    {
        const std::scoped_lock lock(mutex_);
        if (full_ && command.kind != core::CommandKind::hold) return false;
        commands_.push_back(command);
        core::CommandRecord answer = command;
        answer.accepted = command.kind != core::CommandKind::release;
        answer.answer.assign(answer.accepted ? "done" : "arm first");
        if (!answers_lost_) answers_.push_back(answer);
        return true;
    }
    bool take_answer(core::CommandRecord& answer) noexcept override
    {
        const std::scoped_lock lock(mutex_);
        if (answers_.empty()) return false;
        answer = answers_.front();
        answers_.pop_front();
        return true;
    }
    void station_seen(const char* station) noexcept override
    {
        const std::scoped_lock lock(mutex_);
        stations_.emplace_back(station);
    }
    core::AlarmBoard& alarms() noexcept override { return alarms_; }
    void note(const std::string& text) override { notes.push_back(text); }
    std::string source_message() override { return "all is well"; }

private:
    mutable std::mutex mutex_;
    EngineDescription description_;
    EngineSnapshot snapshot_, shown_;
    bool fresh_ = false, answers_lost_ = false, full_ = false;
    std::vector<core::CommandRecord> commands_;
    std::deque<core::CommandRecord> answers_;
    std::vector<std::string> stations_;
    core::AlarmBoard alarms_;
};

inline constexpr const char* kToken = "0123456789abcdef";

/// A token file of operator `anna`, removed at the end.
class TokenFile {
public:
    explicit TokenFile(const std::string& content = std::string("anna:") + kToken + "\n",
                       std::filesystem::perms permissions = std::filesystem::perms::owner_read)
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "foretide-token-XXXXXX").string();
        const int descriptor = ::mkstemp(pattern.data());
        if (descriptor >= 0) ::close(descriptor);
        path_ = pattern;
        std::ofstream(path_) << content;
        std::filesystem::permissions(path_, permissions);
    }
    TokenFile(const TokenFile&) = delete;
    TokenFile& operator=(const TokenFile&) = delete;
    ~TokenFile() { std::filesystem::remove(path_); }

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace foretide::apps::tests
