// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/igtl/message.h"

#include <array>
#include <chrono>
#include <igtlPointMessage.h>
#include <igtlPositionMessage.h>
#include <igtlQuaternionTrackingDataMessage.h>
#include <igtlStatusMessage.h>
#include <igtlStringMessage.h>
#include <igtlTrackingDataMessage.h>
#include <igtlTransformMessage.h>
#include <igtl_capability.h>
#include <vector>

#include <gtest/gtest.h>

#include "acquisition/igtl/tracked_positions.h"
#include "tests/acquisition/igtl/igtl_test_support.h"

namespace foretide::acquisition {
namespace {

using namespace std::chrono_literals;
using tests::OneMessage;
using tests::packed_by_library;
using tests::unpacked_by_library;

constexpr core::Duration kTime = 1'700'000'123s + 123'456'789ns;
const std::array<TrackedPosition, 2> kTools{{{"Chest", {1.5, -2.25, 1000.125}}, {"A name: 19 letters.", {4, 5, 6}}}};

void expect_tools(const IgtlMessage& message, TrackedForm form)
{
    const TrackedPositions tools(message);
    ASSERT_EQ(tools.form(), form);
    ASSERT_EQ(tools.size(), form == TrackedForm::single ? 1U : 2U);
    for (std::size_t i = 0; i < tools.size(); ++i) {
        EXPECT_EQ(tools[i].name, kTools[i].name);
        EXPECT_EQ(tools[i].position_mm, kTools[i].position_mm);
    }
}

TEST(IgtlChecksum, IsTheOneOfTheProtocol)
{
    const std::string digits = "123456789";
    EXPECT_EQ(igtl_checksum(std::as_bytes(std::span(digits))), 0x6C40DF5F0B497347U);
    EXPECT_EQ(igtl_checksum({}), 0U);
}

TEST(IgtlHeader, TellsTimesToTheNanosecond)
{
    for (const core::Duration time : {core::Duration{0}, core::Duration{1}, kTime, core::Duration{999'999'999ns},
                                      core::Duration{4'294'967'295s + 999'999'999ns}}) {
        IgtlHeader header;
        header.time = time;
        std::array<std::byte, kIgtlHeaderBytes> bytes{};
        encode_igtl_header(header, bytes);
        EXPECT_EQ(decode_igtl_header(bytes).time, time);
    }
}

TEST(IgtlHeader, IsTheLibrarys)
{
    const auto message = igtl::TransformMessage::New();
    message->SetDeviceName("Chest");
    auto stamp = igtl::TimeStamp::New();
    stamp->SetTime(igtlUint32{1'700'000'123}, igtlUint32{123'456'789});
    message->SetTimeStamp(stamp);
    const OneMessage sut(packed_by_library(message));
    EXPECT_EQ(sut->header.version, 1);
    EXPECT_EQ(sut->header.type_name(), "TRANSFORM");
    EXPECT_EQ(sut->header.device_name(), "Chest");
    EXPECT_NEAR(static_cast<double>((sut->header.time - kTime).count()), 0, 32)
        << "the library cuts its fractions bit by bit";
}

TEST(IgtlDecoder, ReadsWhatTheLibraryPacksAsTransform)
{
    const auto message = igtl::TransformMessage::New();
    message->SetDeviceName("Chest");
    message->SetPosition(1.5F, -2.25F, 1000.125F);
    expect_tools(*OneMessage(packed_by_library(message)), TrackedForm::single);
}

TEST(IgtlDecoder, ReadsWhatTheLibraryPacksAsPosition)
{
    const auto message = igtl::PositionMessage::New();
    message->SetDeviceName("Chest");
    message->SetPosition(1.5F, -2.25F, 1000.125F);
    const OneMessage whole(packed_by_library(message));
    expect_tools(*whole, TrackedForm::single);
    // The shorter forms of the protocol; the library writes past its own buffer where it is to pack them.
    for (const std::size_t bytes : {12UL, 24UL}) {
        IgtlMessage shorter = *whole;
        shorter.content = shorter.content.first(bytes);
        expect_tools(shorter, TrackedForm::single);
    }
}

template <class Message, class Element, class Add>
IgtlBytes packed_list(Add&& add)
{
    const auto message = Message::New();
    message->SetDeviceName("Tracker");
    for (const TrackedPosition& tool : kTools) {
        auto element = Element::New();
        element->SetName(std::string(tool.name).c_str());
        element->SetPosition(static_cast<float>(tool.position_mm[0]), static_cast<float>(tool.position_mm[1]),
                             static_cast<float>(tool.position_mm[2]));
        add(*message, element);
    }
    return packed_by_library(message);
}

TEST(IgtlDecoder, ReadsWhatTheLibraryPacksAsLists)
{
    expect_tools(*OneMessage(packed_list<igtl::TrackingDataMessage, igtl::TrackingDataElement>(
                     [](auto& m, auto& e) { m.AddTrackingDataElement(e); })),
                 TrackedForm::list);
    expect_tools(*OneMessage(packed_list<igtl::QuaternionTrackingDataMessage, igtl::QuaternionTrackingDataElement>(
                     [](auto& m, auto& e) { m.AddQuaternionTrackingDataElement(e); })),
                 TrackedForm::list);
    expect_tools(*OneMessage(packed_list<igtl::PointMessage, igtl::PointElement>(
                     [](auto& m, auto& e) { m.AddPointElement(e); })),
                 TrackedForm::list);
}

TEST(IgtlDecoder, RefusesLengthsThatDoNotFit)
{
    for (const char* type : {"TRANSFORM", "POSITION", "TDATA", "QTDATA", "POINT"}) {
        IgtlMessage message;
        message.header.type.assign(type);
        const std::array<std::byte, 71> content{};
        message.content = content;
        EXPECT_EQ(TrackedPositions(message).form(), TrackedForm::malformed) << type;
        EXPECT_EQ(TrackedPositions(message).size(), 0U) << type;
    }
    IgtlMessage other;
    other.header.type.assign("IMAGE");
    EXPECT_EQ(TrackedPositions(other).form(), TrackedForm::none);
}

TEST(IgtlDecoder, ReadsStatusStringAndRequestsOfTheLibrary)
{
    const auto status = igtl::StatusMessage::New();
    status->SetCode(igtl::StatusMessage::STATUS_NOT_READY);
    status->SetSubCode(-77);
    status->SetErrorName("WARMING");
    status->SetStatusString("wait a little");
    const OneMessage packed_status(packed_by_library(status));
    IgtlStatus read;
    ASSERT_TRUE(decode_igtl_status(*packed_status, read));
    EXPECT_EQ(read.code, 13);
    EXPECT_EQ(read.subcode, -77);
    EXPECT_EQ(read.error, "WARMING");
    EXPECT_EQ(read.text, "wait a little");

    const auto text = igtl::StringMessage::New();
    text->SetString("<Command Name=\"Hold\"/>");
    const OneMessage packed_text(packed_by_library(text));
    std::string_view string;
    ASSERT_TRUE(decode_igtl_string(*packed_text, string));
    EXPECT_EQ(string, "<Command Name=\"Hold\"/>");

    const auto start = igtl::StartTrackingDataMessage::New();
    start->SetResolution(40);
    const OneMessage packed_start(packed_by_library(start));
    core::Duration resolution{};
    ASSERT_TRUE(decode_igtl_start(*packed_start, resolution));
    EXPECT_EQ(resolution, 40ms);

    const auto reply = igtl::RTSTrackingDataMessage::New();
    reply->SetStatus(igtl::RTSTrackingDataMessage::STATUS_ERROR);
    const OneMessage packed_reply(packed_by_library(reply));
    bool granted = true;
    ASSERT_TRUE(decode_igtl_reply(*packed_reply, granted));
    EXPECT_FALSE(granted);

    const OneMessage request(packed_by_library(igtl::GetStatusMessage::New()));
    EXPECT_EQ(request->header.type_name(), "GET_STATUS");
    EXPECT_TRUE(request->content.empty());
}

TEST(IgtlDecoder, RefusesAStringLongerThanItsMessage)
{
    const auto text = igtl::StringMessage::New();
    text->SetString("four");
    const OneMessage whole(packed_by_library(text));
    IgtlMessage cut = *whole;
    cut.content = cut.content.first(cut.content.size() - 1);
    std::string_view string;
    EXPECT_FALSE(decode_igtl_string(cut, string));
    IgtlStatus status;
    EXPECT_FALSE(decode_igtl_status(cut, status));
}

TEST(IgtlWriter, IsReadByTheLibraryAsLists)
{
    const IgtlEnvelope envelope{"Tracker", kTime};
    float p[3];
    const auto expect_position = [&](std::size_t i) {
        for (std::size_t c = 0; c < 3; ++c) EXPECT_EQ(double{p[c]}, kTools[i].position_mm[c]);
    };
    IgtlBytes bytes;
    append_igtl_tdata(bytes, envelope, kTools);
    const auto tdata = unpacked_by_library<igtl::TrackingDataMessage>(bytes);
    EXPECT_STREQ(tdata->GetDeviceName(), "Tracker");
    auto stamp = igtl::TimeStamp::New();
    tdata->GetTimeStamp(stamp);
    EXPECT_NEAR(static_cast<double>(stamp->GetTimeStampInNanoseconds()), static_cast<double>(kTime.count()), 300.0);
    ASSERT_EQ(tdata->GetNumberOfTrackingDataElements(), 2);
    for (int i = 0; i < 2; ++i) {
        igtl::TrackingDataElement::Pointer element;
        tdata->GetTrackingDataElement(i, element);
        EXPECT_EQ(element->GetName(), kTools[static_cast<std::size_t>(i)].name);
        EXPECT_EQ(element->GetType(), igtl::TrackingDataElement::TYPE_3D);
        element->GetPosition(p);
        expect_position(static_cast<std::size_t>(i));
        igtl::Matrix4x4 matrix;
        element->GetMatrix(matrix);
        EXPECT_EQ(matrix[0][0], 1.0F);
        EXPECT_EQ(matrix[1][0], 0.0F);
        EXPECT_EQ(matrix[2][2], 1.0F);
    }

    bytes.clear();
    append_igtl_qtdata(bytes, envelope, kTools);
    const auto qtdata = unpacked_by_library<igtl::QuaternionTrackingDataMessage>(bytes);
    ASSERT_EQ(qtdata->GetNumberOfQuaternionTrackingDataElements(), 2);
    igtl::QuaternionTrackingDataElement::Pointer quaternion;
    qtdata->GetQuaternionTrackingDataElement(1, quaternion);
    EXPECT_EQ(quaternion->GetName(), kTools[1].name);
    quaternion->GetPosition(p);
    expect_position(1);

    bytes.clear();
    append_igtl_point(bytes, envelope, kTools);
    const auto points = unpacked_by_library<igtl::PointMessage>(bytes);
    ASSERT_EQ(points->GetNumberOfPointElement(), 2);
    igtl::PointElement::Pointer point;
    points->GetPointElement(0, point);
    EXPECT_EQ(point->GetName(), kTools[0].name);
    point->GetPosition(p);
    expect_position(0);
}

TEST(IgtlWriter, IsReadByTheLibraryAsSingleTools)
{
    float p[3];
    IgtlBytes bytes;
    append_igtl_transform(bytes, {"", kTime}, kTools[0]);
    const auto transform = unpacked_by_library<igtl::TransformMessage>(bytes);
    EXPECT_STREQ(transform->GetDeviceName(), "Chest");
    transform->GetPosition(p);
    EXPECT_EQ(p[2], 1000.125F);

    bytes.clear();
    append_igtl_position(bytes, {"", kTime}, kTools[0]);
    const auto position = unpacked_by_library<igtl::PositionMessage>(bytes);
    EXPECT_STREQ(position->GetDeviceName(), "Chest");
    position->GetPosition(p);
    EXPECT_EQ(p[1], -2.25F);
}

TEST(IgtlWriter, IsReadByTheLibraryAsTexts)
{
    IgtlBytes bytes;
    append_igtl_string(bytes, {"ACK_1"}, "done");
    const auto string = unpacked_by_library<igtl::StringMessage>(bytes);
    EXPECT_STREQ(string->GetString(), "done");
    EXPECT_EQ(string->GetEncoding(), 3);
    bytes.clear();
    append_igtl_string(bytes, {"ACK_1"}, "Müller");
    EXPECT_EQ(unpacked_by_library<igtl::StringMessage>(bytes)->GetEncoding(), 106);
    EXPECT_THROW(append_igtl_string(bytes, {"ACK_1"}, std::string(65536, ' ')), std::length_error);

    bytes.clear();
    append_igtl_status(bytes, {"Foretide"}, IgtlStatusCode::not_ready, 42, "warming_up", "soon");
    const auto status = unpacked_by_library<igtl::StatusMessage>(bytes);
    EXPECT_EQ(status->GetCode(), igtl::StatusMessage::STATUS_NOT_READY);
    EXPECT_EQ(status->GetSubCode(), 42);
    EXPECT_STREQ(status->GetErrorName(), "warming_up");
    EXPECT_STREQ(status->GetStatusString(), "soon");
}

TEST(IgtlWriter, IsReadByTheLibraryAsRequests)
{
    IgtlBytes bytes;
    append_igtl_start_tdata(bytes, {"Foretide"}, 20ms, "Patient");
    const auto start = unpacked_by_library<igtl::StartTrackingDataMessage>(bytes);
    EXPECT_EQ(start->GetResolution(), 20);
    EXPECT_STREQ(start->GetCoordinateName(), "Patient");

    bytes.clear();
    append_igtl_reply(bytes, {"Tracker"}, "RTS_TDATA", true);
    EXPECT_EQ(unpacked_by_library<igtl::RTSTrackingDataMessage>(bytes)->GetStatus(), 0);

    bytes.clear();
    append_igtl_request(bytes, {"Tracker"}, "GET_STATUS");
    EXPECT_EQ(bytes.size(), kIgtlHeaderBytes);

    bytes.clear();
    const std::array<std::string_view, 2> types{"TDATA", "GET_CAPABIL"};
    append_igtl_capability(bytes, {"Tracker"}, types);
    // By the library's C functions: its C++ class never frees what it unpacks.
    igtl_capability_info capability{};
    auto body = std::vector(bytes.begin() + kIgtlHeaderBytes, bytes.end());
    ASSERT_EQ(igtl_capability_unpack(body.data(), &capability, body.size()), 1);
    ASSERT_EQ(capability.ntypes, 2U);
    EXPECT_STREQ(reinterpret_cast<const char*>(capability.typenames[0]), "TDATA");
    EXPECT_STREQ(reinterpret_cast<const char*>(capability.typenames[1]), "GET_CAPABIL");
    igtl_capability_free_info(&capability);
}

TEST(IgtlWriter, CutsNamesAtTheirFields)
{
    IgtlBytes bytes;
    const std::array<TrackedPosition, 1> tools{{{"a name that is much longer than twenty letters", {1, 2, 3}}}};
    append_igtl_tdata(bytes, {"a device name that is too long as well"}, tools);
    const OneMessage sut(bytes);
    EXPECT_EQ(sut->header.device_name(), "a device name that i");
    EXPECT_EQ(TrackedPositions(*sut)[0].name, "a name that is much");
    const auto read = unpacked_by_library<igtl::TrackingDataMessage>(bytes);
    EXPECT_STREQ(read->GetDeviceName(), "a device name that i");
    igtl::TrackingDataElement::Pointer element;
    read->GetTrackingDataElement(0, element);
    EXPECT_STREQ(element->GetName(), "a name that is much");
}

}  // namespace
}  // namespace foretide::acquisition
