// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/telemetry/telemetry_server.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "apps/engine/telemetry/command_desk.h"
#include "apps/engine/telemetry/operator_tokens.h"
#include "apps/engine/telemetry/snapshot_json.h"
#include "apps/engine/telemetry/snapshot_messages.h"
#include "apps/engine/telemetry/telemetry_session.h"
#include "core/rt/thread.h"

namespace foretide::apps {

namespace {

namespace asio = boost::asio;
using acquisition::IgtlBytes;
using asio::ip::tcp;
using boost::system::error_code;

constexpr core::Duration kTick = std::chrono::milliseconds(2), kIdleTick = std::chrono::milliseconds(20);
constexpr core::Duration kDisplayEvery = std::chrono::milliseconds(100), kStatusEvery = std::chrono::seconds(1);
constexpr core::Duration kAfterFailure = std::chrono::milliseconds(100);
constexpr std::size_t kMaxClients = 32;
constexpr std::string_view kCommandPrefix = "CMD_";
constexpr std::array<std::string_view, 9> kTypes{"TDATA",     "STATUS",     "STRING",     "STT_TDATA",  "STP_TDATA",
                                                 "RTS_TDATA", "GET_STATUS", "CAPABILITY", "GET_CAPABIL"};

OperatorTokens tokens_of(const TelemetryConfig& config)
{
    return config.token_file.empty() ? OperatorTokens() : OperatorTokens(config.token_file);
}

/// What makes people look: told at once when it changes.
struct Summary {
    core::BeamCommand beam{};
    core::HoldReason reason{};
    acquisition::SourceState source{};
    bool armed = false, learning = false;
    std::uint32_t alarms_shown = 0;

    bool operator==(const Summary&) const = default;
};

Summary summary_of(const EngineSnapshot& s, const core::AlarmBoard& board)
{
    Summary summary{s.sample.beam, s.sample.reason, s.source_state, s.armed, s.learning, 0};
    for (int a = 0; a < core::kAlarms; ++a)
        if (board.status(static_cast<core::Alarm>(a)).shown) summary.alarms_shown |= 1U << static_cast<unsigned>(a);
    return summary;
}

}  // namespace

class TelemetryServer::Impl {
public:
    Impl(const TelemetryConfig& config, EngineControl& engine)
        : engine_(engine),
          desk_(engine, tokens_of(config),
                [this](std::uint64_t id, const std::string& uid, bool success, const std::string& text) {
                    acknowledge(id, uid, success, text);
                })
    {
        listen(config);
        thread_ = std::thread([this] { run(); });
    }

    ~Impl()
    {
        io_.stop();
        thread_.join();
    }

    std::uint16_t port() const noexcept { return port_; }

    TelemetryCounts counts() const noexcept
    {
        return {clients_.load(),  connections_.load(), dropped_.load(),
                accepted_.load(), refused_.load(),     failures_.load()};
    }

private:
    using SessionPtr = std::shared_ptr<TelemetrySession>;

    void listen(const TelemetryConfig& config);
    void run();
    void accept();
    void admit(tcp::socket socket);
    void tick();
    void turn();
    void remove_gone();
    void publish(const EngineSnapshot& snapshot, core::TimePoint now);
    void publish_positions(const EngineSnapshot& snapshot, core::TimePoint now);
    void describe_if_new();
    void broadcast(IgtlBytes bytes);
    void received(TelemetrySession& session, const acquisition::IgtlMessage& message);
    void acknowledge(std::uint64_t id, const std::string& uid, bool success, const std::string& text);

    TelemetrySession::Bytes string_message(std::string_view device, std::string_view text) const;
    core::Duration now_of_day() const { return time_of_day(engine_.description(), core::Clock::now()); }

    EngineControl& engine_;
    asio::io_context io_{1};
    tcp::acceptor acceptor_{io_};
    asio::steady_timer timer_{io_};
    std::uint16_t port_ = 0;
    CommandDesk desk_;
    std::vector<SessionPtr> sessions_;
    std::uint64_t next_id_ = 1;
    bool accepting_ = false, ticking_ = false;

    const EngineDescription* described_ = nullptr;
    TelemetrySession::Bytes session_message_, status_message_;
    Summary summary_;
    std::int64_t last_sample_ = -1, last_forecast_ = -1;
    core::TimePoint last_display_{}, last_status_{};

