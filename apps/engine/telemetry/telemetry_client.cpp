// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/telemetry/telemetry_client.h"

#include <cerrno>
#include <span>
#include <stdexcept>
#include <string_view>
#include <sys/socket.h>
#include <system_error>

#include "apps/engine/telemetry/command_xml.h"

namespace foretide::apps {

namespace {

using acquisition::WaitResult;

constexpr std::size_t kMaxMessage = 256UL * 1024;
constexpr core::Duration kSendPatience = std::chrono::seconds(1);
constexpr std::string_view kAnswerPrefix = "ACK_";

}  // namespace

TelemetryClient::TelemetryClient(const acquisition::HostPort& engine, core::Duration patience)
    : engine_(engine), reader_(kMaxMessage)
{
    acquisition::TcpConnector connector(engine, "engine (foretide serve, with telemetry)", patience);
    bool woken = false;
    auto state = acquisition::TcpConnector::State::working;
    while (state == acquisition::TcpConnector::State::working)
        state = connector.advance(wake_, core::Clock::now() + patience, woken);
    if (state == acquisition::TcpConnector::State::failed) throw std::runtime_error(connector.error());
    socket_.reset(connector.release());
}

void TelemetryClient::send_all(const acquisition::IgtlBytes& bytes, core::TimePoint until)
{
    for (std::span<const std::byte> left(bytes); !left.empty();) {
        const ssize_t n = ::send(socket_.get(), left.data(), left.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0) {
            left = left.subspan(static_cast<std::size_t>(n));
        } else if (errno != EAGAIN && errno != EINTR) {
            throw std::runtime_error("the connection to " + engine_.text() +
                                     " broke: " + std::generic_category().message(errno));
        } else if (acquisition::wait_for(socket_.get(), true, wake_, until) != WaitResult::ready) {
            throw std::runtime_error(engine_.text() + " does not take commands: is the engine running?");
        }
    }
}

std::string TelemetryClient::send(const std::string& name, const Attributes& attributes)
{
    XmlElement command{"Command", {{"Name", name}}};
    command.attributes.insert(command.attributes.end(), attributes.begin(), attributes.end());
    const std::string uid = std::to_string(++sent_);
    acquisition::IgtlBytes bytes;
    acquisition::append_igtl_string(bytes, {"CMD_" + uid}, to_xml(command));
    send_all(bytes, core::Clock::now() + kSendPatience);
    return uid;
}

bool TelemetryClient::next(acquisition::IgtlMessage& message, core::TimePoint until)
{
    for (;;) {
        switch (reader_.next(message)) {
        case acquisition::IgtlStreamReader::Result::message:
            return true;
        case acquisition::IgtlStreamReader::Result::more:
            break;
        case acquisition::IgtlStreamReader::Result::lost:
            throw std::runtime_error("what " + engine_.text() + " sends is not an engine's telemetry: wrong port?");
        }
        if (acquisition::wait_for(socket_.get(), false, wake_, until) != WaitResult::ready) return false;
        const auto space = reader_.space();
        const ssize_t n = ::recv(socket_.get(), space.data(), space.size(), MSG_DONTWAIT);
        if (n > 0)
            reader_.received(static_cast<std::size_t>(n));
        else if (n == 0)
            throw std::runtime_error(engine_.text() + " closed the connection: was the engine stopped?");
        else if (errno != EAGAIN && errno != EINTR)
            throw std::runtime_error("the connection to " + engine_.text() +
                                     " broke: " + std::generic_category().message(errno));
    }
}

bool TelemetryClient::decode_answer(const acquisition::IgtlMessage& message, std::string& uid, Answer& answer)
{
    std::string_view text;
    const std::string_view device = message.header.device_name();
    if (!device.starts_with(kAnswerPrefix) || !acquisition::decode_igtl_string(message, text)) return false;
    uid = device.substr(kAnswerPrefix.size());
    try {
        const XmlElement element = parse_xml_element(text);
        const std::string* status = element.find("Status");
        const std::string* words = element.find("Message");
        answer.accepted = status != nullptr && *status == "SUCCESS";
        answer.text = words != nullptr ? *words : "";
    } catch (const XmlError& error) {
        answer = {false, std::string("an answer that cannot be read: ") + error.what()};
    }
    return true;
}

TelemetryClient::Answer TelemetryClient::command(const std::string& name, const Attributes& attributes,
                                                 core::Duration patience, const OnMessage& on_message)
{
    const core::TimePoint until = core::Clock::now() + patience;
    const std::string uid = send(name, attributes);
    acquisition::IgtlMessage message;
    while (next(message, until)) {
        std::string answered;
        Answer answer;
        if (decode_answer(message, answered, answer) && answered == uid) return answer;
        if (on_message) on_message(message);
    }
    throw std::runtime_error(engine_.text() + " has not answered " + name + ": is it an engine, and is it running?");
}

}  // namespace foretide::apps
