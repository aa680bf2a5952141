// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/live/tcp_connector.h"

#include <stdexcept>

#include <gtest/gtest.h>

namespace foretide::acquisition {
namespace {

TEST(HostPort, IsRead)
{
    const auto read = [](const char* text) { return parse_host_port(text, 7).text(); };
    EXPECT_EQ(read("localhost"), "localhost:7");
    EXPECT_EQ(read("192.168.0.5:18944"), "192.168.0.5:18944");
    EXPECT_EQ(read("[::1]:99"), "[::1]:99");
    EXPECT_EQ(read("[fe80::1]"), "[fe80::1]:7");
    EXPECT_EQ(read("fe80::1"), "[fe80::1]:7");
}

TEST(HostPort, IsRefusedWithWhatIsAccepted)
{
    for (const char* text : {"", ":1", "a:", "a:0", "a:65536", "a:1x", "a:-1", "[::1", "[::1]x", "a b", "a/b:1"}) {
        try {
            parse_host_port(text, 7);
            ADD_FAILURE() << text;
        } catch (const std::invalid_argument& error) {
            EXPECT_NE(std::string(error.what()).find("HOST:PORT"), std::string::npos) << error.what();
        }
    }
}

}  // namespace
}  // namespace foretide::acquisition