    std::atomic<std::int64_t> clients_{0}, connections_{0}, dropped_{0}, accepted_{0}, refused_{0}, failures_{0};
    std::thread thread_;
};

void TelemetryServer::Impl::listen(const TelemetryConfig& config)
{
    const std::string where = config.listen + " port " + std::to_string(config.port);
    error_code error;
    const auto address = asio::ip::make_address(config.listen, error);
    if (error) throw std::runtime_error("telemetry: '" + config.listen + "' is no numeric address to listen at");
    const tcp::endpoint endpoint(address, config.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    if (error)
        throw std::runtime_error("telemetry cannot listen at " + where + ": " + error.message() +
                                 ": is another engine running? choose another port, or an address of this machine");
}

void TelemetryServer::Impl::run()
{
    // The name is for debuggers; that it was refused changes nothing.
    (void)core::set_thread_name("telemetry");
    for (;;) {
        try {
            if (!accepting_) accept();
            if (!ticking_) tick();
            io_.run();
            return;
        } catch (const std::exception&) {  // out of memory: the engine must not suffer from its telemetry
            ++failures_;
            for (const SessionPtr& session : sessions_) session->close();
            std::this_thread::sleep_for(kAfterFailure);
        }
    }
}

void TelemetryServer::Impl::accept()
{
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
        accepting_ = false;
        if (error == asio::error::operation_aborted) return;
        // Out of descriptors or a client that is gone again: the next may get in.
        if (!error) admit(std::move(socket));
        accept();
    });
    accepting_ = true;
}

void TelemetryServer::Impl::admit(tcp::socket socket)
{
    remove_gone();
    if (sessions_.size() >= kMaxClients) {
        const auto quiet = std::min_element(sessions_.begin(), sessions_.end(), [](const auto& a, const auto& b) {
            const bool a_known = !a->sender.operator_name.empty(), b_known = !b->sender.operator_name.empty();
            return a_known != b_known ? b_known : a->last_heard() < b->last_heard();
        });
        (*quiet)->close();
        remove_gone();
    }
    auto session = std::make_shared<TelemetrySession>(
        std::move(socket), next_id_++,
        [this](TelemetrySession& from, const acquisition::IgtlMessage& message) { received(from, message); });
    sessions_.push_back(session);
    ++connections_;
    describe_if_new();
    session->start();
    session->send(session_message_);
    last_display_ = {};  // the next snapshot shows the newcomer everything
    last_status_ = {};
    if (sessions_.size() == 1) status_message_.reset();  // of a time when nobody looked
    clients_ = static_cast<std::int64_t>(sessions_.size());
    timer_.cancel();  // wakes the idle tick
}

/// Every 2 ms while somebody is there, else every 20.
void TelemetryServer::Impl::tick()
{
    timer_.expires_after(sessions_.empty() ? kIdleTick : kTick);
    timer_.async_wait([this](error_code) {
        ticking_ = false;
        turn();
        tick();
    });
    ticking_ = true;
}

void TelemetryServer::Impl::turn()
{
    const core::TimePoint now = core::Clock::now();
    desk_.poll(now);
    if (const EngineSnapshot* snapshot = engine_.fetch()) {
        desk_.seen(*snapshot);
        if (!sessions_.empty()) publish(*snapshot, now);
    }
    for (const SessionPtr& session : sessions_) session->check(now);
    remove_gone();
    accepted_ = desk_.accepted();
    refused_ = desk_.refused();
}

void TelemetryServer::Impl::remove_gone()
{
    const core::TimePoint now = core::Clock::now();
    for (const SessionPtr& session : sessions_) {
        if (!session->dropped()) continue;
        ++dropped_;
        engine_.alarms().raise(core::Alarm::telemetry_client_dropped, now);
        engine_.alarms().clear(core::Alarm::telemetry_client_dropped, now);  // latched: shown until acknowledged
    }
    std::erase_if(sessions_, [](const SessionPtr& session) { return session->gone(); });
    clients_ = static_cast<std::int64_t>(sessions_.size());
}

TelemetrySession::Bytes TelemetryServer::Impl::string_message(std::string_view device, std::string_view text) const
{
    auto bytes = std::make_shared<IgtlBytes>();
    acquisition::append_igtl_string(*bytes, {device, now_of_day()}, text);
    return bytes;
}

/// The engine describes itself anew when it has got to know its source.
void TelemetryServer::Impl::describe_if_new()
{
    const EngineDescription& description = engine_.description();
    if (&description == described_) return;
    described_ = &description;
    session_message_ = string_message("Foretide.Session", session_json(description));
    for (const SessionPtr& session : sessions_) session->send(session_message_);
}

