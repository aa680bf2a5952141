// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <string>
#include <vector>

#include "rnn/algorithms.h"

namespace foretide::apps {

/// "key=value" texts as parameters of an algorithm. Throws UsageError for a text of another form.
rnn::Parameters parse_parameters(const std::vector<std::string>& given);

}  // namespace foretide::apps
