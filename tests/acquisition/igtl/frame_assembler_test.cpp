// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/igtl/frame_assembler.h"

#include <chrono>
#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>

#include <gtest/gtest.h>

#include "tests/acquisition/igtl/igtl_test_support.h"

namespace foretide::acquisition {
namespace {

using namespace std::chrono_literals;

core::TimePoint at(core::Duration d) { return core::TimePoint{d}; }

class Assembling : public ::testing::Test {
protected:
    /// Gives one tool as TRANSFORM.
    TrackedForm transform(const char* name, double x, core::Duration sent, core::Duration received)
    {
        IgtlBytes bytes;
        append_igtl_transform(bytes, {"", sent}, {name, {x, 0, 0}});
        return sut().take(*tests::OneMessage(bytes), at(received));
    }
    TrackedForm list(std::vector<TrackedPosition> tools, core::Duration sent)
    {
        IgtlBytes bytes;
        append_igtl_tdata(bytes, {"Tracker", sent}, tools);
        return sut().take(*tests::OneMessage(bytes), at(sent));
    }
    /// x of each marker of the next frame, -1 where missing; empty: no frame.
    std::vector<double> next()
    {
        FrameAssembler::Frame frame;
        if (!sut().pop(frame)) return {};
        arrived = frame.frame.arrived;
        stamp = frame.stamp;
        std::vector<double> x;
        for (int m = 0; m < frame.frame.marker_count; ++m) {
            const auto& marker = frame.frame.markers[static_cast<std::size_t>(m)];
            EXPECT_EQ(marker.visibility == core::Visibility::missing, std::isnan(marker.position_mm[0]));
            x.push_back(std::isnan(marker.position_mm[0]) ? -1 : marker.position_mm[0]);
        }
        return x;
    }
    FrameAssembler& sut() { return *sut_; }
    void make(std::vector<std::string> names) { sut_.emplace(std::move(names), 5ms); }

    core::TimePoint arrived{};
    core::Duration stamp{};

private:
    std::optional<FrameAssembler> sut_;
};

using Row = std::vector<double>;

TEST_F(Assembling, AListIsAFrameInTheOrderOfTheNames)
{
    make({"A", "B"});
    EXPECT_EQ(list({{"B", {2, 0, 0}}, {"A", {1, 0, 0}}}, 1s), TrackedForm::list);
    EXPECT_EQ(next(), (Row{1, 2}));
    EXPECT_EQ(stamp, 1s);
    list({{"B", {3, 0, 0}}}, 2s);
    EXPECT_EQ(next(), (Row{-1, 3})) << "what is not in the list is not seen";
    list({}, 3s);
    EXPECT_EQ(next(), (Row{-1, -1}));
    EXPECT_EQ(next(), Row{});
}

TEST_F(Assembling, OthersToolsAreSurplus)
{
    make({"A"});
    list({{"A", {1, 0, 0}}, {"Probe", {2, 0, 0}}}, 1s);
    EXPECT_EQ(next(), Row{1});
    list({{"Probe", {2, 0, 0}}}, 2s);
    EXPECT_EQ(next(), Row{}) << "another tracker's list is no frame";
    EXPECT_EQ(sut().surplus(), 2);
}

TEST_F(Assembling, LearnsNamesInTheOrderOfAppearance)
{
    make({});
    list({{"Z", {1, 0, 0}}}, 1s);
    list({{"A", {2, 0, 0}}, {"Z", {3, 0, 0}}}, 2s);
    EXPECT_EQ(sut().names(), (std::vector<std::string>{"Z", "A"}));
    sut().stop_learning();
    next();
    next();
    list({{"A", {4, 0, 0}}, {"B", {5, 0, 0}}}, 3s);
    EXPECT_EQ(next(), (Row{-1, 4}));
    EXPECT_EQ(sut().names().size(), 2U);
}

TEST_F(Assembling, TransformsOfOneStampAreAFrame)
{
    make({"A", "B"});
    transform("A", 1, 1s, 1001ms);
    EXPECT_EQ(next(), Row{});
    transform("BToTracker", 2, 1s, 1002ms);
    EXPECT_EQ(next(), (Row{1, 2}));
    EXPECT_EQ(arrived, at(1002ms)) << "the last byte";
    EXPECT_EQ(sut().due(), core::TimePoint::max());
}

TEST_F(Assembling, AnotherStampOrTheSameToolEndsAFrame)
{
    make({"A", "B"});
    transform("A", 1, 1s, 1000ms);
    transform("A", 3, 2s, 2000ms);
    EXPECT_EQ(next(), (Row{1, -1}));
    transform("B", 4, 2s, 2001ms);
    EXPECT_EQ(next(), (Row{3, 4}));
    transform("A", 5, 0s, 3000ms);  // not stamped
    transform("A", 6, 0s, 4000ms);
    EXPECT_EQ(next(), (Row{5, -1}));
    transform("B", 7, 0s, 4001ms);
    EXPECT_EQ(next(), (Row{6, 7}));
}

TEST_F(Assembling, AFrameDoesNotWaitForWhatIsNotSeen)
{
    make({"A", "B"});
    transform("A", 1, 1s, 1000ms);
    EXPECT_EQ(sut().due(), at(1005ms));
    sut().complete_due(at(1004ms));
    EXPECT_EQ(next(), Row{});
    sut().complete_due(at(1005ms));
    EXPECT_EQ(next(), (Row{1, -1}));
}

TEST_F(Assembling, KeepsToTheFormThatCameFirst)
{
    make({"A"});
    list({{"A", {1, 0, 0}}}, 1s);
    EXPECT_EQ(next(), Row{1});
    transform("A", 1, 1s, 1s);
    EXPECT_EQ(next(), Row{}) << "a server that sends both must not give every frame twice";
    sut().restart();
    transform("A", 2, 2s, 2s);
    EXPECT_EQ(next(), Row{2});
}

TEST_F(Assembling, WhatIsNoPositionIsNotSeen)
{
    make({"A", "B"});
    list({{"A", {std::numeric_limits<double>::infinity(), 0, 0}}, {"B", {1e9, 0, 0}}}, 1s);
    EXPECT_EQ(next(), (Row{-1, -1}));
    EXPECT_EQ(sut().malformed(), 2);
}

TEST(FrameAssembler, RefusesNamesThatCannotWork)
{
    EXPECT_THROW(FrameAssembler({"A", "A"}, 5ms), std::invalid_argument);
    EXPECT_THROW(FrameAssembler({"A", ""}, 5ms), std::invalid_argument);
    std::vector<std::string> many;
    for (int i = 0; i <= core::kMaxMarkers; ++i) many.push_back(std::to_string(i));
    EXPECT_THROW(FrameAssembler(many, 5ms), std::invalid_argument);
}

}  // namespace
}  // namespace foretide::acquisition
