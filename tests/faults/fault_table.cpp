// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "tests/faults/fault_table.h"

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "validation/version.h"

namespace foretide::tests {

namespace {

std::filesystem::path kept(const Row& row)
{
    return std::filesystem::path(FORETIDE_FAULT_RESULTS) / (std::string(row.name) + ".json");
}

nlohmann::json number(const std::optional<double>& value) { return value ? nlohmann::json(*value) : nullptr; }

std::string seconds(double value)
{
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.2f s", value);
    return text.data();
}

std::string seconds(const nlohmann::json& value) { return value.is_null() ? "–" : seconds(value.get<double>()); }

std::string limit(const Row& row)
{
    switch (row.beam) {
    case Beam::stays:
        return "beam stays";
    case Beam::held:
        return "hold ≤ " + seconds(row.hold_within_s) + ", on again ≤ " + seconds(row.on_again_within_s);
    case Beam::not_yet:
        return "beam never on; streaming ≤ " + seconds(row.on_again_within_s);
    case Beam::no_word:
        return "no further command";
    }
    return {};
}

std::string measured(const Row& row, const nlohmann::json& m)
{
    switch (row.beam) {
    case Beam::stays:
        return "stayed";
    case Beam::held:
        return "hold " + seconds(m["hold_after_s"]) + ", on again " + seconds(m["on_again_after_s"]);
    case Beam::not_yet:
        return "streaming " + seconds(m["on_again_after_s"]);
    case Beam::no_word:
        return "none came";
    }
    return {};
}

constexpr const char* kHead = R"(# Fault matrix

What the engine does when something goes wrong: each row is a test with real processes on loopback, the simulator that
makes the fault, the engine that records, and a station outside of it that takes the beam commands and watches. 30 Hz,
three markers, `lms`, dwell time 0.5 s, largest age 0.25 s, and a window so wide that the beam is on whenever nothing is in
doubt. Times are as the station received them: hold and alarm from the fault's begin, on again from its end.

Beside what its row says, every run must show that the beam was never on while data were older than 0.25 s and a period,
invalid, frozen, out of order or in the dwell time after; that all alarms were off before; and that the record up to the
fault is complete and its forecasts are repeated bit for bit.

`scripts/faults.sh` runs the matrix and writes this file. )";

}  // namespace

void keep(const Row& row, const Measured& m, bool passed)
{
    const nlohmann::json json{{"hold_after_s", number(m.hold_after_s)},
                              {"on_again_after_s", number(m.on_again_after_s)},
                              {"alarm_after_s", number(m.alarm_after_s)},
                              {"record", m.record},
                              {"remark", m.remark},
                              {"passed", passed}};
    std::filesystem::create_directories(kept(row).parent_path());
    std::ofstream(kept(row)) << json.dump(2) << "\n";
}

std::string demands(const Row& row)
{
    const std::string alarm =
        *row.alarm == '\0' ? "none" : "`" + std::string(row.alarm) + "` ≤ " + seconds(row.alarm_within_s);
    return std::string("| ") + row.name + " | " + row.fault + " | `" + row.injected + "` | " + row.must + " | " +
           limit(row) + " | " + alarm + " |";
}

std::string document()
{
    std::ostringstream out;
    out << kHead << "Measured by " << validation::version_text() << ".\n\n"
        << "| test | fault | injected | the engine must | within | alarm within | measured | alarm after | record |\n"
        << "|---|---|---|---|---|---|---|---|---|\n";
    for (const Row& row : rows()) {
        std::ifstream in(kept(row));
        if (!in) throw std::runtime_error(std::string(row.name) + " has not been run: scripts/faults.sh runs all");
        const auto m = nlohmann::json::parse(in);
        out << demands(row) << " " << measured(row, m) << (m["passed"].get<bool>() ? "" : " **FAILED**") << " | "
            << seconds(m["alarm_after_s"]) << " | " << m["record"].get<std::string>()
            << (m["remark"].get<std::string>().empty() ? "" : "; " + m["remark"].get<std::string>()) << " |\n";
    }
    return out.str();
}

}  // namespace foretide::tests
