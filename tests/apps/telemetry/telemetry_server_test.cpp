// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/telemetry/telemetry_server.h"

#include <algorithm>
#include <chrono>
#include <igtlClientSocket.h>
#include <igtlStatusMessage.h>
#include <igtlStringMessage.h>
#include <igtlTrackingDataMessage.h>
#include <map>
#include <memory>
#include <stdexcept>
#include <sys/socket.h>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "acquisition/igtl/tracked_positions.h"
#include "apps/engine/telemetry/telemetry_client.h"
#include "tests/apps/telemetry/fake_engine.h"

namespace foretide::apps {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

class Telemetry : public ::testing::Test {
protected:
    Telemetry() : server(config(file.path().string()), engine) {}

    static TelemetryConfig config(const std::string& tokens)
    {
        TelemetryConfig config;
        config.port = 0;
        config.token_file = tokens;
        return config;
    }
    acquisition::HostPort address() const { return {"127.0.0.1", server.port()}; }

    template <class Condition>
    static bool wait_until(Condition&& met, core::Duration patience = 5s)
    {
        const auto until = core::Clock::now() + patience;
        while (!met()) {
            if (core::Clock::now() >= until) return false;
            std::this_thread::sleep_for(1ms);
        }
        return true;
    }

    /// The next message of this type and device, while the engine publishes at 100 Hz.
    bool next(TelemetryClient& client, std::string_view type, std::string_view device,
              acquisition::IgtlMessage& message)
    {
        const auto until = core::Clock::now() + 5s;
        while (core::Clock::now() < until) {
            engine.publish();
            while (client.next(message, core::Clock::now() + 10ms))
                if (message.header.type_name() == type && message.header.device_name() == device) return true;
        }
        return false;
    }
    Json next_json(TelemetryClient& client, std::string_view device)
    {
        acquisition::IgtlMessage message;
        std::string_view text;
        if (!next(client, "STRING", device, message) || !acquisition::decode_igtl_string(message, text))
            throw std::runtime_error("no " + std::string(device));
        return Json::parse(text);
    }

    static TelemetryClient::Attributes anna() { return {{"Operator", "anna"}, {"Token", tests::kToken}}; }

