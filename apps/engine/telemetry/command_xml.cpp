// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/telemetry/command_xml.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

namespace foretide::apps {

namespace {

struct Entity {
    char character;
    std::string_view text;
};
constexpr std::array<Entity, 5> kEntities{
    {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&apos;"}}};

bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_name_start(char c) noexcept { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; }
bool is_name(char c) noexcept { return is_name_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '.'; }

bool is_utf8(const std::string& text)
{
    try {
        (void)nlohmann::json(text).dump();
        return true;
    } catch (const nlohmann::json::type_error&) {
        return false;
    }
}

class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    XmlElement parse()
    {
        skip_space();
        if (take("<?xml")) {
            const std::size_t end = text_.find("?>", at_);
            if (end == std::string_view::npos) fail("the declaration does not end");
            at_ = end + 2;
            skip_space();
        }
        XmlElement element;
        expect("<");
        element.name = name();
        while (skip_space() && at_ < text_.size() && is_name_start(text_[at_])) attribute(element);
        if (!take("/>")) {
            expect(">");
            skip_space();
            expect("</");
            if (name() != element.name) fail("the end is of another element");
            skip_space();
            expect(">");
        }
        skip_space();
        if (at_ != text_.size()) fail("something follows the element");
        return element;
    }

private:
    [[noreturn]] void fail(const std::string& problem) const
    {
        throw XmlError("not a command: " + problem + " (at character " + std::to_string(at_ + 1) + ")");
    }

    bool skip_space()
    {
        const std::size_t begin = at_;
        while (at_ < text_.size() && is_space(text_[at_])) ++at_;
        return at_ > begin;
    }
    bool take(std::string_view token)
    {
        if (!text_.substr(at_).starts_with(token)) return false;
        at_ += token.size();
        return true;
    }
    void expect(std::string_view token)
    {
        if (!take(token)) fail("'" + std::string(token) + "' is missing");
    }
    std::string name()
    {
        const std::size_t begin = at_;
        if (at_ >= text_.size() || !is_name_start(text_[at_])) fail("a name is missing");
        while (at_ < text_.size() && is_name(text_[at_])) ++at_;
        if (at_ - begin > kMaxXmlName) fail("a name is longer than " + std::to_string(kMaxXmlName) + " characters");
        return std::string(text_.substr(begin, at_ - begin));
    }
    void attribute(XmlElement& element)
    {
        std::string attribute_name = name();
        if (element.find(attribute_name) != nullptr) fail("'" + attribute_name + "' is given twice");
        if (element.attributes.size() == kMaxXmlAttributes) fail("there are too many attributes");
        skip_space();
        expect("=");
        skip_space();
        if (at_ >= text_.size() || (text_[at_] != '"' && text_[at_] != '\'')) fail("a quotation mark is missing");
        const char quote = text_[at_++];
        std::string value;
        while (at_ < text_.size() && text_[at_] != quote) value += character();
        if (at_ == text_.size()) fail("the value of '" + attribute_name + "' does not end");
        ++at_;
        if (!is_utf8(value)) fail("the value of '" + attribute_name + "' is not UTF-8");
        element.attributes.emplace_back(std::move(attribute_name), std::move(value));
    }
    char character()
    {
        const char c = text_[at_];
        if (c == '<' || static_cast<unsigned char>(c) < ' ' || c == '\x7f') fail("a character that must not be here");
        if (c != '&') {
            ++at_;
            return c;
        }
        for (const Entity& entity : kEntities)
            if (take(entity.text)) return entity.character;
        fail("an entity that is not known");
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

const std::string* XmlElement::find(std::string_view attribute) const noexcept
{
    const auto found = std::find_if(attributes.begin(), attributes.end(),
                                    [attribute](const auto& entry) { return entry.first == attribute; });
    return found == attributes.end() ? nullptr : &found->second;
}

XmlElement parse_xml_element(std::string_view text)
{
    if (text.size() > kMaxXmlBytes)
        throw XmlError("not a command: longer than " + std::to_string(kMaxXmlBytes) + " characters");
    while (text.ends_with('\0')) text.remove_suffix(1);  // C programs send the end of their strings, too
    return Parser(text).parse();
}

std::string to_xml(const XmlElement& element)
{
    std::string text = "<" + element.name;
    for (const auto& [name, value] : element.attributes) {
        text += " " + name + "=\"";
        for (const char c : value) {
            const auto entity =
                std::find_if(kEntities.begin(), kEntities.end(), [c](const Entity& e) { return e.character == c; });
            entity != kEntities.end() ? text += entity->text : text += c;
        }
        text += '"';
    }
    return text + "/>";
}

}  // namespace foretide::apps
