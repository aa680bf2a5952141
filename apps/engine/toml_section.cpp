// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/toml_section.h"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace foretide::apps {

namespace {

std::string shown(const toml::node& node)
{
    std::ostringstream out;
    node.visit([&](const auto& n) { out << n; });
    return out.str();
}

std::string plain(double value)
{
    std::ostringstream out;
    out << value;
    return out.str();
}

}  // namespace

TomlSection::TomlSection(const toml::table& root, const std::string& name, const std::string& file)
    : name_(name), file_(file)
{
    const toml::node* node = root.get(name);
    if (node == nullptr) return;
    table_ = node->as_table();
    if (table_ == nullptr) fail(*node, "", "must be a section: [" + name + "]");
}

void TomlSection::fail(const toml::node& node, const std::string& key, const std::string& what) const
{
    std::ostringstream out;
    out << file_ << ":" << node.source().begin.line << ": " << name_ << (key.empty() ? "" : ".") << key << " = "
        << shown(node) << ": " << what;
    throw ConfigError(out.str());
}

void TomlSection::fail(const char* key, const std::string& what) const
{
    if (const toml::node* node = table_ == nullptr ? nullptr : table_->get(key)) fail(*node, key, what);
    throw ConfigError(file_ + ": " + name_ + "." + key + ": " + what);
}

const toml::node* TomlSection::find(const char* key)
{
    known_.emplace_back(key);
    return table_ == nullptr ? nullptr : table_->get(key);
}

void TomlSection::number(const char* key, double& value, double least, double most, const char* unit)
{
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const auto given = node->value<double>();
    if (!node->is_number() || !given || !(*given >= least && *given <= most))
        fail(*node, key, "must be a number from " + plain(least) + " to " + plain(most) + " " + unit);
    value = *given;
}

void TomlSection::integer(const char* key, int& value, int least, int most)
{
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const auto given = node->value_exact<std::int64_t>();
    if (!given || *given < least || *given > most)
        fail(*node, key, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    value = static_cast<int>(*given);
}

void TomlSection::boolean(const char* key, bool& value)
{
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const auto given = node->value_exact<bool>();
    if (!given) fail(*node, key, "must be true or false");
    value = *given;
}

void TomlSection::text(const char* key, std::string& value)
{
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const auto given = node->value_exact<std::string>();
    if (!given) fail(*node, key, "must be a text in quotes");
    value = *given;
}

void TomlSection::choice(const char* key, std::string& value, const std::vector<std::string>& allowed)
{
    text(key, value);
    if (table_ == nullptr || table_->get(key) == nullptr || std::ranges::find(allowed, value) != allowed.end()) return;
    std::string list;
    for (const std::string& name : allowed) list += (list.empty() ? "\"" : ", \"") + name + "\"";
    fail(key, "must be one of " + list);
}

void TomlSection::numbers(const char* key, std::vector<double>& values, std::size_t count)
{
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const toml::array* array = node->as_array();
    if (array == nullptr || array->size() != count)
        fail(*node, key, "must be a list of " + std::to_string(count) + " numbers");
    values.clear();
    for (const toml::node& entry : *array) {
        const auto given = entry.value<double>();
        if (!entry.is_number() || !given || !std::isfinite(*given)) fail(entry, key, "must be a number");
        values.push_back(*given);
    }
}

void TomlSection::texts(const char* key, std::vector<std::string>& values)
{
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const toml::array* array = node->as_array();
    if (array == nullptr) fail(*node, key, "must be a list of texts");
    values.clear();
    for (const toml::node& entry : *array) {
        const auto given = entry.value_exact<std::string>();
        if (!given) fail(entry, key, "must be a text in quotes");
        values.push_back(*given);
    }
}

void TomlSection::parameters(const char* key, std::vector<std::pair<std::string, std::string>>& values)
{
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const toml::table* table = node->as_table();
    if (table == nullptr) fail(*node, key, "must be a table: { key = value, … }");
    values.clear();
    for (const auto& [name, entry] : *table) {
        const auto text = entry.value_exact<std::string>();
        if (!text && !entry.is_number() && !entry.is_boolean())
            fail(entry, std::string(key) + "." + std::string(name.str()), "must be a text, a number or a truth value");
        values.emplace_back(name.str(), text ? *text : shown(entry));
    }
}

void TomlSection::finish() const
{
    if (table_ == nullptr) return;
    for (const auto& [name, node] : *table_) {
        if (std::ranges::find(known_, name.str()) != known_.end()) continue;
        std::string list;
        for (const std::string& key : known_) list += (list.empty() ? "" : ", ") + key;
        fail(node, std::string(name.str()), "there is no such key; known are " + list);
    }
}

}  // namespace foretide::apps
