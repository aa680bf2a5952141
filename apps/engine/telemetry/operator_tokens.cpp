// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/telemetry/operator_tokens.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sstream>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "acquisition/live/socket_wait.h"

namespace foretide::apps {

namespace {

constexpr std::size_t kMaxFile = 64UL * 1024;
constexpr std::size_t kMinToken = 16, kMaxToken = 128, kMaxName = 40;
constexpr int kTries = 5;
constexpr core::Duration kBlockedFor = std::chrono::seconds(30);
constexpr std::size_t kMaxAddresses = 256;

[[noreturn]] void fail(const std::string& where, const std::string& problem)
{
    throw std::runtime_error("token file " + where + ": " + problem);
}

/// Judges and reads the same open file.
std::string read_private(const std::filesystem::path& file)
{
    const acquisition::Descriptor open(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat about {};
    if (!open.open() || ::fstat(open.get(), &about) != 0)
        fail(file.string(), "cannot be read: " + std::generic_category().message(errno));
    if (!S_ISREG(about.st_mode)) fail(file.string(), "is not a file");
    if ((about.st_mode & (S_IRWXO | S_IWGRP)) != 0)
        fail(file.string(), "others can read or change it: chmod 600 it, and give out new tokens");
    std::string text(kMaxFile + 1, '\0');
    std::size_t size = 0;
    for (ssize_t n = 1; n > 0 && size < text.size(); size += static_cast<std::size_t>(std::max<ssize_t>(n, 0))) {
        n = ::read(open.get(), text.data() + size, text.size() - size);
        if (n < 0) fail(file.string(), "cannot be read: " + std::generic_category().message(errno));
    }
    if (size > kMaxFile) fail(file.string(), "is larger than 64 KiB");
    text.resize(size);
    return text;
}

bool printable(std::string_view text) noexcept
{
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

/// Looks at every character whatever it finds.
bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept
{
    std::size_t differences = a.size() ^ b.size();
    for (std::size_t i = 0; i < kMaxToken; ++i) {
        const unsigned x = i < a.size() ? static_cast<unsigned char>(a[i]) : 0U;
        const unsigned y = i < b.size() ? static_cast<unsigned char>(b[i]) : 0U;
        differences |= x ^ y;
    }
    return differences == 0;
}

}  // namespace

OperatorTokens::OperatorTokens(const std::filesystem::path& file)
{
    std::istringstream text(read_private(file));
    int number = 0;
    for (std::string line; std::getline(text, line);) {
        ++number;
        if (line.ends_with('\r')) line.pop_back();
        if (!line.empty() && line.front() != '#') add_line(line, file.string() + ", line " + std::to_string(number));
    }
    if (entries_.empty()) fail(file.string(), "holds no line operator:token");
}

void OperatorTokens::add_line(const std::string& line, const std::string& where)
{
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) fail(where, "a line is operator:token");
    Entry entry{line.substr(0, colon), line.substr(colon + 1)};
    if (entry.name.empty() || entry.name.size() > kMaxName || !printable(entry.name))
        fail(where, "an operator's name has 1 to 40 printable characters without spaces");
    if (entry.token.size() < kMinToken || entry.token.size() > kMaxToken || !printable(entry.token))
        fail(where, "a token has 16 to 128 printable characters without spaces (openssl rand -hex 24 makes one)");
    if (std::any_of(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.name == entry.name; }))
        fail(where, "operator '" + entry.name + "' has a token already");
    entries_.push_back(std::move(entry));
}

bool OperatorTokens::matches(std::string_view name, std::string_view token) const noexcept
{
    bool found = false;
    for (const Entry& entry : entries_) {
        const bool right = equal_in_constant_time(entry.token, token);
        found = (right && entry.name == name) || found;
    }
    return found && token.size() <= kMaxToken;
}

bool FailedTries::blocked(const std::string& address, core::TimePoint now) const
{
    const auto found = tries_.find(address);
    return found != tries_.end() && found->second.count >= kTries && now - found->second.last < kBlockedFor;
}

void FailedTries::failed(const std::string& address, core::TimePoint now)
{
    if (tries_.size() == kMaxAddresses && !tries_.contains(address))
        tries_.erase(std::min_element(tries_.begin(), tries_.end(),
                                      [](const auto& a, const auto& b) { return a.second.last < b.second.last; }));
    Tries& tries = tries_[address];
    if (now - tries.last >= kBlockedFor) tries.count = 0;
    ++tries.count;
    tries.last = now;
}

}  // namespace foretide::apps
