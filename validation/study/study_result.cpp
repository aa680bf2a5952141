// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/study/study_result.h"

#include <algorithm>
#include <cmath>

#include "core/metrics.h"

namespace foretide::validation {

StudyMean study_mean(const StudyResult& result, const std::string& key,
                     const std::function<bool(const StudyCell&)>& counts)
{
    const auto runs = static_cast<std::size_t>(result.options.runs);
    std::vector<double> sums(runs, 0);
    StudyMean out;
    for (const StudyCell& cell : result.cells) {
        if (cell.failed() || !counts(cell)) continue;
        std::vector<double> values;
        for (std::size_t r = 0; r < runs; ++r) {
            const auto& measures = cell.by_seed[std::min(r, cell.by_seed.size() - 1)];
            const auto found = measures.find(key);
            if (found != measures.end() && std::isfinite(found->second)) values.push_back(found->second);
        }
        if (values.size() != runs) continue;
        for (std::size_t r = 0; r < runs; ++r) sums[r] += values[r];
        ++out.cells;
    }
    if (out.cells == 0) return out;
    for (double& sum : sums) sum /= static_cast<double>(out.cells);
    const core::MeanCi95 mean = core::mean_ci95(sums);
    out.mean = mean.mean;
    out.half_width = mean.half_width;
    return out;
}

void add_numbers(const nlohmann::ordered_json& json, const std::string& prefix, std::map<std::string, double>& numbers)
{
    for (const auto& [key, value] : json.items()) {
        if (value.is_object())
            add_numbers(value, prefix + key + ".", numbers);
        else if (value.is_number())
            numbers[prefix + key] = value.get<double>();
    }
}

}  // namespace foretide::validation
