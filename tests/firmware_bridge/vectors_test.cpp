// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// The vector files are what firmware is held against (firmware_bridge/vectors/README.md). Each is made anew from the
// host's C code and compared with the committed one; FORETIDE_WRITE_VECTORS=1 writes them.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "tests/firmware_bridge/vector_file.h"

namespace foretide::firmware_bridge {
namespace {

using namespace std::chrono_literals;
using core::BeamCommand;

/// A host at 30 Hz whose link neither loses nor delays, unless the scenario does so. Short dwell: short files.
class Scenario {
public:
    explicit Scenario(const std::string& title)
    {
        recorder.comment("SPDX-License-Identifier: Apache-2.0");
        recorder.comment("SPDX-FileCopyrightText: The Foretide authors");
        recorder.comment(title);
        config.dwell_us = 150000;
        config.controller_id = 42;
        recorder.reset(config, 3, 0x1234ABCD, now_us);
    }

    core::TimePoint time() const { return at_us(static_cast<std::int64_t>(now_us) + 1'000'000); }  // the host's clock

    void give(const Bytes& bytes)
    {
        last_frame = bytes;
        answer(recorder.frame(now_us, bytes));
    }
    void answer(const Bytes& reply)
    {
        if (!reply.empty()) host.receive(reply, time());
    }
    void connect()
    {
        const EncodedFrame hello = host.advance(time());
        ASSERT_GT(hello.size, 0U);
        give({hello.bytes.begin(), hello.bytes.begin() + static_cast<std::ptrdiff_t>(hello.size)});
        ASSERT_TRUE(host.connection.connected());
    }
    Bytes next(BeamCommand beam, core::Duration age = 40ms)
    {
        LinkCommand command = good_command(time() - age, beam, epoch);
        if (spoil) spoil(command);
        const EncodedFrame frame = host.stream.next(command, time());
        return {frame.bytes.begin(), frame.bytes.begin() + static_cast<std::ptrdiff_t>(frame.size)};
    }
    /// Commands every 33 ms, polls between them.
    void run(int commands, BeamCommand beam, core::Duration age = 40ms)
    {
        for (int i = 0; i < commands; ++i) {
            give(next(beam, age));
            quiet(33000, 11000);
        }
    }
    void quiet(std::uint64_t us, std::uint64_t step_us)
    {
        for (const std::uint64_t end = now_us + us; now_us < end;) {
            now_us += step_us;
            answer(recorder.poll(now_us));
        }
    }
    void come_on()
    {
        connect();
        run(6, BeamCommand::hold);
        ++epoch;
        run(3, BeamCommand::on);
        EXPECT_TRUE(recorder.controller().enabled());
    }

