// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/telemetry/operator_tokens.h"

#include <stdexcept>

#include <gtest/gtest.h>

#include "tests/apps/telemetry/fake_engine.h"

namespace foretide::apps {
namespace {

using namespace std::chrono_literals;
using std::filesystem::perms;
using tests::kToken;
using tests::TokenFile;

TEST(OperatorTokens, KnowsWhoseTokenItIs)
{
    const TokenFile file("# operators\n\nanna:0123456789abcdef\r\nbert:fedcba9876543210\n");
    const OperatorTokens sut(file.path());
    EXPECT_FALSE(sut.empty());
    EXPECT_TRUE(sut.matches("anna", "0123456789abcdef"));
    EXPECT_TRUE(sut.matches("bert", "fedcba9876543210"));
    EXPECT_FALSE(sut.matches("anna", "fedcba9876543210"));
    EXPECT_FALSE(sut.matches("anna", "0123456789abcdeF"));
    EXPECT_FALSE(sut.matches("anna", "0123456789abcdef0"));
    EXPECT_FALSE(sut.matches("anna", "0123456789abcde"));
    EXPECT_FALSE(sut.matches("anna", ""));
    EXPECT_FALSE(sut.matches("anna", "0123456789abcdef" + std::string(1, '\0')));
    EXPECT_FALSE(sut.matches("carl", "0123456789abcdef"));
    EXPECT_TRUE(OperatorTokens().empty());
    EXPECT_FALSE(OperatorTokens().matches("", ""));
}

void expect_refused(const std::string& content, perms permissions, const char* says)
{
    const TokenFile file(content, permissions);
    try {
        OperatorTokens{file.path()};
        ADD_FAILURE() << content;
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string(error.what()).find(says), std::string::npos) << error.what();
        EXPECT_NE(std::string(error.what()).find(file.path().string()), std::string::npos) << error.what();
    }
}

TEST(OperatorTokens, RefusesFilesThatOthersCanRead)
{
    const std::string good = std::string("anna:") + kToken;
    expect_refused(good, perms::owner_read | perms::others_read, "chmod 600");
    expect_refused(good, perms::owner_read | perms::group_write, "chmod 600");
    const TokenFile fine(good, perms::owner_read | perms::group_read);
    EXPECT_NO_THROW(OperatorTokens{fine.path()});
}

TEST(OperatorTokens, RefusesWhatIsNoTokenFile)
{
    expect_refused("", perms::owner_read, "holds no line");
    expect_refused("anna\n", perms::owner_read, "line 1: a line is operator:token");
    expect_refused("\nanna:short\n", perms::owner_read, "line 2: a token has 16");
    expect_refused("an na:0123456789abcdef", perms::owner_read, "an operator's name");
    expect_refused("anna:0123456789 abcdef", perms::owner_read, "a token has 16");
    expect_refused("a:0123456789abcdef\na:0123456789abcdeg", perms::owner_read, "has a token already");
    expect_refused(std::string(70'000, '#'), perms::owner_read, "larger than 64 KiB");
    EXPECT_THROW(OperatorTokens("/no/such/file"), std::runtime_error);
    EXPECT_THROW(OperatorTokens("/"), std::runtime_error);
}

TEST(FailedTries, BlockAnAddressForAWhile)
{
    FailedTries sut;
    const core::TimePoint start{1h};
    for (int i = 0; i < 5; ++i) {
        EXPECT_FALSE(sut.blocked("a", start));
        sut.failed("a", start);
    }
    EXPECT_TRUE(sut.blocked("a", start + 29s));
    EXPECT_FALSE(sut.blocked("b", start));
    EXPECT_FALSE(sut.blocked("a", start + 30s));
    sut.failed("a", start + 31s);
    EXPECT_FALSE(sut.blocked("a", start + 31s)) << "counted anew";
    for (int i = 0; i < 5; ++i) sut.failed("a", start + 32s);
    sut.succeeded("a");
    EXPECT_FALSE(sut.blocked("a", start + 32s));
}

TEST(FailedTries, AreBounded)
{
    FailedTries sut;
    const core::TimePoint start{1h};
    for (int i = 0; i < 5; ++i) sut.failed("guesser", start + 10s);
    for (int i = 0; i < 255; ++i) sut.failed("first " + std::to_string(i), start);
    for (int i = 0; i < 200; ++i) sut.failed("then " + std::to_string(i), start + 1s);
    EXPECT_TRUE(sut.blocked("guesser", start + 11s)) << "the oldest are forgotten, not it";
}

}  // namespace
}  // namespace foretide::apps
