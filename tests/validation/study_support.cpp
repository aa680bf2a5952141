// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "tests/validation/study_support.h"

#include "acquisition/session_csv_writer.h"
#include "validation/study/study_tables.h"

namespace foretide::validation {

std::filesystem::path write_sequence(const std::filesystem::path& data, const std::string& name, double duration_s,
                                     const Motion& motion)
{
    const std::filesystem::path file = data / "10Hz" / (name + ".csv");
    std::filesystem::create_directories(file.parent_path());
    const auto times = regular_times(static_cast<int>(duration_s * 10), 10);
    acquisition::write_session_csv(recording_of(times, 1, motion), file);
    return file;
}

StudyOptions small_study(const std::filesystem::path& data)
{
    StudyOptions options;
    options.data = data;
    options.algorithms = {{"last", "last", {}}, {"snap1", "snap1", {{"variant", "published"}}}};
    options.horizons_s = {0.2, 0.5};
    options.grid = GridKind::quick;
    options.runs = 2;
    options.train_end_s = 8;
    options.eval_start_s = 16;
    return options;
}

std::string tables_of(const StudyOptions& options, const std::filesystem::path& journal, int jobs, bool resume)
{
    StudyConduct conduct;
    conduct.journal = journal;
    conduct.jobs = jobs;
    conduct.resume = resume;
    const StudyResult result = run_study(options, conduct);
    return tables_json(result, study_settings(result)).dump(1);
}

}  // namespace foretide::validation
