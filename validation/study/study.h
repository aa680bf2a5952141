// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <filesystem>
#include <functional>

#include <nlohmann/json.hpp>

#include "validation/study/study_options.h"
#include "validation/study/study_result.h"

namespace foretide::validation {

/// How a study is carried out: nothing here changes what it finds.
struct StudyConduct {
    std::filesystem::path journal;                 ///< finished work (study/journal.h)
    bool resume = false;                           ///< go on with the journal that is there
    int jobs = 1;                                  ///< units of work at a time
    std::function<void(double share)> progress{};  ///< of the work left to do; never two calls at once, any thread
};

/// What a study is, as JSON: every option that changes what it finds, the data's hashes, the version.
nlohmann::ordered_json study_settings(const StudyResult& result);

/// Carries out a study: chooses the hyper-parameters of each task by the mean nRMSE over seeds on the part of the
/// recording before `eval_start_s` (the frames behind it are not there for it), then runs all seeds with the chosen
/// ones over the whole recording and scores them from `eval_start_s` on. The lower nRMSE wins, the earlier candidate
/// of equals.
///
/// The same options give the same cells, choices and failures, bit for bit, whatever `jobs` and however often it was
/// stopped and resumed. An algorithm that fails on a sequence is in `failures`, and the rest goes on.
///
/// Throws std::invalid_argument (options, or a journal of another study), std::runtime_error (data, a damaged
/// journal).
StudyResult run_study(const StudyOptions& options, const StudyConduct& conduct);

}  // namespace foretide::validation
