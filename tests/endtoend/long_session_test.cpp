// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// Hours of a session in minutes: replayed to check it, and watched for memory.

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/acquisition/reader_test_support.h"
#include "tests/apps/command_line.h"
#include "tests/endtoend/study_form.h"
#include "tests/support/build_kind.h"

namespace foretide::tests {
namespace {

constexpr double kRate_hz = 10;

/// A session of a simulated patient, faster than real time by `speed`.
struct FastSession {
    double session_s, speed;

    std::vector<std::string> serve(const std::filesystem::path& file, const std::filesystem::path& summary) const
    {
        return {"serve",
                "--source",
                "sim:irregular",
                "--rate",
                "10",
                "--speed",
                std::to_string(speed),
                "--duration",
                std::to_string(session_s / speed),
                "--record",
                file.string(),
                "--json",
                summary.string()};
    }
    double samples() const { return session_s * kRate_hz; }
};

TEST(EndToEnd, AnHourIsReplayedInFourMinutes)
{
    FORETIDE_SKIP_WITHOUT_FAIR_TIMES();
    constexpr double hour_s = 3600, limit_s = 240;
    const FastSession session = by_form(FastSession{hour_s, 20}, FastSession{180, 60});
    const acquisition::TemporaryFolder folder;
    const auto file = folder.path() / "hour.session", summary = folder.path() / "summary.json";
    const apps::Outcome served = apps::run_process(session.serve(file, summary));
    ASSERT_EQ(served.code, 0) << served.err;
    const auto engine = nlohmann::json::parse(apps::read_file(summary));
    EXPECT_GT(engine["samples"].get<double>(), 0.95 * session.samples());
    EXPECT_EQ(engine["not_recorded"], 0);

    const auto begin = std::chrono::steady_clock::now();
    const apps::Outcome verified = apps::run_process({"session", "verify", file.string()});
    const double took_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    std::cout << "figures: " << engine["samples"] << " samples replayed in " << took_s << " s; learning was skipped "
              << engine["skipped_learning"] << " times, the fallback published " << engine["fallbacks"] << " times\n"
              << verified.out << std::endl;
    EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
    // The short form takes its share of the four minutes, twice over for a busy machine.
    EXPECT_LT(took_s, by_form(limit_s, 2 * limit_s * session.session_s / hour_s));
}

/// Resident memory of a process [kB]; 0: it is gone.
double resident_kb(pid_t process)
{
    std::ifstream file("/proc/" + std::to_string(process) + "/statm");
    double pages = 0, resident = 0;
    file >> pages >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1024;
}

TEST(EndToEnd, MemoryDoesNotGrow)
{
    FORETIDE_SKIP_UNDER_SANITIZER("its allocator keeps what is freed");
    const FastSession session = by_form(FastSession{8 * 3600.0, 50}, FastSession{400, 50});
    const acquisition::TemporaryFolder folder;
    const auto file = folder.path() / "long.session", summary = folder.path() / "summary.json";
    std::vector<double> resident;
    const pid_t process = apps::start_process(session.serve(file, summary));
    const auto is_running = [&] {
        siginfo_t end{};  // looked at only: end_process() takes it
        return ::waitid(P_PID, static_cast<id_t>(process), &end, WEXITED | WNOHANG | WNOWAIT) == 0 && end.si_pid == 0;
    };
    while (is_running()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        if (const double kb = resident_kb(process); kb > 0) resident.push_back(kb);
    }
    ASSERT_EQ(apps::end_process(process, 0), 0);
    ASSERT_GT(resident.size(), 100U);
    const auto engine = nlohmann::json::parse(apps::read_file(summary));
    EXPECT_GT(engine["samples"].get<double>(), 0.9 * session.samples());
    if (full_form()) {  // a frame and a sample each: the recorder took part
        EXPECT_GT(engine["recorded"].get<double>(), 1.8 * session.samples());
    }
    // From a quarter on: the pages of the record's cache and the forecaster's five minutes of memory are in use by
    // then.
    const auto n = static_cast<std::ptrdiff_t>(resident.size());
    const double early = *std::max_element(resident.begin() + n / 5, resident.begin() + n / 4);
    const double late = *std::max_element(resident.end() - n / 10, resident.end());
    std::cout << "figures: " << engine["samples"] << " samples of " << session.session_s / 3600 << " h, "
              << engine["recorded"] << " records written, " << engine["not_recorded"] << " lost; resident " << early
              << " kB after a quarter, " << late << " kB at the end, " << 100 * (late / early - 1) << " % more"
              << std::endl;
    EXPECT_LT(late, 1.01 * early);
}

}  // namespace
}  // namespace foretide::tests
