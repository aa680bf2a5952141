// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cctype>
#include <set>
#include <string>
#include <vector>

namespace foretide::validation {

/// What is wrong with the nesting of the tags: empty where every element is closed in order. Text of <script> and
/// <style> is passed over, as a browser does.
inline std::string nesting_fault(const std::string& html)
{
    static const std::set<std::string> kVoid{"meta", "link", "br", "input", "img", "hr", "!doctype"};
    std::vector<std::string> open;
    for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at)) {
        std::size_t end = at + 1;
        for (char quote = 0; end < html.size() && (quote != 0 || html[end] != '>'); ++end) {
            if (html[end] == '<') return "'<' inside a tag: " + html.substr(at, 60);
            if (html[end] == '"') quote = quote == 0 ? '"' : '\0';
        }
        if (end == html.size()) return "unfinished tag: " + html.substr(at, 60);
        const std::string tag = html.substr(at + 1, end - at - 1);
        at = end + 1;
        const bool closing = tag.starts_with('/');
        std::string name = tag.substr(closing ? 1 : 0, tag.find_first_of(" \n/", closing ? 1 : 0) - (closing ? 1 : 0));
        for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        if (closing) {
            if (open.empty() || open.back() != name) return "</" + name + "> closes nothing";
            open.pop_back();
        } else if (!tag.ends_with('/') && !kVoid.contains(name)) {
            open.push_back(name);
            if (name == "script" || name == "style") at = html.find("</" + name, at);
        }
    }
    return open.empty() ? "" : "<" + open.back() + "> is never closed";
}

}  // namespace foretide::validation
