// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/session/anonymise.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>

#include <toml++/toml.h>

#include "core/alarm_board.h"

namespace foretide::core {

namespace {

constexpr std::array<std::string_view, 11> kChoices{"algorithm", "axis",  "coordinate_frame", "fallback", "gate_axis",
                                                    "mode",      "order", "policy",           "realtime", "variant",
                                                    "window"};
constexpr std::size_t kLongestChoice = 32;

bool may_stay(std::string_view key, const std::string& text)
{
    return text.size() <= kLongestChoice && std::find(kChoices.begin(), kChoices.end(), key) != kChoices.end();
}

void strip(toml::node& node, std::string_view key);

void strip(toml::table& table)
{
    for (auto&& [key, value] : table) strip(value, key.str());
}

void strip(toml::node& node, std::string_view key)
{
    if (toml::table* table = node.as_table()) {
        strip(*table);
    } else if (toml::array* array = node.as_array()) {
        for (toml::node& entry : *array) strip(entry, key);
    } else if (auto* text = node.as_string()) {
        if (!may_stay(key, text->get())) *text = "";
    } else if (auto* date = node.as_date()) {
        *date = toml::date{1970, 1, 1};
    } else if (auto* moment = node.as_date_time()) {
        *moment = toml::date_time{toml::date{1970, 1, 1}, toml::time{}};
    }
}

}  // namespace

std::string anonymised_configuration(const std::string& text)
{
    try {
        toml::table table = toml::parse(text);
        strip(table);
        std::ostringstream out;
        out << table << "\n";
        return out.str();
    } catch (const toml::parse_error&) {
        return {};  // nothing in it can be told apart
    }
}

SessionHeader anonymised(const SessionHeader& header)
{
    SessionHeader h = header;
    h.session_id.clear();
    h.patient_identity.clear();
    h.operator_name.clear();
    h.site.clear();
    h.started_unix_ns = 0;
    h.source = header.source.substr(0, header.source.find_first_of(" :"));
    h.configuration = anonymised_configuration(header.configuration);
    return h;
}

CommandRecord anonymised(const CommandRecord& command)
{
    CommandRecord c = command;
    c.operator_name.assign("");
    c.station.assign("");
    c.answer.assign("");
    bool names_an_alarm = false;
    for (int a = 0; a < kAlarms; ++a)
        names_an_alarm = names_an_alarm || alarm_info(static_cast<Alarm>(a)).name == std::string_view(c.text.c_str());
    if (c.kind != CommandKind::acknowledge_alarm || !names_an_alarm) c.text.assign("");
    return c;
}

AlarmRecord anonymised(const AlarmRecord& alarm)
{
    AlarmRecord a = alarm;
    a.text.clear();
    a.by.clear();
    return a;
}

}  // namespace foretide::core
