// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/state_io.h"

#include <array>
#include <cstring>
#include <sstream>
#include <vector>

#include <gtest/gtest.h>

namespace foretide::core {
namespace {

enum class Mode : std::uint8_t { a = 1, b = 2 };

std::string message_of(auto&& action)
{
    try {
        action();
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "nothing thrown";
}

TEST(StateIo, GivesBackWhatWasWritten)
{
    std::stringstream stream;
    const std::vector<double> values{1.5, -0.0, 1e-310};
    const std::array<std::int64_t, 2> counts{-1, 7};
    const float single = 0.1F;
    write_header(stream, "test", 3);
    write_pod(stream, single);
    write_pod(stream, Mode::b);
    write_pod(stream, true);
    write_array(stream, values);
    write_array(stream, std::span<const std::int64_t>(counts));
    write_array(stream, std::vector<float>{});

    read_header(stream, "test", 3);
    EXPECT_EQ(read_pod<float>(stream), single);
    Mode mode{};
    read_pod(stream, mode);
    EXPECT_EQ(mode, Mode::b);
    EXPECT_TRUE(read_pod<bool>(stream));
    std::vector<double> read(3);
    read_array(stream, read);
    EXPECT_EQ(std::memcmp(read.data(), values.data(), 3 * sizeof(double)), 0);
    std::array<std::int64_t, 2> read_counts{};
    read_array(stream, std::span<std::int64_t>(read_counts));
    EXPECT_EQ(read_counts, counts);
    std::vector<float> none;
    read_array(stream, none);
    EXPECT_EQ(stream.peek(), std::char_traits<char>::eof());
}

TEST(StateIo, RefusesEveryTruncation)
{
    std::ostringstream out;
    write_header(out, "test", 1);
    write_pod(out, 4.0);
    write_array(out, std::vector<int>{1, 2, 3});
    const std::string whole = out.str();
    for (std::size_t length = 0; length < whole.size(); ++length) {
        std::istringstream in(whole.substr(0, length));
        std::vector<int> values(3);
        EXPECT_THROW(
            {
                read_header(in, "test", 1);
                static_cast<void>(read_pod<double>(in));
                read_array(in, values);
            },
            StateError)
            << "cut to " << length << " bytes";
    }
}

TEST(StateIo, RefusesOtherMagicVersionAndByteOrder)
{
    std::ostringstream out;
    write_header(out, "rls", 2);
    const std::string bytes = out.str();
    const auto attempt = [&](std::string data, std::string_view magic, std::uint32_t version) {
        std::istringstream in(data);
        return message_of([&] { read_header(in, magic, version); });
    };
    EXPECT_EQ(attempt(bytes, "rls", 2), "nothing thrown");
    EXPECT_NE(attempt(bytes, "uoro", 2).find("'rls'"), std::string::npos);
    EXPECT_NE(attempt(bytes, "rl", 2).find("expected 'rl'"), std::string::npos);
    EXPECT_NE(attempt(bytes, "rls", 3).find("version of 'rls' is 2, expected 3"), std::string::npos);
    std::string swapped = bytes;
    std::swap(swapped[16], swapped[19]);
    std::swap(swapped[17], swapped[18]);
    EXPECT_NE(attempt(swapped, "rls", 2).find("byte-order"), std::string::npos);
    EXPECT_THROW(write_header(out, "a name longer than 16", 1), StateError);
    EXPECT_THROW(write_header(out, "", 1), StateError);
}

TEST(StateIo, RefusesOtherLengthsAndKinds)
{
    std::ostringstream out;
    write_array(out, std::vector<float>{1, 2});
    const auto attempt = [&](auto values) {
        std::istringstream in(out.str());
        return message_of([&] { read_array(in, values); });
    };
    EXPECT_EQ(attempt(std::vector<float>(2)), "nothing thrown");
    EXPECT_NE(attempt(std::vector<float>(3)).find("length of an array is 2, expected 3"), std::string::npos);
    EXPECT_NE(attempt(std::vector<float>(1)), "nothing thrown");
    EXPECT_NE(attempt(std::vector<double>(2)), "nothing thrown");
    EXPECT_NE(attempt(std::vector<int>(2)), "nothing thrown");  // as large as float, but of another kind
}

TEST(StateIo, RefusesOtherParameters)
{
    std::stringstream stream;
    write_pod(stream, 90);
    const std::string message = message_of([&] { read_expected(stream, 60, "number of hidden units"); });
    EXPECT_NE(message.find("number of hidden units is 90, expected 60"), std::string::npos);
}

TEST(StateIo, SaysWhenItCannotWrite)
{
    std::ostringstream out;
    out.setstate(std::ios::badbit);
    EXPECT_THROW(write_pod(out, 1), StateError);
}

}  // namespace
}  // namespace foretide::core
