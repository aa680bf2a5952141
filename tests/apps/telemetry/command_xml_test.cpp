// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/telemetry/command_xml.h"

#include <gtest/gtest.h>

namespace foretide::apps {
namespace {

TEST(CommandXml, ReadsOneElement)
{
    for (const char* text : {
             R"(<Command Name="SetGate" Lower='1.5'/>)",
             "  <Command  Name = \"SetGate\"\n\tLower=\"1.5\" ></Command >\n",
             R"(<?xml version="1.0" encoding="UTF-8"?><Command Name="SetGate" Lower="1.5"/>)",
         }) {
        const XmlElement element = parse_xml_element(text);
        EXPECT_EQ(element.name, "Command") << text;
        ASSERT_EQ(element.attributes.size(), 2U) << text;
        EXPECT_EQ(*element.find("Name"), "SetGate");
        EXPECT_EQ(*element.find("Lower"), "1.5");
        EXPECT_EQ(element.find("Upper"), nullptr);
    }
    EXPECT_EQ(parse_xml_element(std::string_view("<a/>\0\0", 6)).name, "a");
}

TEST(CommandXml, WritesWhatItReads)
{
    const XmlElement element{"Command", {{"Text", "a<b & \"c\" > 'd' Müller"}, {"Empty", ""}}};
    const XmlElement read = parse_xml_element(to_xml(element));
    EXPECT_EQ(read.attributes, element.attributes);
    EXPECT_EQ(to_xml(read), to_xml(element));
}

struct Refused {
    std::string text;
    const char* says;
};

class CommandXmlRefuses : public ::testing::TestWithParam<Refused> {};

TEST_P(CommandXmlRefuses, SayingWhatAndWhere)
{
    try {
        parse_xml_element(GetParam().text);
        FAIL() << GetParam().text;
    } catch (const XmlError& error) {
        EXPECT_NE(std::string(error.what()).find(GetParam().says), std::string::npos) << error.what();
    }
}

std::string many_attributes()
{
    std::string text = "<a";
    for (int i = 0; i < 17; ++i) text += " b" + std::to_string(i) + "=\"\"";
    return text + "/>";
}

INSTANTIATE_TEST_SUITE_P(
    , CommandXmlRefuses,
    ::testing::Values(
        Refused{"", "'<' is missing"}, Refused{"Hold", "'<' is missing"}, Refused{"<", "a name is missing"},
        Refused{"<a", "'>' is missing"}, Refused{"<a b/>", "'=' is missing"},
        Refused{"<a b=c/>", "a quotation mark is missing"}, Refused{"<a b=\"c/>", "does not end"},
        Refused{"<a b=\"\" b=\"\"/>", "'b' is given twice"},
        Refused{"<a b=\"<\"/>", "must not be here (at character 7)"}, Refused{"<a b=\"\n\"/>", "must not be here"},
        Refused{"<a b=\"&#65;\"/>", "an entity that is not known"}, Refused{"<a b=\"\xff\"/>", "is not UTF-8"},
        Refused{"<a></b>", "of another element"}, Refused{"<a><b/></a>", "'</' is missing"},
        Refused{"<a/><b/>", "something follows"}, Refused{"<!DOCTYPE a><a/>", "a name is missing"},
        Refused{"<?xml ", "the declaration does not end"}, Refused{"<a b=\"\"c=\"\"/>", "'>' is missing"},
        Refused{"<" + std::string(65, 'a') + "/>", "longer than 64"},
        Refused{std::string(5000, ' '), "longer than 4096"}, Refused{many_attributes(), "too many attributes"}));

}  // namespace
}  // namespace foretide::apps