    ft_controller_config config = default_controller();
    VectorRecorder recorder;
    VirtualHost host;
    std::uint64_t now_us = 5000;
    std::uint32_t epoch = 11;
    std::function<void(LinkCommand&)> spoil;
    Bytes last_frame;
};

void expect_same(const std::string& name, const VectorRecorder& recorder)
{
    const std::filesystem::path file =
        std::filesystem::path(FORETIDE_SOURCE_DIR) / "firmware_bridge/vectors" / (name + ".txt");
    if (std::getenv("FORETIDE_WRITE_VECTORS") != nullptr) std::ofstream(file) << recorder.text();
    std::ifstream in(file);
    ASSERT_TRUE(in) << file << " cannot be read; FORETIDE_WRITE_VECTORS=1 makes it";
    const std::string committed{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(committed, recorder.text()) << file << ": what the C code does now differs";
    EXPECT_EQ(rerun_vectors(committed), committed);
}

TEST(Vectors, Normal)
{
    Scenario s("Connection, dwell, release, beam on, off and on again.");
    s.come_on();
    s.run(2, BeamCommand::hold);
    s.run(2, BeamCommand::on);
    EXPECT_TRUE(s.recorder.controller().enabled());
    expect_same("normal", s.recorder);
}

TEST(Vectors, Silence)
{
    Scenario s("Silence with the beam on: held within 100 ms, latched until a new release and the dwell time.");
    s.come_on();
    s.quiet(55000, 11000);
    EXPECT_TRUE(s.recorder.controller().enabled());
    s.quiet(40000, 1000);
    EXPECT_FALSE(s.recorder.controller().enabled());
    s.run(8, BeamCommand::on);
    EXPECT_EQ(ft_controller_state(&s.recorder.controller().state), FT_STATE_UNARMED);
    ++s.epoch;
    s.run(2, BeamCommand::on);
    EXPECT_TRUE(s.recorder.controller().enabled());
    expect_same("silence", s.recorder);
}

TEST(Vectors, Age)
{
    Scenario s("Samples too old: at their arrival, and while waiting. Held, and on again after the dwell time.");
    s.come_on();
    s.run(2, BeamCommand::on, 260ms);
    EXPECT_FALSE(s.recorder.controller().enabled());
    s.run(6, BeamCommand::on);
    EXPECT_TRUE(s.recorder.controller().enabled());
    s.give(s.next(BeamCommand::on, 200ms));
    s.quiet(60000, 1000);
    EXPECT_EQ(ft_controller_reason(&s.recorder.controller().state), FT_REASON_AGE);
    s.run(6, BeamCommand::on);
    EXPECT_TRUE(s.recorder.controller().enabled());
    expect_same("age", s.recorder);
}

TEST(Vectors, WrongFrames)
{
    Scenario s("Frames to refuse: bits flipped, old, far ahead, of another connection or version, cut, ON in doubt.");
    s.come_on();
    const Bytes good = s.last_frame;
    for (const std::size_t at : {0U, 4U, 5U, 17U, 32U, 99U}) {
        Bytes wrong = s.next(BeamCommand::on);
        wrong[at] ^= 0x10U;
        s.give(wrong);
        s.quiet(3000, 3000);
    }
    s.recorder.comment("the same frame again");
    s.give(good);
    s.quiet(20000, 20000);
    ft_frame frame;
    ASSERT_EQ(ft_decode(good.data(), good.size(), &frame), FT_ANSWER_TAKEN);
    const auto altered = [&](const char* what, auto change) {
        s.recorder.comment(what);
        ft_frame other;
        const Bytes fresh = s.next(BeamCommand::on);
        ASSERT_EQ(ft_decode(fresh.data(), fresh.size(), &other), FT_ANSWER_TAKEN);
        change(other);
        s.give(encoded(other));
        s.quiet(22000, 11000);
        s.run(1, BeamCommand::on);
    };
    altered("an older number", [](ft_frame& f) { f.header.sequence -= 20; });
    altered("too far ahead", [](ft_frame& f) { f.header.sequence += FT_SEQUENCE_JUMP + 20; });
    altered("another host's nonce", [](ft_frame& f) { f.header.host_nonce ^= 1U; });
    altered("another controller's nonce", [](ft_frame& f) { f.header.controller_nonce ^= 1U; });
    altered("neither ON nor HOLD", [](ft_frame& f) { f.body.command.beam = 2; });
    altered("ON with a reason for HOLD", [](ft_frame& f) { f.body.command.hold_reason = 3; });
    altered("an unknown flag", [](ft_frame& f) { f.body.command.flags = 0x80; });
    altered("a status", [](ft_frame& f) {
        f.header.type = FT_STATUS;
        f.body.status = {};
    });
    EXPECT_TRUE(s.recorder.controller().enabled());
    s.recorder.comment("taken, but its range is not inside the window");
    s.spoil = [](LinkCommand& c) { c.on.upper = c.off.upper = 2.5; };
    s.run(1, BeamCommand::on);
    EXPECT_EQ(ft_controller_reason(&s.recorder.controller().state), FT_REASON_CONFIDENCE);
    s.recorder.comment("a serial line's broken frame, and half a frame");
    s.recorder.broken(s.now_us);
    s.now_us += 25000;
    s.give(Bytes(good.begin(), good.begin() + 40));
    expect_same("wrong_frames", s.recorder);
}

TEST(Vectors, ResetAndConnections)
{
    Scenario s(
        "Controller reset with the beam on, another HELLO in mid-session, a fault of the platform, a clock that "
        "goes back, and a sequence that wraps.");
    s.come_on();
    s.recorder.comment("reset");
    s.recorder.reset(s.config, 4, 0x0BADCAFE, s.now_us = 2000);
    s.run(3, BeamCommand::on);
    EXPECT_EQ(ft_controller_state(&s.recorder.controller().state), FT_STATE_IDLE);
    s.now_us += 400000;  // the host notices
    s.come_on();
    s.recorder.comment("somebody else says HELLO");
    ft_frame hello{};
    hello.header = {FT_VERSION, FT_HELLO, 99, 0, 0xFFFFFFF0U};
    hello.body.hello = {FT_VERSION, FT_VERSION, 100000, 50000, 200000, 0};
    s.give(encoded(hello));
    EXPECT_FALSE(s.recorder.controller().enabled());
    s.recorder.comment("and goes on across the wrap");
    ft_frame command{};
    command.header = {FT_VERSION, FT_COMMAND, 99, s.recorder.controller().state.controller_nonce, 0xFFFFFFF0U};
    command.body.command = to_wire(good_command(s.time() - 30ms, BeamCommand::on, 1), s.time());
    command.body.command.release_latches = s.recorder.controller().state.latches;
    for (int i = 0; i < 24; ++i) {
        ++command.header.sequence;
        s.give(encoded(command));
        s.quiet(20000, 10000);
    }
    EXPECT_TRUE(s.recorder.controller().enabled());
    s.recorder.comment("a fault that the platform found");
    s.recorder.trip(s.now_us);
    EXPECT_FALSE(s.recorder.controller().enabled());
    s.quiet(20000, 10000);
    s.recorder.comment("a HELLO for version 2 only, then one that repeats itself");
    hello.body.hello.version_min = hello.body.hello.version_max = 2;
    s.give(encoded(hello));
    hello.body.hello.version_min = 1;
    s.give(encoded(hello));
    s.give(encoded(hello));
    s.recorder.comment("the clock goes back");
    s.now_us -= 15000;
    s.quiet(120000, 10000);
    EXPECT_EQ(ft_controller_reason(&s.recorder.controller().state), FT_REASON_CLOCK);
    expect_same("reset", s.recorder);
}

std::string content_of(const std::string& file)
{
    std::ifstream in(std::filesystem::path(FORETIDE_SOURCE_DIR) / "firmware_bridge" / file);
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Vectors, ExamplesOfTheProtocolAreAmongThem)
{
    std::istringstream lines(content_of("PROTOCOL.md"));
    const std::string vectors = content_of("vectors/normal.txt");
    std::vector<std::string> examples;
    bool inside = false;
    for (std::string line; std::getline(lines, line);) {
        if (line == "```") {
            inside = !inside;
            if (inside) examples.emplace_back();
        } else if (inside) {
            std::erase(line, ' ');
            examples.back() += line;
        }
    }
    ASSERT_EQ(examples.size(), 4U);
    for (std::size_t type = 1; type <= 4; ++type) {
        const std::string& hex = examples[type - 1];
        EXPECT_NE(vectors.find(" " + hex), std::string::npos) << hex;
        const Bytes bytes = from_hex(hex);
        ft_frame frame;
        ASSERT_EQ(ft_decode(bytes.data(), bytes.size(), &frame), FT_ANSWER_TAKEN);
        EXPECT_EQ(frame.header.type, type);
    }
}

}  // namespace
}  // namespace foretide::firmware_bridge
