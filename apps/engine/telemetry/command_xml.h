// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace foretide::apps {

inline constexpr std::size_t kMaxXmlBytes = 4096;
inline constexpr std::size_t kMaxXmlAttributes = 16;
inline constexpr std::size_t kMaxXmlName = 64;

/// Text that is not one XML element as below; the message says what and where.
class XmlError : public std::invalid_argument {
    using std::invalid_argument::invalid_argument;
};

/// One element with attributes and nothing in it: all that commands and their answers are made of.
struct XmlElement {
    std::string name;
    std::vector<std::pair<std::string, std::string>> attributes;

    /// Null where there is none of this name.
    const std::string* find(std::string_view attribute) const noexcept;
};

/// Reads `<Command Name="Hold"/>` or `<Command Name="Hold"></Command>`, an XML declaration before it allowed. Entities:
/// the five that XML knows by itself; no document types, no others. Values are UTF-8 without control characters.
/// Throws XmlError, also past the limits above.
XmlElement parse_xml_element(std::string_view text);

/// The reverse. Precondition: names are names.
std::string to_xml(const XmlElement& element);

}  // namespace foretide::apps
