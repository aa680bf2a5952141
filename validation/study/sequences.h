// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <string>
#include <vector>

#include "core/recording.h"
#include "validation/study/study_options.h"

namespace foretide::validation {

/// One session of a study.
struct Sequence {
    std::string name;           ///< the file's name without its ending: "seq1"
    core::Recording whole;      ///< for the test
    core::Recording selection;  ///< its frames before `eval_start_s`: all that choosing hyper-parameters may see
    double rate_hz = 0;         ///< counted from the frames
    double duration_s = 0;
    std::string content_hash;  ///< of the file's bytes
};

/// The folder `<rate>Hz` of the data, as `3.33Hz`.
std::filesystem::path sequence_folder(const StudyOptions& options);

/// Reads the chosen sessions (`*.csv` of that folder) in the order of their names, "seq10" after "seq2".
/// Throws std::invalid_argument for a sequence that is not there, std::runtime_error for data that are not, or whose
/// rate is another one; acquisition::ReadError.
std::vector<Sequence> load_sequences(const StudyOptions& options);

}  // namespace foretide::validation
