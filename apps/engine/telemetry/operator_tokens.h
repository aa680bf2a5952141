// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace foretide::apps {

/// Who may command, by a shared token each.
///
/// File: lines `operator:token`, empty lines and lines that begin with # left alone; a token has 16 to 128 printable
/// characters without spaces, an operator's name up to 40. Only its owner (and group) may be able to read it.
/// Threads: one at a time. Errors: the constructor throws std::runtime_error (file, line, what to do).
class OperatorTokens {
public:
    /// Nobody.
    OperatorTokens() = default;
    explicit OperatorTokens(const std::filesystem::path& file);

    bool empty() const noexcept { return entries_.empty(); }
    /// The time it takes does not tell how much of the token is right, nor whether there is such an operator.
    bool matches(std::string_view name, std::string_view token) const noexcept;

private:
    struct Entry {
        std::string name, token;
    };
    void add_line(const std::string& line, const std::string& where);

    std::vector<Entry> entries_;
};

/// Slows down guessing: after five failures an address is refused for 30 s, right or wrong.
/// Threads: one at a time. Bounded: of more than 256 addresses, the one that failed longest ago is forgotten.
class FailedTries {
public:
    bool blocked(const std::string& address, core::TimePoint now) const;
    void failed(const std::string& address, core::TimePoint now);
    void succeeded(const std::string& address) { tries_.erase(address); }

private:
    struct Tries {
        int count = 0;
        core::TimePoint last{};
    };
    std::map<std::string, Tries> tries_;
};

}  // namespace foretide::apps
