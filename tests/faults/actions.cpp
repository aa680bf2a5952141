// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "tests/faults/actions.h"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <functional>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>

#include <gtest/gtest.h>

#include "acquisition/igtl/message_writer.h"
#include "tests/faults/small_disk.h"

namespace foretide::tests {

namespace {

using namespace std::chrono_literals;
using core::Clock;

bool shown(Rig& rig, const char* alarm, core::Duration patience = 10s)
{
    return rig.station().await(
        [&] { return !rig.station().states().empty() && rig.station().states().back().shows(alarm); }, patience);
}

bool streams(Rig& rig, core::Duration patience = 20s)
{
    return rig.station().await(
        [&] {
            const auto& state = rig.station().newest();
            return !state.is_null() && state["source"]["state"] == "streaming" && state["sample"]["index"] >= 0;
        },
        patience);
}

bool beam_on(Rig& rig, core::Duration patience = 20s)
{
    return rig.station().await([&] { return rig.station().beam_on(); }, patience);
}

/// Longest time without a command, or without a state, since then.
double longest_pause_s(Rig& rig, core::TimePoint since)
{
    double longest = 0;
    const auto look = [&](const auto& seen) {
        core::TimePoint last = since;
        for (const auto& s : seen) {
            if (s.received <= since) continue;
            longest = std::max(longest, core::to_seconds(s.received - last));
            last = s.received;
        }
    };
    look(rig.station().commands());
    look(rig.station().states());
    return longest;
}

/// An engine started while nobody answers at the port; then its source appears there.
Made find(Rig& rig, std::uint16_t port, const std::function<void()>& make_way)
{
    Made made{Clock::now(), {}, {}};
    rig.start_engine(port);
    EXPECT_TRUE(shown(rig, "source_lost"));
    const auto trouble = [&] {
        made.remark = rig.station().newest()["source"]["message"];
        return made.remark.find("127.0.0.1") != std::string::npos && !made.remark.starts_with("connecting") &&
               made.remark.find("waiting for positions") == std::string::npos;
    };
    EXPECT_TRUE(rig.station().await(trouble, 10s)) << "no words but: " << made.remark;
    EXPECT_NE(rig.station().newest()["source"]["state"], "streaming");
    make_way();
    rig.start_simulator("", port);
    made.ended = Clock::now();
    EXPECT_TRUE(streams(rig));
    EXPECT_TRUE(rig.release_beam());
    return made;
}

}  // namespace

Made find_nobody_answering(Rig& rig)
{
    acquisition::Descriptor listener;
    const std::uint16_t port = listen_on_loopback(listener, SOCK_STREAM);
    return find(rig, port, [&] { listener.reset(); });
}

Made find_the_port_closed(Rig& rig)
{
    return find(rig, free_port(), [] {});
}

Made find_another_service(Rig& rig)
{
    std::optional<Process> other(
        std::in_place, std::vector<std::string>{"sim", rig.source() == Source::ndi ? "igtl" : "ndi", "--port", "0"},
        rig.folder() / "other.txt");
    const auto port = static_cast<std::uint16_t>(std::stoi(other->word_after(" port ")));
    return find(rig, port, [&] { other.reset(); });
}

Made leave_the_connection_half_open(Rig& rig)
{
    rig.simulator().signal(SIGSTOP);
    Made made{Clock::now(), {}, {}};
    const auto connecting = [&] { return rig.station().newest()["source"]["state"] == "connecting"; };
    EXPECT_TRUE(rig.station().await(connecting, 5s)) << "still waiting for a peer that is gone";
    rig.simulator().signal(SIGCONT);
    made.ended = Clock::now();
    EXPECT_TRUE(beam_on(rig));
    return made;
}

Made fill_the_disk(Rig& rig)
{
    const auto disk = rig.session().parent_path();
    SmallDisk::fill(disk, rig.engine().id());
    Made made{Clock::now(), {}, SmallDisk::mounted(disk) ? "a tmpfs of 16 MiB" : "a limit of the file's size"};
    EXPECT_TRUE(shown(rig, "recorder_failed"));
    rig.station().watch(Clock::now() + 1s);  // the disk stays full for a while
    SmallDisk::make_room(disk, rig.engine().id());
    made.ended = Clock::now();
    const auto cleared = [&] { return !rig.station().states().back().active("recorder_failed"); };
    EXPECT_TRUE(rig.station().await(cleared, 10s)) << "does not record again";
    EXPECT_LT(longest_pause_s(rig, made.began), 0.3);
    return made;
}

Made kill_the_engine(Rig& rig)
{
    rig.engine().signal(SIGKILL);
    Made made{Clock::now(), Clock::now(), {}};
    EXPECT_TRUE(rig.station().await([&] { return !rig.engine().running(); }, 5s));
    rig.station().watch(Clock::now() + 300ms);
    return made;
}

Made keep_a_client_stuck(Rig& rig)
{
    const acquisition::Descriptor stuck(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int smallest = 1;
    ::setsockopt(stuck.get(), SOL_SOCKET, SO_RCVBUF, &smallest, sizeof smallest);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    where.sin_port = htons(rig.telemetry_port());
    EXPECT_EQ(::connect(stuck.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
    acquisition::IgtlBytes questions;
    for (int i = 0; i < 500; ++i) acquisition::append_igtl_start_tdata(questions, {"Stuck"}, core::Duration{0}, "");
    Made made{Clock::now(), {}, {}};
    const auto dropped = [&, left = 8]() mutable {  // what is sent anyway then meets full buffers
        if (left-- > 0)
            static_cast<void>(::send(stuck.get(), questions.data(), questions.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
        return rig.station().states().back().shows("telemetry_client_dropped");
    };
    EXPECT_TRUE(rig.station().await(dropped, 20s));
    made.ended = Clock::now();
    EXPECT_LT(longest_pause_s(rig, made.began), 0.3) << "the others had to wait";
    return made;
}

Made stop_the_engine(Rig& rig)
{
    rig.engine().signal(SIGSTOP);
    rig.station().watch(Clock::now() + 2s);
    const std::size_t before = rig.station().commands().size();
    rig.engine().signal(SIGCONT);
    Made made{Clock::now(), Clock::now(), {}};
    EXPECT_TRUE(rig.station().await([&] { return rig.station().commands().size() > before; }, 5s));
    EXPECT_FALSE(rig.station().commands()[before].on) << "the first command lets the beam on";
    EXPECT_TRUE(beam_on(rig));
    return made;
}

Made step_the_system_clock(Rig& rig)
{
    const auto offset = [&] {
        const auto& clock = rig.station().newest()["clock"];
        return clock["unix_s"].get<double>() - clock["engine_s"].get<double>();
    };
    const auto raised = [&] {
        for (const auto& alarm : rig.station().newest()["alarms"])
            if (alarm["name"] == "clock_stepped") return alarm["raised"].get<int>();
        return 0;
    };
    const double before = offset();
    Made made{Clock::now(), {}, {}};
    int times = 0;
    for (const std::int64_t hours : {1, -1}) {
        const std::int64_t ns = hours * 3'600'000'000'000;
        std::ofstream(rig.folder() / "clock_step", std::ios::in | std::ios::out | std::ios::binary)
            .write(reinterpret_cast<const char*>(&ns), sizeof ns);
        ++times;
        EXPECT_TRUE(rig.station().await([&] { return raised() == times; }, 3s)) << "step " << times;
        EXPECT_TRUE(rig.station().await([&] { return !rig.station().states().back().active("clock_stepped"); }, 3s));
    }
    made.ended = Clock::now();
    EXPECT_NEAR(offset(), before, 1e-3) << "time stamps moved";
    return made;
}

}  // namespace foretide::tests
