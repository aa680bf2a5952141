// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/igtl/stream_reader.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "tests/acquisition/igtl/igtl_test_support.h"
#include "tests/support/rt_guard.h"

namespace foretide::acquisition {
namespace {

using tests::feed;
using Result = IgtlStreamReader::Result;

constexpr std::size_t kCap = 2048;

IgtlBytes text(const std::string& content, const std::string& device = "D")
{
    IgtlBytes bytes;
    append_igtl_string(bytes, {device}, content);
    return bytes;
}

void join(IgtlBytes& all, const IgtlBytes& more) { all.insert(all.end(), more.begin(), more.end()); }

/// Texts of all STRINGs in `bytes`, received `piece` bytes at a time.
std::vector<std::string> texts_of(IgtlStreamReader& sut, std::span<const std::byte> bytes, std::size_t piece,
                                  Result* last = nullptr)
{
    std::vector<std::string> texts;
    Result result = Result::more;
    for (std::size_t i = 0; i < bytes.size() && result == Result::more; i += piece) {
        feed(sut, bytes.subspan(i, std::min(piece, bytes.size() - i)));
        IgtlMessage message;
        while ((result = sut.next(message)) == Result::message) {
            std::string_view content;
            if (decode_igtl_string(message, content)) texts.emplace_back(content);
        }
    }
    if (last != nullptr) *last = result;
    return texts;
}

TEST(IgtlStreamReader, FindsTheMessagesHoweverTheyAreCut)
{
    IgtlBytes bytes;
    std::vector<std::string> expected;
    for (int i = 0; i < 200; ++i) {
        expected.push_back(std::string(static_cast<std::size_t>(i * 7 % 600), 'x') + std::to_string(i));
        join(bytes, text(expected.back()));
    }
    for (const std::size_t piece : {1UL, 2UL, 57UL, 58UL, 59UL, 1000UL, 4096UL}) {
        IgtlStreamReader sut(kCap);
        EXPECT_EQ(texts_of(sut, bytes, piece), expected) << piece;
        EXPECT_EQ(sut.counts().messages, 200);
        EXPECT_EQ(sut.counts().bad_checksums + sut.counts().malformed + sut.counts().oversize, 0);
    }
}

TEST(IgtlStreamReader, LeavesOutWhatFailsItsChecksumAndNothingElse)
{
    IgtlBytes bytes = text("one");
    IgtlBytes bad = text("broken");
    bad.back() ^= std::byte{1};
    join(bytes, bad);
    join(bytes, text("two"));
    for (const std::size_t piece : {1UL, 4000UL}) {
        IgtlStreamReader sut(kCap);
        EXPECT_EQ(texts_of(sut, bytes, piece), (std::vector<std::string>{"one", "two"}));
        EXPECT_EQ(sut.counts().bad_checksums, 1);
        EXPECT_EQ(sut.counts().malformed, 0);
    }
}

TEST(IgtlStreamReader, ATruncatedMessageCostsItselfOnly)
{
    const IgtlBytes whole = text(std::string(300, 'a'));
    for (const std::size_t kept : {10UL, 58UL, 200UL}) {
        IgtlBytes bytes = text("one");
        bytes.insert(bytes.end(), whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(kept));
        for (const char* content : {"two", "three", "four", "five", "six"}) join(bytes, text(content));
        IgtlStreamReader sut(kCap);
        EXPECT_EQ(texts_of(sut, bytes, 100), (std::vector<std::string>{"one", "two", "three", "four", "five", "six"}))
            << kept;
        EXPECT_GE(sut.counts().bad_checksums + sut.counts().malformed, 1) << kept;
    }
}

TEST(IgtlStreamReader, PassesOverBodiesBeyondTheCap)
{
    IgtlBytes bytes = text("one");
    join(bytes, text(std::string(40'000, 'i')));
    join(bytes, text("two"));
    IgtlStreamReader sut(kCap);
    EXPECT_EQ(texts_of(sut, bytes, 999), (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ(sut.counts().oversize, 1);
    EXPECT_EQ(sut.counts().malformed + sut.counts().bad_checksums, 0);
}

TEST(IgtlStreamReader, GivesUpWhatIsNotOpenIgtLink)
{
    const std::string page = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n";
    std::string all;
    while (all.size() < 100'000) all += page;
    IgtlStreamReader sut(kCap);
    Result last = Result::more;
    EXPECT_TRUE(texts_of(sut, std::as_bytes(std::span(all)), 1000, &last).empty());
    EXPECT_EQ(last, Result::lost);
    EXPECT_EQ(sut.counts().malformed, 1);
    sut.reset();
    EXPECT_EQ(texts_of(sut, text("again"), 1000), std::vector<std::string>{"again"});
}

TEST(IgtlStreamReader, GivesUpASenderWhoseChecksumsAreAllWrong)
{
    IgtlBytes bytes;
    for (int i = 0; i < 16; ++i) {
        IgtlBytes bad = text("broken " + std::to_string(i));
        bad[50] ^= std::byte{1};  // in the header's checksum
        join(bytes, bad);
    }
    join(bytes, text("never read"));
    IgtlStreamReader sut(kCap);
    Result last = Result::more;
    EXPECT_TRUE(texts_of(sut, bytes, 500, &last).empty());
    EXPECT_EQ(last, Result::lost);
    EXPECT_EQ(sut.counts().bad_checksums, 16);
}

/// A message of protocol 3: extended header, content, metadata.
IgtlBytes extended(const IgtlBytes& plain, std::uint16_t extended_bytes, std::uint32_t meta_bytes)
{
    const auto header = decode_igtl_header(plain);
    IgtlBytes body(12);
    body[1] = static_cast<std::byte>(extended_bytes);
    body[7] = static_cast<std::byte>(meta_bytes);
    body.insert(body.end(), plain.begin() + kIgtlHeaderBytes, plain.end());
    body.insert(body.end(), 5, std::byte{'m'});
    IgtlBytes bytes(kIgtlHeaderBytes);
    IgtlHeader changed = header;
    changed.version = 2;
    changed.body_bytes = body.size();
    changed.checksum = igtl_checksum(body);
    encode_igtl_header(changed, bytes);
    join(bytes, body);
    return bytes;
}

TEST(IgtlStreamReader, SkipsTheExtendedHeaderAndTheMetadata)
{
    IgtlStreamReader sut(kCap);
    EXPECT_EQ(texts_of(sut, extended(text("three"), 12, 5), 4000), std::vector<std::string>{"three"});
    IgtlMessage message;
    const tests::OneMessage whole(extended(text("three"), 12, 5));
    EXPECT_EQ(whole->content.size(), 4U + 5U);
}

TEST(IgtlStreamReader, CountsPartsThatDoNotFit)
{
    for (const auto& [extended_bytes, meta] : {std::pair{255, 5}, std::pair{12, 255}, std::pair{3, 5}}) {
        IgtlBytes bytes =
            extended(text("no"), static_cast<std::uint16_t>(extended_bytes), static_cast<std::uint32_t>(meta));
        join(bytes, text("yes"));
        IgtlStreamReader sut(kCap);
        EXPECT_EQ(texts_of(sut, bytes, 4000), std::vector<std::string>{"yes"});
        EXPECT_EQ(sut.counts().malformed, 1);
    }
}

// The acquisition thread reads with it between a sample's arrival and the command on the wire.
TEST(IgtlStreamReader, DoesNotAllocate)
{
    FORETIDE_SKIP_WITHOUT_RT_GUARD();
    IgtlBytes bytes = text("good");
    IgtlBytes bad = text("broken");
    bad.back() ^= std::byte{1};
    join(bytes, bad);
    join(bytes, text(std::string(3000, 'i')));
    IgtlStreamReader sut(kCap);
    IgtlMessage message;
    int messages = 0;
    foretide::tests::RtGuard guard;
    for (int i = 0; i < 1000; ++i) {
        for (std::size_t at = 0; at < bytes.size();) {
            const auto space = sut.space();
            const std::size_t n = std::min({space.size(), bytes.size() - at, std::size_t{700}});
            std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), n, space.begin());
            sut.received(n);
            at += n;
            while (sut.next(message) == Result::message) ++messages;
        }
    }
    guard.disarm();
    EXPECT_EQ(guard.total(), 0) << guard.describe();
    EXPECT_EQ(messages, 1000);
}

}  // namespace
}  // namespace foretide::acquisition
