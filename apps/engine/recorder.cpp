// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/engine/recorder.h"

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "apps/engine/alarm_watch.h"
#include "core/rt/thread.h"

namespace foretide::apps {

namespace {

using core::Alarm;
using core::Clock;
using core::TimePoint;

constexpr core::Duration kBehindShown = std::chrono::seconds(1);
constexpr double kBlockedDisk_s = 10;
constexpr std::size_t kFewestSlots = 256;

}  // namespace

struct Recorder::Impl {
    Impl(core::SlotRing<core::EngineRecord>& ring_to_empty, core::AlarmBoard& board, const RecorderConfig& settings)
        : ring(ring_to_empty), alarms(board), config(settings), watch(board), thread([this] { run(); })
    {
    }

    void run();
    void answer_requests();
    void take();
    void raise_alarms(TimePoint now);
    void publish();
    std::string begin(const std::filesystem::path& file, const core::SessionHeader& header);
    std::string end(const std::string& summary_json);
    /// Dropped by the ring since the session began, and not yet missed in the backlog.
    std::int64_t dropped_unnamed() const;
    void post(std::function<void()> request);

    core::SlotRing<core::EngineRecord>& ring;
    core::AlarmBoard& alarms;
    const RecorderConfig config;

    // The recorder's thread only.
    AlarmWatch watch;
    std::optional<SessionRecording> session;
    std::uint64_t dropped_before = 0;  // by the ring, before the session
    std::int64_t lost_seen = 0;
    std::optional<TimePoint> behind_since;

    // Any thread, under the mutex.
    mutable std::mutex mutex;
    std::condition_variable wake;
    std::deque<std::function<void()>> requests;
    bool quit = false;
    RecorderStatus shown;

    std::thread thread;  // last: everything above is there when it begins
};

Recorder::Recorder(core::SlotRing<core::EngineRecord>& ring, core::AlarmBoard& alarms, const RecorderConfig& config)
    : impl_(std::make_unique<Impl>(ring, alarms, config))
{
}

Recorder::~Recorder()
{
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->quit = true;
    }
    impl_->wake.notify_one();
    impl_->thread.join();
}

std::size_t Recorder::ring_slots(double records_per_s)
{
    return std::max(kFewestSlots, static_cast<std::size_t>(std::ceil(kBlockedDisk_s * records_per_s)));
}

std::future<std::string> Recorder::start(std::filesystem::path file, core::SessionHeader header)
{
    const auto answer = std::make_shared<std::promise<std::string>>();
    impl_->post([impl = impl_.get(), answer, file = std::move(file), header = std::move(header)] {
        answer->set_value(impl->begin(file, header));
    });
    return answer->get_future();
}

std::future<std::string> Recorder::stop(std::string summary_json)
{
    const auto answer = std::make_shared<std::promise<std::string>>();
    impl_->post([impl = impl_.get(), answer, json = std::move(summary_json)] { answer->set_value(impl->end(json)); });
    return answer->get_future();
}

void Recorder::note(std::string text)
{
    impl_->post([impl = impl_.get(), record = core::NoteRecord{Clock::now(), std::move(text)}] {
        if (impl->session) impl->session->backlog().add(core::SessionEntry(record), record.time);
    });
}

RecorderStatus Recorder::status() const
{
    const std::lock_guard lock(impl_->mutex);
    return impl_->shown;
}

void Recorder::Impl::post(std::function<void()> request)
{
    {
        const std::lock_guard lock(mutex);
        requests.push_back(std::move(request));
    }
    wake.notify_one();
}

void Recorder::Impl::run()
{
    static_cast<void>(core::set_thread_name("recorder"));  // for people who look; nothing depends on it
    for (bool go_on = true; go_on;) {
        {
            std::unique_lock lock(mutex);
            wake.wait_for(lock, config.poll, [this] { return quit || !requests.empty(); });
            go_on = !quit || !requests.empty();
        }
        answer_requests();
        take();
        const TimePoint now = Clock::now();
        if (session) session->write_if_due(now);
        raise_alarms(now);
        publish();
    }
    if (session) end({});
}

void Recorder::Impl::answer_requests()
{
    for (;;) {
        std::function<void()> request;
        {
            const std::lock_guard lock(mutex);
            if (requests.empty()) return;
            request = std::move(requests.front());
            requests.pop_front();
        }
        request();
    }
}

/// At most what fits into the ring at once: the producer goes on.
void Recorder::Impl::take()
{
    const TimePoint now = Clock::now();
    std::size_t most = ring.capacity();
    for (const core::EngineRecord* record = nullptr; most > 0 && (record = ring.front()) != nullptr; --most) {
        if (session) {
            if (record->kind == core::EngineRecord::Kind::command) watch.see(record->command);
            session->backlog().add(*record, now);
        }
        ring.pop();
    }
    if (!session) return;
    watch.look(now,
               [&](core::AlarmRecord alarm) { session->backlog().add(core::SessionEntry(std::move(alarm)), now); });
}

std::int64_t Recorder::Impl::dropped_unnamed() const
{
    const auto dropped = static_cast<std::int64_t>(ring.dropped() - dropped_before);
    return std::max<std::int64_t>(dropped - session->backlog().lost_before(), 0);
}

void Recorder::Impl::raise_alarms(TimePoint now)
{
    if (!session) return;
    alarms.set(Alarm::recorder_failed, session->failing(), now);
    const std::int64_t lost = session->backlog().lost().total() + dropped_unnamed();
    if (lost > lost_seen) {
        behind_since = now;
        alarms.raise(Alarm::recorder_behind, now);
    } else if (behind_since && now - *behind_since > kBehindShown) {
        behind_since.reset();
        alarms.clear(Alarm::recorder_behind, now);
    }
    lost_seen = lost;
}

std::string Recorder::Impl::begin(const std::filesystem::path& file, const core::SessionHeader& header)
{
    const TimePoint now = Clock::now();
    if (session) return session->file().string() + ": is being recorded already; stop it first";
    try {
        session.emplace(file, header, config.recording);
    } catch (const std::exception& error) {
        alarms.raise(Alarm::recorder_failed, now);
        const std::lock_guard lock(mutex);
        shown.last_error = error.what();
        return error.what();
    }
    alarms.clear(Alarm::recorder_failed, now);
    alarms.clear(Alarm::recorder_behind, now);
    watch.begin();
    behind_since.reset();
    dropped_before = ring.dropped();
    lost_seen = 0;
    publish();
    return {};
}

std::string Recorder::Impl::end(const std::string& summary_json)
{
    if (!session) return "nothing is being recorded; start a recording first";
    take();
    const TimePoint now = Clock::now();
    if (const std::int64_t unnamed = dropped_unnamed(); unnamed > 0) session->backlog().missed_unknown(unnamed, now);
    const std::string missing = session->finish(summary_json);
    raise_alarms(now);
    publish();
    session.reset();
    const std::lock_guard lock(mutex);
    shown.recording = false;
    return missing;
}

void Recorder::Impl::publish()
{
    if (!session) return;
    RecorderStatus s;
    s.recording = true;
    s.file = session->file();
    s.bytes = session->bytes();
    s.records = session->records();
    s.waiting = static_cast<std::int64_t>(session->backlog().size());
    s.lost = session->backlog().lost();
    s.lost.unknown += dropped_unnamed();
    s.failing = session->failing();
    s.failures = session->failures();
    s.last_error = session->last_error();
    s.last_commit = session->last_commit();
    const std::lock_guard lock(mutex);
    shown = std::move(s);
}

}  // namespace foretide::apps
