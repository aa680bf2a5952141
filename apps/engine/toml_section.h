// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include <toml++/toml.h>

namespace foretide::apps {

/// A configuration that cannot be used: file, line, key, what is wrong, what is allowed.
class ConfigError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Reads the keys of one table, each checked; a key that nobody asked for is an error, so that a misspelt setting never
/// goes unnoticed. Keys that are absent leave the value as it is.
class TomlSection {
public:
    /// `root`[name]; absent: an empty table. `root` must outlive it. Throws ConfigError where it is no table.
    TomlSection(const toml::table& root, const std::string& name, const std::string& file);

    void number(const char* key, double& value, double least, double most, const char* unit);
    void integer(const char* key, int& value, int least, int most);
    void boolean(const char* key, bool& value);
    void text(const char* key, std::string& value);
    /// One of `allowed`.
    void choice(const char* key, std::string& value, const std::vector<std::string>& allowed);
    /// Exactly `count` numbers, or absent.
    void numbers(const char* key, std::vector<double>& values, std::size_t count);
    void texts(const char* key, std::vector<std::string>& values);
    /// A table of texts, numbers and truth values, each as text.
    void parameters(const char* key, std::vector<std::pair<std::string, std::string>>& values);

    /// Throws ConfigError for the first key that was not asked for.
    void finish() const;

    [[noreturn]] void fail(const toml::node& node, const std::string& key, const std::string& what) const;
    /// The same for a key that was given, or for the section as a whole.
    [[noreturn]] void fail(const char* key, const std::string& what) const;

private:
    const toml::node* find(const char* key);

    const toml::table* table_ = nullptr;  // null: absent
    std::string name_, file_;
    std::vector<std::string> known_;
};

}  // namespace foretide::apps
