// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <cmath>
#include <cstring>
#include <string>

#include <boost/crc.hpp>
#include <gtest/gtest.h>

#include "firmware_bridge/controller/ft_bytes.h"
#include "firmware_bridge/controller/ft_cobs.h"
#include "firmware_bridge/controller/ft_crc32c.h"
#include "firmware_bridge/controller/ft_frame.h"
#include "tests/firmware_bridge/virtual_link.h"

namespace foretide::firmware_bridge {
namespace {

using namespace std::chrono_literals;

ft_frame example(std::uint8_t type)
{
    ft_frame frame{};
    frame.header = {FT_VERSION, type, 0x01020304, type == FT_HELLO ? 0 : 0x0A0B0C0DU, 77};
    switch (type) {
    case FT_HELLO:
        frame.body.hello = {1, 1, 33333, 100000, 83000, 5};
        break;
    case FT_WELCOME:
        frame.body.welcome = {1, 1, 100000, 83000, 1000000, 100000, 42, 0x000102, 3, 5, 123456789, 8, 4};
        break;
    case FT_COMMAND:
        frame.body.command = to_wire(good_command(at_us(1000), core::BeamCommand::on, 6), at_us(41000));
        break;
    default:
        frame.body.status = {5, 1, 0, 1, 76, 41000, 1000, 5, 6, 3, 2, 987654321, {1, 2, 3, 4, 5, 6, 7}, 3, 4};
        break;
    }
    return frame;
}

Bytes random_bytes(std::mt19937& random, std::size_t size)
{
    Bytes bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random() % 4 == 0 ? 0 : random());
    return bytes;
}

TEST(Crc, IsCastagnolis)
{
    const std::string digits = "123456789";
    EXPECT_EQ(ft_crc32c(reinterpret_cast<const std::uint8_t*>(digits.data()), digits.size()), 0xE3069283U);
    std::mt19937 random(1);
    for (std::size_t size = 0; size < 200; ++size) {
        const Bytes bytes = random_bytes(random, size);
        boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> other;
        other.process_bytes(bytes.data(), bytes.size());
        EXPECT_EQ(ft_crc32c(bytes.data(), bytes.size()), other.checksum());
    }
}

class EachFrame : public testing::TestWithParam<std::uint8_t> {};

TEST_P(EachFrame, ComesBackAsItWas)
{
    const Bytes bytes = encoded(example(GetParam()));
    ft_frame frame;
    ASSERT_EQ(ft_decode(bytes.data(), bytes.size(), &frame), FT_ANSWER_TAKEN);
    EXPECT_EQ(frame.header.sequence, 77U);
    EXPECT_EQ(encoded(frame), bytes);
}

TEST_P(EachFrame, IsRefusedWithAnyOneOrTwoBitsFlipped)
{
    const Bytes good = encoded(example(GetParam()));
    ft_frame frame;
    for (std::size_t a = 0; a < 8 * good.size(); ++a)
        for (std::size_t b = a; b < 8 * good.size(); ++b) {
            Bytes bytes = good;
            bytes[a / 8] ^= static_cast<std::uint8_t>(1U << (a % 8));
            if (b != a) bytes[b / 8] ^= static_cast<std::uint8_t>(1U << (b % 8));
            ASSERT_EQ(ft_decode(bytes.data(), bytes.size(), &frame), FT_ANSWER_CRC) << "bits " << a << " and " << b;
        }
}

TEST_P(EachFrame, IsRefusedWhenCutOrLonger)
{
    Bytes bytes = encoded(example(GetParam()));
    ft_frame frame;
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_NE(ft_decode(bytes.data(), size, &frame), FT_ANSWER_TAKEN) << size;
    bytes.resize(300);
    for (std::size_t size = encoded(example(GetParam())).size() + 1; size < bytes.size(); ++size)
        EXPECT_NE(ft_decode(bytes.data(), size, &frame), FT_ANSWER_TAKEN) << size;
}

/// With a right checksum: only the field's own check refuses it.
TEST_P(EachFrame, IsRefusedWithAnotherMagicVersionTypeOrLength)
{
    const Bytes good = encoded(example(GetParam()));
    const auto with = [&good](std::size_t at, std::uint8_t value) {
        Bytes bytes = good;
        bytes[at] = value;
        ft_put_u32(bytes.data() + bytes.size() - 4, ft_crc32c(bytes.data(), bytes.size() - 4));
        ft_frame frame;
        return ft_decode(bytes.data(), bytes.size(), &frame);
    };
    for (std::size_t at = 0; at < 4; ++at) EXPECT_EQ(with(at, 0), FT_ANSWER_MALFORMED);
    EXPECT_EQ(with(4, 0), FT_ANSWER_VERSION);
    EXPECT_EQ(with(4, 2), FT_ANSWER_VERSION);
    for (int type = 0; type < 256; ++type) {
        if (type == GetParam()) continue;
        EXPECT_EQ(with(5, static_cast<std::uint8_t>(type)), FT_ANSWER_MALFORMED) << type;
    }
    EXPECT_EQ(with(6, 1), FT_ANSWER_MALFORMED);
    EXPECT_EQ(with(7, 1), FT_ANSWER_MALFORMED);
}

INSTANTIATE_TEST_SUITE_P(Types, EachFrame, testing::Values(FT_HELLO, FT_WELCOME, FT_COMMAND, FT_STATUS));

TEST(Confidence, IsWhatTheForecastItselfSays)
{
    const auto judge = [](auto change) {
        LinkCommand command = good_command(at_us(0), core::BeamCommand::on, 1);
        change(command);
        const ft_command wire = to_wire(command, at_us(1));
        return ft_command_confident(&wire);
    };
    EXPECT_TRUE(judge([](LinkCommand&) {}));
    EXPECT_TRUE(judge([](LinkCommand& c) { c.off.upper = 9; })) << "inside at t_on";
    EXPECT_TRUE(judge([](LinkCommand& c) { c.on.upper = 9; })) << "inside at t_off";
    EXPECT_FALSE(judge([](LinkCommand& c) { c.on.upper = c.off.upper = 9; }));
    EXPECT_FALSE(judge([](LinkCommand& c) { c.on.lower = c.off.lower = -1; }));
    EXPECT_FALSE(judge([](LinkCommand& c) { c.on.lower = std::nan(""); }));
    EXPECT_FALSE(judge([](LinkCommand& c) { c.off.position = std::nan(""); }));
    EXPECT_FALSE(judge([](LinkCommand& c) { c.on.lower = 1.2; })) << "position below its own range";
    EXPECT_FALSE(judge([](LinkCommand& c) { c.window_upper = std::nan(""); }));
    EXPECT_FALSE(judge([](LinkCommand& c) { c.window_upper = 1e30; }));
    EXPECT_TRUE(judge([](LinkCommand& c) {
        c.gate = GateKind::phase;
        c.on = c.off = {0.95, 0.9, 0.99};
        c.window_lower = 0.8;
        c.window_upper = 0.2;
    }));
}

TEST(Wire, RoundsRangesOutwardsAndTheWindowInwards)
{
    LinkCommand command = good_command(at_us(0), core::BeamCommand::on, 1);
    command.on = {-0.00051, -0.00051, -0.00049};
    command.window_lower = -0.0005;
    command.window_upper = 0.0005;
    const ft_command wire = to_wire(command, at_us(1500));
    EXPECT_EQ(wire.on_lower, -1);
    EXPECT_EQ(wire.on_upper, 0);
    EXPECT_EQ(wire.window_lower, 0);
    EXPECT_EQ(wire.window_upper, 0);
    EXPECT_EQ(wire.sample_age_us, 1501U);
    command.exposure = core::kUnknownTime;
    EXPECT_EQ(to_wire(command, at_us(1500)).sample_age_us, FT_AGE_UNKNOWN);
    command.exposure = at_us(1501);
    EXPECT_EQ(to_wire(command, at_us(1500)).sample_age_us, FT_AGE_UNKNOWN) << "an exposure still to come";
}

TEST(Cobs, BringsEveryFrameBackAndNoZerosBetween)
{
    std::mt19937 random(2);
    ft_cobs_decoder decoder;
    ft_cobs_reset(&decoder);
    for (int n = 0; n < 20000; ++n) {
        const Bytes frame = random_bytes(random, 1 + random() % FT_FRAME_MAX);
        std::array<std::uint8_t, FT_COBS_MAX> line;
        const std::size_t size = ft_cobs_encode(frame.data(), frame.size(), line.data());
        ASSERT_EQ(size, frame.size() + 3);
        int got = 0;
        for (std::size_t i = 0; i < size; ++i) {
            ASSERT_EQ(line[i] == 0, i == 0 || i + 1 == size);
            const int length = ft_cobs_push(&decoder, line[i]);
            if (length != 0) got = length;
        }
        ASSERT_EQ(got, static_cast<int>(frame.size()));
        ASSERT_EQ(std::memcmp(decoder.frame, frame.data(), frame.size()), 0);
    }
}

TEST(Cobs, NoiseSpoilsNoFrameButItsOwn)
{
    std::mt19937 random(3);
    ft_cobs_decoder decoder;
    ft_cobs_reset(&decoder);
    const Bytes frame = encoded(example(FT_COMMAND));
    std::array<std::uint8_t, FT_COBS_MAX> line;
    const std::size_t size = ft_cobs_encode(frame.data(), frame.size(), line.data());
    for (int n = 0; n < 5000; ++n) {
        for (const std::uint8_t byte : random_bytes(random, random() % 400)) ft_cobs_push(&decoder, byte);
        int got = 0;
        for (std::size_t i = 0; i < size; ++i) got = ft_cobs_push(&decoder, line[i]);
        ASSERT_EQ(got, static_cast<int>(frame.size()));
    }
}

TEST(Cobs, TellsOfWhatWasNoFrame)
{
    ft_cobs_decoder decoder;
    ft_cobs_reset(&decoder);
    EXPECT_EQ(ft_cobs_push(&decoder, 0), 0);
    EXPECT_EQ(ft_cobs_push(&decoder, 5), 0);
    EXPECT_EQ(ft_cobs_push(&decoder, 0), -1) << "cut short";
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(ft_cobs_push(&decoder, 1), 0);
    EXPECT_EQ(ft_cobs_push(&decoder, 0), -1) << "too long";
    std::array<std::uint8_t, FT_COBS_MAX> line;
    EXPECT_EQ(ft_cobs_encode(line.data(), 0, line.data()), 0U);
    EXPECT_EQ(ft_cobs_encode(line.data(), FT_FRAME_MAX + 1, line.data()), 0U);
}

}  // namespace
}  // namespace foretide::firmware_bridge