void TelemetryServer::Impl::broadcast(IgtlBytes bytes)
{
    const auto shared = std::make_shared<const IgtlBytes>(std::move(bytes));
    for (const SessionPtr& session : sessions_) session->send(shared);
}

void TelemetryServer::Impl::publish(const EngineSnapshot& snapshot, core::TimePoint now)
{
    describe_if_new();
    const EngineDescription& description = *described_;
    publish_positions(snapshot, now);
    const Summary summary = summary_of(snapshot, engine_.alarms());
    const bool changed = summary != summary_;
    summary_ = summary;
    if (changed || now - last_status_ >= kStatusEvery) {
        last_status_ = now;
        IgtlBytes bytes;
        append_state(bytes, description, snapshot);
        status_message_ = std::make_shared<const IgtlBytes>(std::move(bytes));
        for (const SessionPtr& session : sessions_) session->send(status_message_);
    }
    if (!changed && now - last_display_ < kDisplayEvery) return;
    IgtlBytes bytes;
    const acquisition::IgtlEnvelope state{"Foretide.State", time_of_day(description, snapshot.published)};
    acquisition::append_igtl_string(bytes, state, state_json(description, snapshot, engine_));
    if (now - last_display_ >= kDisplayEvery && snapshot.sample.index != last_forecast_) {
        last_forecast_ = snapshot.sample.index;
        const acquisition::IgtlEnvelope forecast{"Foretide.Forecast", time_of_day(description, snapshot.sample.time)};
        for (const std::string& text : forecast_json(description, snapshot))
            acquisition::append_igtl_string(bytes, forecast, text);
    }
    if (now - last_display_ >= kDisplayEvery) last_display_ = now;
    broadcast(std::move(bytes));
}

void TelemetryServer::Impl::publish_positions(const EngineSnapshot& snapshot, core::TimePoint now)
{
    if (snapshot.sample.index < 0 || snapshot.sample.index == last_sample_) return;
    last_sample_ = snapshot.sample.index;
    IgtlBytes bytes;
    append_positions(bytes, *described_, snapshot);
    const auto shared = std::make_shared<const IgtlBytes>(std::move(bytes));
    for (const SessionPtr& session : sessions_) {
        if (!session->wants_positions || now - session->last_positions < session->resolution) continue;
        session->last_positions = now;
        session->send(shared);
    }
}

void TelemetryServer::Impl::received(TelemetrySession& session, const acquisition::IgtlMessage& message)
{
    const std::string_view type = message.header.type_name(), device = message.header.device_name();
    std::string_view text;
    if (acquisition::decode_igtl_string(message, text)) {
        if (device.starts_with(kCommandPrefix))
            desk_.handle(session.sender, std::string(device.substr(kCommandPrefix.size())), text, core::Clock::now());
        return;
    }
    const acquisition::IgtlEnvelope envelope{"Foretide", now_of_day()};
    auto bytes = std::make_shared<IgtlBytes>();
    if (acquisition::decode_igtl_start(message, session.resolution)) {
        session.wants_positions = true;
        acquisition::append_igtl_reply(*bytes, envelope, "RTS_TDATA", type == "STT_TDATA");
    } else if (type == "STP_TDATA") {
        session.wants_positions = false;
        acquisition::append_igtl_reply(*bytes, envelope, "RTS_TDATA", true);
    } else if (type == "GET_STATUS") {
        if (status_message_) session.send(status_message_);
        return;
    } else if (type == "GET_CAPABIL") {
        acquisition::append_igtl_capability(*bytes, envelope, kTypes);
    } else {
        return;  // what else a station may say does not concern the engine
    }
    session.send(bytes);
}

void TelemetryServer::Impl::acknowledge(std::uint64_t id, const std::string& uid, bool success, const std::string& text)
{
    const auto found = std::find_if(sessions_.begin(), sessions_.end(),
                                    [id](const SessionPtr& session) { return session->sender.id == id; });
    if (found == sessions_.end()) return;
    const XmlElement reply{"Command", {{"Status", success ? "SUCCESS" : "FAIL"}, {"Message", text}}};
    (*found)->send(string_message("ACK_" + uid, to_xml(reply)));
}

TelemetryServer::TelemetryServer(const TelemetryConfig& config, EngineControl& engine)
    : impl_(std::make_unique<Impl>(config, engine))
{
}

TelemetryServer::~TelemetryServer() = default;

std::uint16_t TelemetryServer::port() const noexcept { return impl_->port(); }
TelemetryCounts TelemetryServer::counts() const noexcept { return impl_->counts(); }

}  // namespace foretide::apps
