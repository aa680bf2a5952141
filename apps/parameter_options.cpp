// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/parameter_options.h"

#include "apps/commands.h"

namespace foretide::apps {

rnn::Parameters parse_parameters(const std::vector<std::string>& given)
{
    rnn::Parameters parameters;
    for (const std::string& text : given) {
        const std::size_t equals = text.find('=');
        if (equals == 0 || equals == std::string::npos || equals + 1 == text.size())
            throw UsageError("parameter '" + text + "': write key=value, for example shl=36");
        std::string key = text.substr(0, equals), value = text.substr(equals + 1);
        // `order` names two switches, told apart by their values; each may be given.
        if (key == "order" && (value == "corrected" || value == "reference")) key = "uoro-order";
        parameters[key] = value;
    }
    return parameters;
}

}  // namespace foretide::apps
