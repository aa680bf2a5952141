// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "acquisition/recording_reader.h"
#include "tests/support/shared_data.h"

namespace foretide::validation {

/// The open real sessions at one of their rates, and the horizons accuracy is judged at.
struct SessionRate {
    std::string folder;
    std::vector<double> horizons_s;
};

inline std::vector<double> every(double step_s, double last_s)
{
    std::vector<double> horizons;
    for (int k = 1; k * step_s < last_s + step_s / 2; ++k) horizons.push_back(k * step_s);
    return horizons;
}

inline std::vector<SessionRate> session_rates()
{
    return {{"10Hz", every(0.1, 2.1)}, {"3.33Hz", every(0.3, 2.1)}, {"30Hz", {0.1, 0.3, 0.6, 1.0, 1.5, 2.1}}};
}

inline constexpr int kOpenSessions[] = {1, 2, 4, 5, 7, 8};

inline core::Recording open_session(const std::string& folder, int session)
{
    return acquisition::read_recording(
        {tests::shared_path("data/extmarker") / folder / ("seq" + std::to_string(session) + ".csv")});
}

}  // namespace foretide::validation
