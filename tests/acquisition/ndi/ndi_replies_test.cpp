// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "acquisition/ndi/little_endian.h"
#include "acquisition/ndi/ndi_reading.h"

namespace foretide::acquisition {
namespace {

using Bytes = std::vector<std::uint8_t>;
using core::Visibility;

struct Reading {
    std::unique_ptr<NdiReading> reading = std::make_unique<NdiReading>();
    NdiReading* operator->() const { return reading.get(); }
    NdiReading& operator*() const { return *reading; }
};

void append_position(Bytes& out, float x, float y, float z)
{
    append_f32(out, x);
    append_f32(out, y);
    append_f32(out, z);
}

/// One valid and one missing handle, then `strays` with the bits of those out of volume.
Bytes bx_reply(int strays, std::vector<std::uint8_t> outside)
{
    Bytes out{3};
    out.insert(out.end(), {0x01, 0x01});
    for (int i = 0; i < 8; ++i) append_f32(out, 1.0F);
    append_u32(out, 0x31);
    append_u32(out, 4711);
    out.insert(out.end(), {0x02, 0x02});
    append_u32(out, 0x31);
    append_u32(out, 4711);
    out.insert(out.end(), {0x03, 0x04});  // disabled: nothing more
    out.push_back(static_cast<std::uint8_t>(strays));
    out.insert(out.end(), outside.begin(), outside.end());
    for (int i = 0; i < strays; ++i) append_position(out, static_cast<float>(i), static_cast<float>(-i), -1500.5F);
    append_u16(out, 0x0002);
    return out;
}

TEST(BxReply, GivesStraysWithTheirFrame)
{
    const Reading sut;
    ASSERT_EQ(parse_bx_reply(bx_reply(3, {0b010}), kNdiStrayOptions, *sut), nullptr);
    ASSERT_EQ(sut->frame_count, 1U);
    const NdiFrame& frame = sut->frames[0];
    EXPECT_TRUE(frame.numbered);
    EXPECT_EQ(frame.number, 4711U);
    EXPECT_FALSE(frame.timed);
    ASSERT_EQ(frame.marker_count, 3);
    EXPECT_EQ(frame.markers[2].position_mm, (std::array<double, 3>{2, -2, -1500.5}));
    EXPECT_EQ(frame.markers[0].visibility, Visibility::visible);
    EXPECT_EQ(frame.markers[1].visibility, Visibility::out_of_volume);
    EXPECT_EQ(sut->system_status, 0x0002);
}

TEST(BxReply, CountsWhatDoesNotFit)
{
    const Reading sut;
    ASSERT_EQ(parse_bx_reply(bx_reply(240, Bytes(30, 0)), kNdiStrayOptions, *sut), nullptr);
    EXPECT_EQ(sut->frames[0].marker_count, core::kMaxMarkers);
    EXPECT_EQ(sut->frames[0].surplus, 240 - core::kMaxMarkers);
}

TEST(BxReply, KnowsThatWithoutTheOptionStraysOutOfVolumeHaveNoPosition)
{
    Bytes reply{0, 2, 0b01};
    append_position(reply, 1, 2, 3);
    append_u16(reply, 0);
    const Reading sut;
    ASSERT_EQ(parse_bx_reply(reply, kNdiTransforms | kNdiPassiveStrays, *sut), nullptr);
    ASSERT_EQ(sut->frames[0].marker_count, 1);
    EXPECT_EQ(sut->frames[0].markers[0].position_mm[2], 3);
}

TEST(BxReply, RefusesEveryPartAndAnExcess)
{
    const Bytes whole = bx_reply(3, {0});
    const Reading sut;
    for (std::size_t length = 0; length < whole.size(); ++length)
        EXPECT_NE(parse_bx_reply(std::span(whole).first(length), kNdiStrayOptions, *sut), nullptr) << length;
    Bytes longer = whole;
    longer.push_back(0);
    EXPECT_NE(parse_bx_reply(longer, kNdiStrayOptions, *sut), nullptr);
    Bytes strange = whole;
    strange[2] = 0x08;  // no such handle status
    EXPECT_NE(parse_bx_reply(strange, kNdiStrayOptions, *sut), nullptr);
}

TEST(TxReply, GivesStraysWithTheirFrame)
{
    const std::string transform = "+10000+00000+00000+00000+001234-001234+150000+00012";
    const std::string text = "0301" + transform + "00000031" + "00001267\n" + "02MISSING0000003100001267\n" +
                             "03UNOCCUPIED\n" + "02" + "2" + "+001234-005678-150050" + "-000001+000000+999999" + "0010";
    const Reading sut;
    ASSERT_EQ(parse_tx_reply(text, kNdiStrayOptions, *sut), nullptr);
    const NdiFrame& frame = sut->frames[0];
    EXPECT_TRUE(frame.numbered);
    EXPECT_EQ(frame.number, 0x1267U);
    ASSERT_EQ(frame.marker_count, 2);
    EXPECT_NEAR(frame.markers[0].position_mm[0], 12.34, 1e-9);
    EXPECT_NEAR(frame.markers[0].position_mm[1], -56.78, 1e-9);
    EXPECT_NEAR(frame.markers[0].position_mm[2], -1500.50, 1e-9);
    EXPECT_NEAR(frame.markers[1].position_mm[0], -0.01, 1e-9);
    EXPECT_EQ(frame.markers[0].visibility, Visibility::visible);
    EXPECT_EQ(frame.markers[1].visibility, Visibility::out_of_volume);
    EXPECT_EQ(sut->system_status, 0x0010);
    for (std::size_t length = 0; length < text.size(); ++length)
        EXPECT_NE(parse_tx_reply(std::string_view(text).substr(0, length), kNdiStrayOptions, *sut), nullptr) << length;
    EXPECT_NE(parse_tx_reply(text + "0", kNdiStrayOptions, *sut), nullptr);
}

TEST(TxReply, RefusesWhatIsNoNumber)
{
    const Reading sut;
    for (const char* text : {"", "0", "XX", "00010+0012340+01234+0012340000", "00010+00123A+001234+0012340000",
                             "0001 +001234+001234+0012340000", "0101MISSING0000003100001267"})
        EXPECT_NE(parse_tx_reply(text, kNdiStrayOptions, *sut), nullptr) << text;
}

/// A BX2 payload, put together piece by piece.
class Gbf {
public:
    static Bytes component(std::uint16_t type, std::uint32_t items, const Bytes& body)
    {
        Bytes out;
        append_u16(out, type);
        append_u32(out, static_cast<std::uint32_t>(body.size() + 12));
        append_u16(out, 0);
        append_u32(out, items);
        out.insert(out.end(), body.begin(), body.end());
        return out;
    }
    static Bytes container(const std::vector<Bytes>& components)
    {
        Bytes out;
        append_u16(out, 1);
        append_u16(out, static_cast<std::uint16_t>(components.size()));
        for (const Bytes& c : components) out.insert(out.end(), c.begin(), c.end());
        return out;
    }
    static Bytes frame(std::uint8_t type, std::uint32_t number, std::uint32_t seconds, std::uint32_t nanoseconds,
                       const Bytes& container, std::uint16_t status = 0)
    {
        Bytes out{type, 0};
        append_u16(out, status);
        append_u32(out, number);
        append_u32(out, seconds);
        append_u32(out, nanoseconds);
        out.insert(out.end(), container.begin(), container.end());
        return out;
    }
    static Bytes markers(std::uint16_t handle, const std::vector<std::uint8_t>& statuses)
    {
        Bytes out;
        append_u16(out, handle);
        append_u16(out, static_cast<std::uint16_t>(statuses.size()));
        for (std::size_t i = 0; i < statuses.size(); ++i) {
            out.insert(out.end(), {statuses[i], 0});
            append_u16(out, static_cast<std::uint16_t>(i));
            append_position(out, 10.0F * static_cast<float>(i), 1.5F, -1200.25F);
        }
        return out;
    }
};

Bytes joined(const std::vector<Bytes>& parts)
{
    Bytes all;
    for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
}

TEST(Bx2Reply, GivesStraysWithStatusAndTime)
{
    const Bytes payload = Gbf::container({Gbf::component(
        1, 1,
        Gbf::frame(2, 77, 1'700'000'000, 250'000'000,
                   Gbf::container(
                       {Gbf::component(2, 1, Bytes{1, 0, 31, 1}),
                        Gbf::component(
                            3, 2, joined({Gbf::markers(1, {0, 1}), Gbf::markers(0xFFFF, {0, 1, 4, 5, 6, 7, 8})}))})))});
    const Reading sut;
    ASSERT_EQ(parse_bx2_reply(payload, *sut), nullptr);
    ASSERT_EQ(sut->frame_count, 1U);
    const NdiFrame& frame = sut->frames[0];
    EXPECT_EQ(frame.number, 77U);
    EXPECT_TRUE(frame.timed);
    EXPECT_EQ(frame.device_time, std::chrono::milliseconds(1'700'000'000'250));
    // The tool's missing marker is left out; a stray that is reported missing is told.
    ASSERT_EQ(frame.marker_count, 8);
    const std::vector expected{Visibility::visible,       Visibility::visible,       Visibility::missing,
                               Visibility::out_of_volume, Visibility::out_of_volume, Visibility::phantom,
                               Visibility::out_of_volume, Visibility::out_of_volume};
    for (std::size_t m = 0; m < expected.size(); ++m) EXPECT_EQ(frame.markers[m].visibility, expected[m]) << m;
    EXPECT_EQ(frame.phantoms, 1);
    EXPECT_EQ(frame.markers[4].position_mm, (std::array<double, 3>{30, 1.5, -1200.25}));
    EXPECT_TRUE(std::isnan(frame.markers[2].position_mm[0]));
}

TEST(Bx2Reply, GivesEveryPassiveFrameOfTheReply)
{
    const Bytes strays = Gbf::container({Gbf::component(3, 1, Gbf::markers(0xFFFF, {0}))});
    const Bytes payload = Gbf::container(
        {Gbf::component(1, 3,
                        joined({Gbf::frame(2, 1, 0, 0, strays), Gbf::frame(3, 1, 0, 0, Gbf::container({})),
                                Gbf::frame(2, 2, 5, 0, strays, 0x0E)})),
         Gbf::component(0x99, 4, Bytes{1, 2, 3})});
    const Reading sut;
    ASSERT_EQ(parse_bx2_reply(payload, *sut), nullptr);
    ASSERT_EQ(sut->frame_count, 2U);
    EXPECT_EQ(sut->frames[0].number, 1U);
    EXPECT_FALSE(sut->frames[0].timed);
    EXPECT_EQ(sut->frames[1].number, 2U);
    EXPECT_EQ(sut->frames[1].status, 0x0E);
    EXPECT_EQ(sut->frames[1].marker_count, 1);
}

TEST(Bx2Reply, HasNoFrameWhereNothingIsNew)
{
    const Reading sut;
    ASSERT_EQ(parse_bx2_reply(Gbf::container({}), *sut), nullptr);
    EXPECT_EQ(sut->frame_count, 0U);
}

TEST(Bx2Reply, GivesAlertsWhereverTheyStand)
{
    const Bytes bump{1, 0, 2, 0}, fault{0, 0, 6, 0};
    const Bytes payload = Gbf::container(
        {Gbf::component(0x12, 1, bump),
         Gbf::component(1, 1, Gbf::frame(2, 1, 1, 0, Gbf::container({Gbf::component(0x12, 1, fault)})))});
    const Reading sut;
    ASSERT_EQ(parse_bx2_reply(payload, *sut), nullptr);
    ASSERT_EQ(sut->alert_count, 2U);
    EXPECT_EQ(sut->alerts[0], (NdiAlert{1, 2}));
    EXPECT_EQ(sut->alerts[1], (NdiAlert{0, 6}));
}

TEST(Bx2Reply, CountsWhatDoesNotFit)
{
    const Reading sut;
    const Bytes strays =
        Gbf::container({Gbf::component(3, 1, Gbf::markers(0xFFFF, std::vector<std::uint8_t>(100, 0)))});
    ASSERT_EQ(parse_bx2_reply(Gbf::container({Gbf::component(1, 1, Gbf::frame(2, 1, 1, 0, strays))}), *sut), nullptr);
    EXPECT_EQ(sut->frames[0].marker_count, core::kMaxMarkers);
    EXPECT_EQ(sut->frames[0].surplus, 100 - core::kMaxMarkers);

    std::vector<Bytes> frames;
    for (std::uint32_t i = 0; i <= NdiReading::kMaxFrames; ++i)
        frames.push_back(Gbf::frame(2, i, 1, 0, Gbf::container({})));
    const Bytes many = Gbf::container({Gbf::component(1, NdiReading::kMaxFrames + 1, joined(frames))});
    EXPECT_NE(parse_bx2_reply(many, *sut), nullptr);
}

TEST(Bx2Reply, RefusesEveryPartAndWrongSizes)
{
    const Bytes strays = Gbf::container({Gbf::component(3, 1, Gbf::markers(0xFFFF, {0, 0}))});
    const Bytes whole = Gbf::container({Gbf::component(1, 1, Gbf::frame(2, 1, 1, 0, strays))});
    const Reading sut;
    for (std::size_t length = 0; length < whole.size(); ++length)
        EXPECT_NE(parse_bx2_reply(std::span(whole).first(length), *sut), nullptr) << length;
    for (const int size : {0, 11, 200, 255}) {
        Bytes bad = whole;
        bad[6] = static_cast<std::uint8_t>(size);  // of the frame component
        EXPECT_NE(parse_bx2_reply(bad, *sut), nullptr) << size;
    }
}

TEST(NdiMarker, IsMissingWhereThePositionIsNone)
{
    NdiFrame frame;
    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (const double bad : {nan, -3.697314e28, std::numeric_limits<double>::infinity()})
        add_ndi_marker(frame, {1, bad, 2}, Visibility::visible);
    for (int m = 0; m < frame.marker_count; ++m) {
        EXPECT_EQ(frame.markers[static_cast<std::size_t>(m)].visibility, Visibility::missing);
        EXPECT_TRUE(std::isnan(frame.markers[static_cast<std::size_t>(m)].position_mm[0]));
    }
    EXPECT_EQ(frame.marker_count, 3);
}

}  // namespace
}  // namespace foretide::acquisition
