// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "acquisition/ndi/ndi_bring_up.h"
#include "acquisition/ndi/ndi_framing.h"
#include "acquisition/ndi/ndi_simulated_device.h"
#include "acquisition/ndi/ndi_tool.h"
#include "tests/acquisition/reader_test_support.h"

namespace foretide::acquisition {
namespace {

std::string with_crc(const std::string& command)
{
    std::vector<std::uint8_t> bytes;
    append_ndi_text(bytes, command);
    return {bytes.begin(), bytes.end() - 1};
}

/// Reply as text without its CRC.
std::string ask(NdiSimulatedDevice& device, const std::string& command)
{
    std::vector<std::uint8_t> bytes;
    device.take(command.find(':') == std::string::npos ? command : with_crc(command), bytes);
    const NdiReply reply = scan_ndi_reply(bytes);
    EXPECT_EQ(reply.state, NdiReplyState::text) << command;
    EXPECT_EQ(reply.size, bytes.size());
    return std::string(reply.text());
}

void write_tool(NdiSimulatedDevice& device, int handle)
{
    const auto tool = builtin_ndi_tool();
    for (std::size_t address = 0; address < tool.size(); address += kNdiToolChunk)
        EXPECT_EQ(ask(device, ndi_tool_command(handle, tool, address)), "OKAY");
}

TEST(NdiSimulatedDevice, AnswersAsATrackerWould)
{
    NdiSimulatedDevice sut;
    EXPECT_EQ(ask(sut, "PHSR:00"), "ERROR10") << "not initialised";
    EXPECT_EQ(ask(sut, "INIT:"), "OKAY");
    EXPECT_EQ(ask(sut, "INIT "), "OKAY") << "without a CRC";
    EXPECT_EQ(ask(sut, "APIREV:"), "G.003.005");
    EXPECT_EQ(ask(sut, "NOSUCH:"), "ERROR01");
    EXPECT_EQ(ask(sut, "TX:1801"), "ERROR0C") << "not tracking";
    EXPECT_EQ(ask(sut, "TSTOP:"), "ERROR0C");
    EXPECT_EQ(ask(sut, "PHSR:00"), "00");
    EXPECT_EQ(ask(sut, "PHRQ:*********1****"), "01");
    EXPECT_EQ(ask(sut, "PHINF:010001"), "UNOCCUPIED");
    EXPECT_EQ(ask(sut, "PINIT:01"), "ERROR0D") << "no tool";
    EXPECT_EQ(ask(sut, "PINIT:02"), "ERROR08") << "no such handle";
    write_tool(sut, 1);
    EXPECT_EQ(ask(sut, "PENA:01D"), "ERROR0E") << "not initialised";
    EXPECT_EQ(ask(sut, "PHSR:02"), "0101001");
    EXPECT_EQ(ask(sut, "PINIT:01"), "OKAY");
    EXPECT_EQ(ask(sut, "PENA:01X"), "ERROR09");
    EXPECT_EQ(ask(sut, "PHSR:03"), "0101011");
    EXPECT_EQ(ask(sut, "PENA:01D"), "OKAY");
    EXPECT_EQ(ask(sut, "PHSR:04"), "0101031");
    EXPECT_EQ(ask(sut, "TSTART:"), "OKAY");
    EXPECT_TRUE(sut.tracking());
    EXPECT_EQ(ask(sut, "TX:0002"), "ERROR33") << "an option that is not simulated";
    EXPECT_EQ(ask(sut, "PHF:01"), "ERROR0C") << "while tracking";
    EXPECT_EQ(ask(sut, "TSTOP:"), "OKAY");
    EXPECT_EQ(ask(sut, "PHF:01"), "OKAY");
    EXPECT_EQ(ask(sut, "PHSR:00"), "00");
}

TEST(NdiSimulatedDevice, RefusesDamagedCommands)
{
    NdiSimulatedDevice sut;
    const auto raw = [&sut](const std::string& bytes) {
        std::vector<std::uint8_t> reply;
        sut.take(bytes, reply);
        return std::string(scan_ndi_reply(reply).text());
    };
    EXPECT_EQ(raw("INIT:E3A6"), "ERROR04");
    EXPECT_EQ(raw("INIT:"), "ERROR03");
    EXPECT_EQ(raw(""), "ERROR10");
    EXPECT_EQ(raw(std::string(2000, 'A')), "ERROR02");
}

TEST(NdiSimulatedDevice, RefusesAToolThatIsNone)
{
    NdiSimulatedDevice sut;
    ask(sut, "INIT:");
    ask(sut, "PHRQ:*********1****");
    EXPECT_EQ(ask(sut, ndi_tool_command(1, std::vector<std::uint8_t>(kNdiToolBytes), 0)), "OKAY");
    EXPECT_EQ(ask(sut, "PINIT:01"), "ERROR40");
}

TEST(NdiSimulatedDevice, ShowsSingleMarkersOnlyWhileAToolIsEnabled)
{
    for (const bool enabled : {false, true}) {
        NdiSimulatedDevice sut;
        ask(sut, "INIT:");
        ask(sut, "PHRQ:*********1****");
        write_tool(sut, 1);
        ask(sut, "PINIT:01");
        if (enabled) ask(sut, "PENA:01D");
        ask(sut, "TSTART:");
        NdiFrame frame;
        frame.number = 9;
        frame.device_time = std::chrono::seconds(5);
        add_ndi_marker(frame, {1, 2, 3}, core::Visibility::visible);
        sut.show(frame);
        std::vector<std::uint8_t> bytes;
        EXPECT_TRUE(sut.take(with_crc("BX2:--6d=none --3d=all --1d=none"), bytes).frame_reported);
        const auto reading = std::make_unique<NdiReading>();
        ASSERT_EQ(parse_bx2_reply(scan_ndi_reply(bytes).payload, *reading), nullptr);
        ASSERT_EQ(reading->frame_count, 1U);
        EXPECT_EQ(reading->frames[0].number, 9U);
        EXPECT_EQ(reading->frames[0].marker_count, enabled ? 1 : 0);
        bytes.clear();
        EXPECT_FALSE(sut.take(with_crc("BX2:--3d=strays"), bytes).frame_reported) << "each frame once";
        ASSERT_EQ(parse_bx2_reply(scan_ndi_reply(bytes).payload, *reading), nullptr);
        EXPECT_EQ(reading->frame_count, 0U);
    }
}

TEST(NdiCommandBuffer, CutsCommandsApart)
{
    NdiCommandBuffer sut;
    const auto put = [&sut](const std::string& text) {
        sut.receive(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
    };
    std::string command;
    put("INIT:E3");
    EXPECT_FALSE(sut.take(command));
    put("A5\rVER 0\r\nTX");
    ASSERT_TRUE(sut.take(command));
    EXPECT_EQ(command, "INIT:E3A5");
    ASSERT_TRUE(sut.take(command));
    EXPECT_EQ(command, "VER 0");
    EXPECT_FALSE(sut.take(command));
    put(std::string(100'000, 'x') + "\rINIT \r");
    ASSERT_TRUE(sut.take(command));
    EXPECT_EQ(command.size(), 2048U) << "cut, to be refused as too long";
    ASSERT_TRUE(sut.take(command));
    EXPECT_EQ(command, "INIT ");
}

/// Runs a bring-up against a device; the text of the commands sent.
std::string bring_up(NdiBringUp& sut, NdiSimulatedDevice& device)
{
    std::string sent;
    for (int i = 0; i < 1000; ++i) {
        const NdiBringUp::Action action = sut.action();
        using Kind = NdiBringUp::Action::Kind;
        if (action.kind == Kind::tracking || action.kind == Kind::failed) return sent;
        if (action.kind == Kind::send) {
            sent += action.command.substr(0, action.command.find(':')) + " ";
            sut.reply(ask(device, action.command));
        } else if (action.kind == Kind::listen) {
            sut.silence();
        } else {
            sut.carried_out();
        }
    }
    ADD_FAILURE() << "does not end";
    return sent;
}

TEST(NdiBringUp, SaysWhatATrackerNeeds)
{
    NdiSimulatedDevice device;
    NdiBringUp sut(builtin_ndi_tool(), false, 0);
    sut.start();
    std::string writes;
    for (int i = 0; i < 16; ++i) writes += "PVWR ";
    EXPECT_EQ(bring_up(sut, device), "INIT VER APIREV PHSR PHRQ " + writes + "PINIT PHSR PHSR PHINF PENA TSTART ");
    EXPECT_TRUE(device.tracking());
    EXPECT_EQ(sut.tracking(), NdiTracking::bx2);
    EXPECT_EQ(sut.enabled(), 1);
    sut.start();  // the port of before is freed
    EXPECT_EQ(bring_up(sut, device), "INIT VER APIREV PHSR PHF PHRQ " + writes + "PINIT PHSR PHSR PHINF PENA TSTART ");
}

TEST(NdiBringUp, ResetsASerialLineThatDoesNotAnswer)
{
    NdiSimulatedDevice device;
    NdiBringUp sut(builtin_ndi_tool(), false, 115200);
    sut.start();
    using Kind = NdiBringUp::Action::Kind;
    EXPECT_EQ(sut.action().command, "INIT:");
    sut.silence();
    ASSERT_EQ(sut.action().kind, Kind::hold_break);
    sut.carried_out();
    ASSERT_EQ(sut.action().kind, Kind::listen);
    sut.reply("RESET");
    ASSERT_EQ(sut.action().kind, Kind::pause);
    EXPECT_TRUE(bring_up(sut, device).starts_with("INIT COMM VER "));
    EXPECT_EQ(sut.action().kind, Kind::tracking);
}

TEST(NdiBringUp, TellsAFailureInWords)
{
    const auto fail_at = [](const std::string& command, const std::string& reply, bool own_tool = false) {
        NdiSimulatedDevice device;
        NdiBringUp sut(builtin_ndi_tool(), own_tool, 0);
        sut.start();
        using Kind = NdiBringUp::Action::Kind;
        for (int i = 0; i < 1000 && sut.action().kind != Kind::failed && sut.action().kind != Kind::tracking; ++i) {
            const NdiBringUp::Action action = sut.action();
            if (action.kind != Kind::send)
                sut.carried_out();
            else if (!action.command.starts_with(command))
                sut.reply(ask(device, action.command));
            else if (reply.empty())
                sut.silence();
            else
                sut.reply(reply);
        }
        return sut.problem();
    };
    const auto expect = [](const std::string& problem, const std::string& part) {
        EXPECT_NE(problem.find(part), std::string::npos) << problem;
    };
    expect(fail_at("INIT", "ERROR15"), "ERROR15: the tracker cannot initialise itself");
    expect(fail_at("INIT", ""), "nothing answers INIT");
    expect(fail_at("PHSR:01", "0x"), "cannot be read");
    expect(fail_at("PHRQ", "ERROR2D"), "all port handles are in use");
    expect(fail_at("PINIT", "ERROR40", true), "refuses the tool file");
    expect(fail_at("PINIT", "ERROR40"), "refuses the built-in tool");
    expect(fail_at("PHSR:03", "00"), "no passive port");
    expect(fail_at("TSTART", "ERROR39"), "another program controls the tracker");
    expect(fail_at("TSTART", ""), "stopped answering");
    EXPECT_EQ(fail_at("VER", "ERROR01"), "") << "not needed";
    EXPECT_EQ(fail_at("APIREV", "ERROR01"), "") << "an older tracker";
}

TEST(NdiHandles, AreReadWhereTheyFit)
{
    bool valid = false;
    EXPECT_EQ(parse_ndi_handles("020A0310B001", valid), (std::vector{0x0A, 0x0B}));
    EXPECT_TRUE(valid);
    EXPECT_TRUE(parse_ndi_handles("00", valid).empty());
    EXPECT_TRUE(valid);
    for (const char* bad : {"", "0", "01", "0100", "010A0310B001", "01ZZ001", "FF0A031"}) {
        EXPECT_TRUE(parse_ndi_handles(bad, valid).empty()) << bad;
        EXPECT_FALSE(valid) << bad;
    }
}

TEST(NdiTool, IsReadFromAFile)
{
    const TemporaryFolder folder;
    const auto tool = builtin_ndi_tool();
    EXPECT_TRUE(is_ndi_tool(tool));
    const auto file = folder.write("a.rom", std::string(tool.begin(), tool.begin() + 752));
    EXPECT_EQ(read_ndi_tool(file), tool);
    EXPECT_THROW(read_ndi_tool(folder.path() / "absent.rom"), std::runtime_error);
    EXPECT_THROW(read_ndi_tool(folder.write("empty.rom", "")), std::runtime_error);
    EXPECT_THROW(read_ndi_tool(folder.write("long.rom", std::string(1025, '\0'))), std::runtime_error);
    std::string damaged(tool.begin(), tool.begin() + 752);
    damaged[100] = static_cast<char>(damaged[100] + 1);
    EXPECT_THROW(read_ndi_tool(folder.write("damaged.rom", damaged)), std::runtime_error);
}

}  // namespace
}  // namespace foretide::acquisition
