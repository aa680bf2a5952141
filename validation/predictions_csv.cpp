// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/predictions_csv.h"

#include <algorithm>
#include <iterator>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "validation/result_checks.h"
#include "validation/text.h"

namespace foretide::validation {
namespace {

std::string header_line(const ReplayResult& result)
{
    std::string line = "time_s";
    for (const HorizonResult& horizon : result.horizons) {
        const std::string prefix = ",h" + horizon_label(horizon.horizon_s) + "_";
        line += prefix + "target_time_s";
        for (int c = 0; c < 3 * result.markers; ++c) line += prefix + coordinate_column(c) + "_mm";
        if (horizon.lower_mm.empty()) continue;
        for (int c = 0; c < 3 * result.markers; ++c)
            for (const char* bound : {"_lo_mm", "_hi_mm"}) line += prefix + coordinate_column(c) + bound;
    }
    return line + ",warm_up\n";
}

/// Every moment at which any horizon has a forecast, in order, once.
std::vector<double> made_times(const ReplayResult& result)
{
    std::vector<double> all;
    for (const HorizonResult& horizon : result.horizons) {
        std::vector<double> merged;
        merged.reserve(std::max(all.size(), horizon.made_time_s.size()));
        std::set_union(all.begin(), all.end(), horizon.made_time_s.begin(), horizon.made_time_s.end(),
                       std::back_inserter(merged));
        all.swap(merged);
    }
    return all;
}

}  // namespace

void write_predictions_csv(std::ostream& out, const ReplayResult& result)
{
    require_consistent(result);
    const auto p = static_cast<std::size_t>(3 * result.markers);
    out << header_line(result);

    std::vector<std::size_t> next(result.horizons.size(), 0);  // first forecast of each horizon not yet written
    std::string line;
    for (const double made : made_times(result)) {
        line = shortest(made);
        bool warm_up = false;
        for (std::size_t h = 0; h < result.horizons.size(); ++h) {
            const HorizonResult& horizon = result.horizons[h];
            const std::size_t k = next[h];
            if (k == horizon.made_time_s.size() || horizon.made_time_s[k] != made) {
                line.append(1 + (horizon.lower_mm.empty() ? 1 : 3) * p, ',');
                continue;
            }
            line += "," + shortest(horizon.target_time_s[k]);
            for (std::size_t c = 0; c < p; ++c) line += "," + shortest(horizon.forecast_mm[k * p + c]);
            if (!horizon.lower_mm.empty())
                for (std::size_t i = k * p; i < (k + 1) * p; ++i)
                    line += "," + shortest(horizon.lower_mm[i]) + "," + shortest(horizon.upper_mm[i]);
            warm_up = warm_up || horizon.warm_up[k] != 0;
            ++next[h];
        }
        line += warm_up ? ",1\n" : ",0\n";
        out << line;
    }
    out.flush();
    if (!out) throw std::runtime_error("the forecasts could not be written (disk full, or the file was closed)");
}

}  // namespace foretide::validation
