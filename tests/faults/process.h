// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "core/time.h"

namespace foretide::tests {

/// The `foretide` executable, running; its standard output and error go to a file. Ends with this object and with the
/// test, whatever happens to either.
///
/// Threads: one. Errors: std::runtime_error.
class Process {
public:
    using Environment = std::vector<std::pair<std::string, std::string>>;

    /// `output`: file to write what it says to. It ignores SIGXFSZ, as a service that is told to.
    Process(const std::vector<std::string>& arguments, std::filesystem::path output,
            const Environment& environment = {});
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process();

    pid_t id() const noexcept { return child_; }
    bool running();
    void signal(int number) const;
    /// Sends the signal and waits; the exit code, 128 + signal for one that was killed. Throws where it does not end.
    int end(int number, core::Duration patience = std::chrono::seconds(10));

    std::string output() const;
    /// Waits until it has said `text` and gives the word after it. Throws where it does not, or ends.
    std::string word_after(const std::string& text, core::Duration patience = std::chrono::seconds(10));

private:
    std::filesystem::path output_;
    pid_t child_ = -1;
    bool ended_ = false;
    int code_ = -1;
};

}  // namespace foretide::tests
