// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <filesystem>
#include <functional>
#include <future>
#include <optional>
#include <string>

#include "apps/engine/recorder.h"

namespace foretide::apps {

/// Begins and ends recordings on an operator's command while the engine runs. Each goes into a file of its own, named
/// by the time of day, in the folder of the configured one: nobody names files over the network.
///
/// Threads: one, the telemetry's. Allocation: yes. Errors: none; what cannot be done is answered.
class RecordingControl {
public:
    /// `folder`: as far as the configuration says one, else the working directory. `header`: of a session that begins.
    RecordingControl(std::filesystem::path folder, std::function<core::SessionHeader()> header);

    /// start_recording or stop_recording; recorder null: there is nothing to record yet. False: one is under way.
    bool post(const core::CommandRecord& command, Recorder* recorder);
    /// The command with its answer, once the disk has done its part.
    bool take_answer(core::CommandRecord& answer);

private:
    std::filesystem::path folder_;
    std::function<core::SessionHeader()> header_;
    Recorder* recorder_ = nullptr;
    std::future<std::string> outcome_;
    std::optional<core::CommandRecord> command_;
};

}  // namespace foretide::apps
