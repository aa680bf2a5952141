// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/ndi/ndi_framing.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace foretide::acquisition {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

struct CrcVector {
    const char* text;
    unsigned crc;
};

class NdiCrc : public testing::TestWithParam<CrcVector> {};

TEST_P(NdiCrc, IsThatOfTheTracker) { EXPECT_EQ(ndi_crc(std::string_view(GetParam().text)), GetParam().crc); }

// The check value of CRC-16/ARC, and messages as they go over the wire.
INSTANTIATE_TEST_SUITE_P(, NdiCrc,
                         testing::Values(CrcVector{"123456789", 0xBB3D}, CrcVector{"INIT:", 0xE3A5},
                                         CrcVector{"OKAY", 0xA896}, CrcVector{"RESET", 0xBE6F},
                                         CrcVector{"TSTART:", 0x5423}, CrcVector{"TSTOP:", 0x2C14},
                                         CrcVector{"PHSR:01", 0xE03E}, CrcVector{"TX:1801", 0x3D9A},
                                         CrcVector{"VER:0", 0x65EE}, CrcVector{"", 0}));

TEST(NdiFraming, WritesACommandAsTheTrackerWantsIt)
{
    Bytes out;
    append_ndi_text(out, "INIT:");
    EXPECT_EQ(out, bytes_of("INIT:E3A5\r"));
}

TEST(NdiFraming, ReadsAnAsciiReply)
{
    const Bytes bytes = bytes_of("OKAYA896\rrest");
    const NdiReply reply = scan_ndi_reply(bytes);
    EXPECT_EQ(reply.state, NdiReplyState::text);
    EXPECT_EQ(reply.text(), "OKAY");
    EXPECT_EQ(reply.size, 9U);
}

TEST(NdiFraming, WaitsForTheEnd)
{
    for (const char* part : {"", "O", "OKAYA89", "OKAYA896"})
        EXPECT_EQ(scan_ndi_reply(bytes_of(part)).state, NdiReplyState::incomplete) << part;
}

TEST(NdiFraming, RefusesADamagedAsciiReply)
{
    EXPECT_EQ(scan_ndi_reply(bytes_of("OKAXA896\r")).state, NdiReplyState::bad_crc);
    EXPECT_EQ(scan_ndi_reply(bytes_of("OKAYA8G6\r")).state, NdiReplyState::bad_crc);
    EXPECT_EQ(scan_ndi_reply(bytes_of("OK\r")).state, NdiReplyState::malformed);
    EXPECT_EQ(scan_ndi_reply(bytes_of("OK\r")).size, 3U);
    EXPECT_EQ(scan_ndi_reply(Bytes(kMaxNdiReply, 'x')).state, NdiReplyState::malformed);
}

TEST(NdiFraming, ReadsABinaryReplyOfEveryLength)
{
    for (const std::size_t length : {0U, 1U, 255U, 256U, 4096U, 65000U}) {
        Bytes payload(length);
        for (std::size_t i = 0; i < length; ++i) payload[i] = static_cast<std::uint8_t>(7 * i);
        Bytes out;
        append_ndi_binary(out, payload);
        ASSERT_EQ(out.size(), length + 8);
        EXPECT_EQ(out[0], 0xC4);
        EXPECT_EQ(out[1], 0xA5);
        const NdiReply reply = scan_ndi_reply(out);
        ASSERT_EQ(reply.state, NdiReplyState::binary) << length;
        EXPECT_EQ(reply.size, out.size());
        EXPECT_TRUE(std::equal(reply.payload.begin(), reply.payload.end(), payload.begin(), payload.end()));
        EXPECT_EQ(scan_ndi_reply(std::span(out).first(out.size() - 1)).state, NdiReplyState::incomplete);
    }
}

TEST(NdiFraming, ReadsTheExtendedHeader)
{
    // C8 A5, length 3 in 32 bits, and the CRCs, by hand.
    Bytes out{0xC8, 0xA5, 3, 0, 0, 0};
    const std::uint16_t header = ndi_crc(std::span(out));
    out.insert(out.end(), {static_cast<std::uint8_t>(header & 0xFFU), static_cast<std::uint8_t>(header >> 8U)});
    out.insert(out.end(), {'1', '2', '3'});
    const std::uint16_t body = ndi_crc(std::string_view("123"));
    out.insert(out.end(), {static_cast<std::uint8_t>(body & 0xFFU), static_cast<std::uint8_t>(body >> 8U)});
    const NdiReply reply = scan_ndi_reply(out);
    ASSERT_EQ(reply.state, NdiReplyState::binary);
    EXPECT_EQ(reply.text(), "123");
    EXPECT_EQ(reply.size, out.size());
}

TEST(NdiFraming, RefusesADamagedBinaryReply)
{
    Bytes good;
    append_ndi_binary(good, Bytes{1, 2, 3, 4, 5});
    for (std::size_t i = 0; i < good.size(); ++i) {
        Bytes bad = good;
        bad[i] ^= 0x10U;
        EXPECT_FALSE(scan_ndi_reply(bad).complete()) << "byte " << i;
    }
}

TEST(NdiFraming, RefusesALengthBeyondTheLimit)
{
    Bytes out{0xC8, 0xA5, 0xFF, 0xFF, 0xFF, 0xFF};
    const std::uint16_t crc = ndi_crc(std::span(out));
    out.insert(out.end(), {static_cast<std::uint8_t>(crc & 0xFFU), static_cast<std::uint8_t>(crc >> 8U)});
    EXPECT_EQ(scan_ndi_reply(out).state, NdiReplyState::malformed);
}

TEST(NdiReplyBuffer, TakesRepliesFromPieces)
{
    Bytes stream = bytes_of("OKAYA896\r");
    append_ndi_binary(stream, Bytes(300, 9));
    append_ndi_text(stream, "ERROR01");
    NdiReplyBuffer sut;
    std::vector<NdiReplyState> states;
    for (const std::uint8_t byte : stream) {
        ASSERT_FALSE(sut.space().empty());
        sut.space()[0] = byte;
        sut.received(1);
        const NdiReply reply = sut.take();
        if (reply.state != NdiReplyState::incomplete) states.push_back(reply.state);
    }
    EXPECT_EQ(states, (std::vector{NdiReplyState::text, NdiReplyState::binary, NdiReplyState::text}));
    EXPECT_TRUE(sut.empty());
}

TEST(NdiReplyBuffer, FindsTheNextReplyAfterADamagedOne)
{
    Bytes stream = bytes_of("OKAXA896\r");
    append_ndi_text(stream, "OKAY");
    NdiReplyBuffer sut;
    std::memcpy(sut.space().data(), stream.data(), stream.size());
    sut.received(stream.size());
    EXPECT_EQ(sut.take().state, NdiReplyState::bad_crc);
    EXPECT_EQ(sut.take().state, NdiReplyState::text);
}

TEST(ParseHex, TakesDigitsOnly)
{
    EXPECT_EQ(parse_hex("FFFFFFFF"), 0xFFFFFFFF);
    EXPECT_EQ(parse_hex("0a"), 10);
    for (const char* bad : {"", "G", "-1", " 1", "123456789"}) EXPECT_EQ(parse_hex(bad), -1) << bad;
}

}  // namespace
}  // namespace foretide::acquisition