    tests::FakeEngine engine;
    tests::TokenFile file;
    TelemetryServer server;
};

TEST_F(Telemetry, TellsEveryClientTheSessionStateAndForecast)
{
    TelemetryClient first(address(), 1s), second(address(), 1s);
    for (TelemetryClient* client : {&first, &second}) {
        EXPECT_EQ(next_json(*client, "Foretide.Session")["patient"], "P-17");
        EXPECT_EQ(next_json(*client, "Foretide.State")["reason"], "not_armed");
        EXPECT_EQ(next_json(*client, "Foretide.Forecast")["horizons_s"].size(), 4U);
    }
    EXPECT_EQ(server.counts().clients, 2);
    EXPECT_EQ(server.counts().dropped, 0);
}

TEST_F(Telemetry, SendsMeasuredAndForecastPositions)
{
    TelemetryClient client(address(), 1s);
    engine.publish([](EngineSnapshot& s) { s.visible[1] = 0; });
    acquisition::IgtlMessage message;
    ASSERT_TRUE(next(client, "TDATA", "Foretide", message));
    const acquisition::TrackedPositions tools(message);
    std::map<std::string, double> x;
    for (std::size_t i = 0; i < tools.size(); ++i) x[std::string(tools[i].name)] = tools[i].position_mm[0];
    const std::map<std::string, double> expected{{"M1", 0},         {"M3", 6},         {"M1@0.50s", 118},
                                                 {"M2@0.50s", 121}, {"M3@0.50s", 124}, {"M1@0.10s", 100},
                                                 {"M2@0.10s", 103}, {"M3@0.10s", 106}};
    EXPECT_EQ(x, expected);
    EXPECT_NEAR(core::to_seconds(message.header.time), 1.7e9, 60) << "the session's time of day";
}

TEST_F(Telemetry, TellsAChangeAtOnce)
{
    TelemetryClient client(address(), 1s);
    next_json(client, "Foretide.State");
    const auto begin = core::Clock::now();
    for (int i = 0; i < 10; ++i) {
        const bool on = i % 2 == 0;
        engine.publish([on](EngineSnapshot& s) {
            s.sample.beam = on ? core::BeamCommand::on : core::BeamCommand::hold;
            s.sample.reason = on ? core::HoldReason::none : core::HoldReason::outside;
        });
        acquisition::IgtlMessage message;
        acquisition::IgtlStatus status;
        do ASSERT_TRUE(client.next(message, core::Clock::now() + 2s));
        while (!acquisition::decode_igtl_status(message, status) || (status.text == "BEAM ON") != on);
        EXPECT_EQ(status.error, on ? "on" : "outside");
        std::string_view text;
        do ASSERT_TRUE(client.next(message, core::Clock::now() + 2s));
        while (!acquisition::decode_igtl_string(message, text) || Json::parse(text)["beam"] != (on ? "on" : "hold"));
    }
    EXPECT_LT(core::Clock::now() - begin, 500ms) << "not at the pace of the display, 100 ms each";
}

TEST_F(Telemetry, DisplayTextsComeAtMostTenTimesASecond)
{
    TelemetryClient client(address(), 1s);
    next_json(client, "Foretide.Forecast");
    int forecasts = 0, positions = 0;
    acquisition::IgtlMessage message;
    const auto begin = core::Clock::now();
    while (core::Clock::now() - begin < 500ms) {
        engine.publish();
        while (client.next(message, core::Clock::now() + 5ms)) {
            forecasts += message.header.device_name() == "Foretide.Forecast" ? 1 : 0;
            positions += message.header.type_name() == "TDATA" ? 1 : 0;
        }
    }
    EXPECT_GE(forecasts, 1);
    EXPECT_LE(forecasts, 6);
    EXPECT_GT(positions, 2 * forecasts) << "every sample";
}

TEST_F(Telemetry, HoldsWithoutAToken)
{
    TelemetryClient client(address(), 1s);
    const auto begin = core::Clock::now();
    const auto answer = client.command("Hold", {}, 1s);
    EXPECT_TRUE(answer.accepted);
    EXPECT_EQ(answer.text, "done");
    EXPECT_LT(core::Clock::now() - begin, 500ms);
    ASSERT_EQ(engine.commands().size(), 1U);
    EXPECT_TRUE(std::string(engine.commands()[0].station.c_str()).starts_with("127.0.0.1:"));
}

TEST_F(Telemetry, ReleasesWithTheRightTokenOnly)
{
    TelemetryClient client(address(), 1s);
    EXPECT_FALSE(client.command("Release", {}, 2s).accepted);
    EXPECT_FALSE(client.command("Release", {{"Operator", "anna"}, {"Token", "0123456789abcdeX"}}, 2s).accepted);
    EXPECT_TRUE(engine.commands().empty());
    EXPECT_TRUE(client.command("Arm", anna(), 2s).accepted);
    EXPECT_EQ(client.command("Release", anna(), 2s).text, "arm first") << "the engine's own answer";
    EXPECT_EQ(engine.commands().size(), 2U);
    EXPECT_TRUE(wait_until([&] { return server.counts().commands_refused == 3; }));
    EXPECT_EQ(server.counts().commands_accepted, 1);
}

TEST_F(Telemetry, AnswersInPlussForm)
{
    auto client = igtl::ClientSocket::New();
    ASSERT_EQ(client->ConnectToServer("127.0.0.1", server.port()), 0);
    client->SetReceiveTimeout(3000);
    auto command = igtl::StringMessage::New();
    command->SetDeviceName("CMD_abc-42");
    command->SetString("<Command Name=\"Hold\" />");
    command->Pack();
    ASSERT_EQ(client->Send(command->GetPackPointer(), command->GetPackSize()), 1);
    std::string answer;
    for (int i = 0; i < 1000 && answer.empty(); ++i) {
        auto header = igtl::MessageHeader::New();
        header->InitPack();
        ASSERT_EQ(client->Receive(header->GetPackPointer(), header->GetPackSize()), header->GetPackSize());
        header->Unpack();
        auto text = igtl::StringMessage::New();
        text->SetMessageHeader(header);
        text->AllocatePack();
        ASSERT_EQ(client->Receive(text->GetPackBodyPointer(), text->GetPackBodySize()), text->GetPackBodySize());
        ASSERT_NE(text->Unpack(1) & igtl::MessageHeader::UNPACK_BODY, 0);
        if (std::string(header->GetDeviceName()) == "ACK_abc-42") answer = text->GetString();
    }
    EXPECT_EQ(answer, "<Command Status=\"SUCCESS\" Message=\"done\"/>");
}

/// A client of the library's own classes, as its examples are, sees a message of every kind.
TEST_F(Telemetry, IsReadByTheLibrarysClient)
{
    auto client = igtl::ClientSocket::New();
    ASSERT_EQ(client->ConnectToServer("127.0.0.1", server.port()), 0);
    client->SetReceiveTimeout(3000);
    bool positions = false, state = false, status_seen = false;
    for (int i = 0; i < 200 && !(positions && state && status_seen); ++i) {
        engine.publish();
        auto header = igtl::MessageHeader::New();
        header->InitPack();
        ASSERT_EQ(client->Receive(header->GetPackPointer(), header->GetPackSize()), header->GetPackSize());
        header->Unpack();
        const std::string type = header->GetDeviceType();
        const auto receive = [&](auto message) {
            message->SetMessageHeader(header);
            message->AllocatePack();
            EXPECT_EQ(client->Receive(message->GetPackBodyPointer(), message->GetPackBodySize()),
                      message->GetPackBodySize());
            EXPECT_NE(message->Unpack(1) & igtl::MessageHeader::UNPACK_BODY, 0) << type;
            return message;
        };
        if (type == "TDATA") {
            const auto message = receive(igtl::TrackingDataMessage::New());
            ASSERT_EQ(message->GetNumberOfTrackingDataElements(), 9);
            igtl::TrackingDataElement::Pointer tool;
            message->GetTrackingDataElement(1, tool);
            float p[3];
            tool->GetPosition(p);
            EXPECT_STREQ(tool->GetName(), "M2");
            EXPECT_EQ(p[2], 5.0F);
            positions = true;
        } else if (type == "STATUS") {
            const auto message = receive(igtl::StatusMessage::New());
            EXPECT_EQ(message->GetCode(), igtl::StatusMessage::STATUS_NOT_READY);
            EXPECT_STREQ(message->GetStatusString(), "HOLD: the beam has not been released");
            status_seen = true;
        } else {
            ASSERT_EQ(type, "STRING");
            const auto message = receive(igtl::StringMessage::New());
            const Json json = Json::parse(message->GetString());
            state = state || json["type"] == "state";
        }
    }
    EXPECT_TRUE(positions && state && status_seen);
}

TEST_F(Telemetry, DropsAStuckClientAndServesTheOthers)
{
    acquisition::WakeEvent wake;
    acquisition::TcpConnector connector(address(), "engine", 1s);
    bool woken = false;
    ASSERT_EQ(connector.advance(wake, core::Clock::now() + 1s, woken), acquisition::TcpConnector::State::connected);
    const acquisition::Descriptor stuck(connector.release());
    const int smallest = 1;
    ::setsockopt(stuck.get(), SOL_SOCKET, SO_RCVBUF, &smallest, sizeof smallest);

    TelemetryClient client(address(), 1s);
    acquisition::IgtlMessage message;
    core::Duration longest{0};
    const auto begin = core::Clock::now();
    auto last = begin;
    std::int64_t sample = 0;
    // Changes of state make it 60 KiB and more a second.
    while (server.counts().dropped == 0 && core::Clock::now() - begin < 20s) {
        engine.publish([&](EngineSnapshot& s) { s.learning = ++sample % 2 == 0; });
        while (client.next(message, core::Clock::now() + 1ms)) {
            longest = std::max(longest, core::Clock::now() - last);
            last = core::Clock::now();
        }
    }
    EXPECT_EQ(server.counts().dropped, 1);
    EXPECT_LT(longest, 500ms) << "the others go on";
    EXPECT_TRUE(engine.alarms().status(core::Alarm::telemetry_client_dropped).shown);
    EXPECT_TRUE(client.command("Hold", {}, 1s).accepted);
    EXPECT_EQ(server.counts().clients, 1);
}

TEST_F(Telemetry, DropsAClientThatDoesNotSpeakOpenIgtLink)
{
    acquisition::WakeEvent wake;
    acquisition::TcpConnector connector(address(), "engine", 1s);
    bool woken = false;
    ASSERT_EQ(connector.advance(wake, core::Clock::now() + 1s, woken), acquisition::TcpConnector::State::connected);
    const acquisition::Descriptor socket(connector.release());
    const std::string noise(4096, 'x');
    ASSERT_TRUE(wait_until([&] {
        (void)::send(socket.get(), noise.data(), noise.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        return server.counts().dropped == 1;
    }));
}

TEST_F(Telemetry, MakesRoomForAHold)
{
    std::vector<std::unique_ptr<TelemetryClient>> watchers;
    for (int i = 0; i < 32; ++i) watchers.push_back(std::make_unique<TelemetryClient>(address(), 1s));
    EXPECT_TRUE(watchers[0]->command("Alive", anna(), 2s).accepted);
    TelemetryClient another(address(), 1s);
    EXPECT_TRUE(another.command("Hold", {}, 2s).accepted);
    EXPECT_LE(server.counts().clients, 32);
    EXPECT_TRUE(watchers[0]->command("Alive", {}, 2s).accepted) << "the operator's station stays";
}

TEST_F(Telemetry, HonoursRequests)
{
    TelemetryClient client(address(), 1s);
    acquisition::IgtlBytes bytes;
    acquisition::IgtlMessage message;
    ASSERT_TRUE(next(client, "TDATA", "Foretide", message));
    // A bare connection beside it, for requests.
    acquisition::WakeEvent wake;
    acquisition::TcpConnector connector(address(), "engine", 1s);
    bool woken = false;
    ASSERT_EQ(connector.advance(wake, core::Clock::now() + 1s, woken), acquisition::TcpConnector::State::connected);
    const acquisition::Descriptor socket(connector.release());
    acquisition::append_igtl_request(bytes, {"me"}, "STP_TDATA");
    acquisition::append_igtl_request(bytes, {"me"}, "GET_CAPABIL");
    ASSERT_EQ(::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    acquisition::IgtlStreamReader reader(1 << 18);
    std::vector<std::string> types;
    const auto until = core::Clock::now() + 1s;
    while (core::Clock::now() < until) {
        engine.publish();
        if (acquisition::wait_for(socket.get(), false, wake, core::Clock::now() + 10ms) !=
            acquisition::WaitResult::ready)
            continue;
        const auto space = reader.space();
        const ssize_t n = ::recv(socket.get(), space.data(), space.size(), MSG_DONTWAIT);
        ASSERT_GT(n, 0);
        reader.received(static_cast<std::size_t>(n));
        while (reader.next(message) == acquisition::IgtlStreamReader::Result::message)
            types.emplace_back(message.header.type_name());
    }
    const auto reply = std::find(types.begin(), types.end(), "RTS_TDATA");
    ASSERT_NE(reply, types.end());
    EXPECT_EQ(std::find(reply, types.end(), "TDATA"), types.end()) << "stopped";
    EXPECT_NE(std::find(types.begin(), types.end(), "CAPABILITY"), types.end());
    EXPECT_NE(std::find(reply, types.end(), "STRING"), types.end()) << "the state goes on";
}

TEST(TelemetryServer, SaysWhyItCannotListen)
{
    tests::FakeEngine engine;
    TelemetryConfig config;
    config.port = 0;
    const TelemetryServer first(config, engine);
    config.port = first.port();
    const auto message = [&] {
        try {
            TelemetryServer{config, engine};
            return std::string();
        } catch (const std::runtime_error& error) {
            return std::string(error.what());
        }
    };
    EXPECT_NE(message().find("is another engine running"), std::string::npos) << message();
    config.listen = "everywhere";
    EXPECT_NE(message().find("no numeric address"), std::string::npos) << message();
    config.listen = "127.0.0.1";
    config.port = 0;
    config.token_file = "/no/such/file";
    EXPECT_NE(message().find("/no/such/file"), std::string::npos) << message();
}

}  // namespace
}  // namespace foretide::apps
