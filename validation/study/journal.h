// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>

#include <nlohmann/json.hpp>

namespace foretide::validation {

/// The finished units of work of a study, kept in a file as they end, so that a study that was killed goes on where
/// it stopped.
///
/// A text file of lines `<hash of the rest> <JSON>`: first the header, which says what the study is, then one
/// {"unit": name, "result": …} a unit. A line is written at once and only counts when it is whole: what a kill cut off
/// at the end is dropped. The file is locked while open: two processes cannot write it.
///
/// Threads: add() and find() from any. Not copyable. Errors: std::runtime_error (file and line).
class Journal {
public:
    /// Starts the file anew, or with `resume` goes on with the one that is there. A file started anew replaces one
    /// that is there, which is kept as `<file>.old`. Throws std::invalid_argument where the header of the file is
    /// another one (says in what), std::runtime_error where it is damaged or in use.
    Journal(std::filesystem::path file, const nlohmann::ordered_json& header, bool resume);
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    /// The result of a unit; nullptr where it has not been done. Stays valid.
    const nlohmann::ordered_json* find(const std::string& unit) const;

    /// Units that were there when the file was opened.
    std::size_t resumed() const noexcept { return resumed_; }

    void add(const std::string& unit, nlohmann::ordered_json result);

private:
    void write(const nlohmann::ordered_json& line);
    void read(const std::string& text, const nlohmann::ordered_json& header);

    std::filesystem::path file_;
    int descriptor_ = -1;
    std::size_t resumed_ = 0;
    mutable std::mutex mutex_;
    std::map<std::string, nlohmann::ordered_json> units_;  // guarded by mutex_
};

}  // namespace foretide::validation
