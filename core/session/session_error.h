// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace foretide::core {

/// A session file that cannot be read or written: where, what is wrong, what to do about it.
/// what() reads "FILE: problem; hint".
class SessionError : public std::runtime_error {
public:
    enum class Kind {
        cannot_open,  ///< no such file, no permission, not a file; or one stands where a new one is to be
        foreign,      ///< not a session file
        newer,        ///< written by a later version of Foretide
        damaged,      ///< a session file whose content is broken
        full,         ///< no room on the disk
        busy,         ///< another program holds a lock on it
        failed,       ///< anything else the system reports
    };

    SessionError(Kind kind, std::string file, std::string problem, std::string hint)
        : std::runtime_error(file + ": " + problem + "; " + hint),
          kind_(kind),
          file_(std::move(file)),
          problem_(std::move(problem)),
          hint_(std::move(hint))
    {
    }

    Kind kind() const noexcept { return kind_; }
    const std::string& file() const noexcept { return file_; }
    const std::string& problem() const noexcept { return problem_; }
    const std::string& hint() const noexcept { return hint_; }

private:
    Kind kind_;
    std::string file_, problem_, hint_;
};

}  // namespace foretide::core
