// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "validation/study/study_result.h"

namespace foretide::validation {

/// The tables of a study's report as HTML fragments; each is empty where there is nothing to show. `tables` is
/// tables_json() of the result: the numbers are those of tables.json. Pure functions.

/// Means over sequences and horizons, a row an algorithm, the best nRMSE in bold.
std::string study_means_table(const StudyResult& result, const nlohmann::ordered_json& tables, std::size_t protocol);

/// nRMSE, a row a horizon, a column an algorithm.
std::string horizon_table(const StudyResult& result, const nlohmann::ordered_json& tables, std::size_t protocol);

/// nRMSE, a row a sequence, a column an algorithm; every measure of every sequence folded below.
std::string sequence_tables(const StudyResult& result, const nlohmann::ordered_json& tables, std::size_t protocol);

/// Coverage of the 90 % intervals, a row a sequence, a column an algorithm; those below 85 % in bold.
std::string coverage_table(const StudyResult& result, const nlohmann::ordered_json& tables, std::size_t protocol);

/// Means over the sequences with what no prediction gives, for each horizon that has an outcome.
std::string study_gating_table(const StudyResult& result, const nlohmann::ordered_json& tables, std::size_t protocol);

/// Published averages at this rate, each with what was found here under both protocols.
std::string published_table(const StudyResult& result, const nlohmann::ordered_json& tables);

/// Mean nRMSE published and live, and their ratio, beside that of repeating the last leaked target.
std::string leak_table(const StudyResult& result, const nlohmann::ordered_json& tables);

/// What the grid search chose: a table an algorithm, a row a sequence, a column a horizon.
std::string choice_tables(const StudyResult& result);

std::string failure_table(const StudyResult& result);

std::string study_times_table(const StudyResult& result);

}  // namespace foretide::validation
