// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/study/study_result.h"

#include <algorithm>
#include <cmath>

#include "core/metrics.h"

namespace foretide::validation {

namespace {

/// The measure of a cell for each seed; empty where one lacks it.
std::vector<double> values_by_seed(const StudyResult& result, const StudyCell& cell, const std::string& key)
{
    std::vector<double> values;
    for (std::size_t r = 0; r < static_cast<std::size_t>(result.options.runs) && !cell.failed(); ++r) {
        const auto& measures = cell.by_seed[std::min(r, cell.by_seed.size() - 1)];
        const auto found = measures.find(key);
        if (found == measures.end() || !std::isfinite(found->second)) return {};
        values.push_back(found->second);
    }
    return values;
}

/// Mean over the rows for each seed, then over the seeds.
StudyMean mean_over_seeds(const std::vector<std::vector<double>>& rows)
{
    StudyMean out;
    out.cells = rows.size();
    if (rows.empty()) return out;
    std::vector<double> by_seed(rows.front().size(), 0);
    for (std::size_t r = 0; r < by_seed.size(); ++r) {
        for (const std::vector<double>& row : rows) by_seed[r] += row[r];
        by_seed[r] /= static_cast<double>(rows.size());
    }
    if (by_seed.size() > 1 && std::ranges::all_of(by_seed, [&](double v) { return v == by_seed.front(); })) {
        out.mean = by_seed.front();  // without rounding of their sum
        out.half_width = 0;
        return out;
    }
    const core::MeanCi95 mean = core::mean_ci95(by_seed);
    out.mean = mean.mean;
    out.half_width = mean.half_width;
    return out;
}

}  // namespace

StudyMean study_mean(const StudyResult& result, const std::string& key,
                     const std::function<bool(const StudyCell&)>& counts)
{
    std::vector<std::vector<double>> rows;
    for (const StudyCell& cell : result.cells) {
        if (!counts(cell)) continue;
        if (auto values = values_by_seed(result, cell, key); !values.empty()) rows.push_back(std::move(values));
    }
    return mean_over_seeds(rows);
}

StudyMean study_difference(const StudyResult& result, const std::string& key, std::size_t protocol,
                           std::size_t algorithm, std::size_t against)
{
    std::vector<std::vector<double>> rows;
    for (const StudyCell& cell : result.cells) {
        if (cell.protocol != protocol || cell.algorithm != algorithm) continue;
        for (const StudyCell& other : result.cells) {
            if (other.protocol != protocol || other.algorithm != against || other.sequence != cell.sequence ||
                other.horizon != cell.horizon)
                continue;
            std::vector<double> values = values_by_seed(result, cell, key);
            const std::vector<double> reference = values_by_seed(result, other, key);
            if (values.empty() || reference.empty()) continue;
            for (std::size_t r = 0; r < values.size(); ++r) values[r] -= reference[r];
            rows.push_back(std::move(values));
        }
    }
    return mean_over_seeds(rows);
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
