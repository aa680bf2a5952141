// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "core/correspondence/correspondence_model.h"

namespace foretide::core {

/// A model file that cannot be used: where, what is wrong, what to do.
class ModelFileError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The model as JSON text ("foretide_correspondence": 1, then its fields by name); numbers read back as the same.
std::string to_json(const CorrespondenceModel& model);

/// Reads what to_json() wrote; `file` names it in errors. Throws ModelFileError for anything else, also for more than
/// 1 MB, and for a model that does not pass CorrespondenceModel::check().
CorrespondenceModel parse_correspondence_json(std::string_view text, const std::string& file);

}  // namespace foretide::core
