// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/recording_control.h"

#include <array>
#include <chrono>
#include <ctime>
#include <stdexcept>
#include <utility>

namespace foretide::apps {

namespace {

std::string name_by_time_of_day()
{
    const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::tm parts{};
    std::array<char, 40> name{};
    localtime_r(&now, &parts);
    std::strftime(name.data(), name.size(), "%Y%m%d-%H%M%S.session", &parts);
    return name.data();
}

}  // namespace

RecordingControl::RecordingControl(std::filesystem::path folder, std::function<core::SessionHeader()> header)
    : folder_(std::move(folder)), header_(std::move(header))
{
}

bool RecordingControl::post(const core::CommandRecord& command, Recorder* recorder)
{
    if (command_) return false;
    command_ = command;
    recorder_ = recorder;
    try {
        if (recorder == nullptr) throw std::runtime_error("there are no markers yet");
        outcome_ = command.kind == core::CommandKind::stop_recording
                       ? recorder->stop("{}")  // without a summary: the engine goes on
                       : recorder->start(folder_ / name_by_time_of_day(), header_());
    } catch (const std::exception& error) {
        std::promise<std::string> refusal;
        outcome_ = refusal.get_future();
        refusal.set_value(error.what());
    }
    return true;
}

bool RecordingControl::take_answer(core::CommandRecord& answer)
{
    if (!command_ || outcome_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return false;
    const std::string error = outcome_.get();
    answer = *command_;
    command_.reset();
    answer.accepted = error.empty();
    answer.answer.assign(error.empty() ? recorder_->status().file.c_str() : error.c_str());
    return true;
}

}  // namespace foretide::apps
