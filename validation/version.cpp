// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/version.h"

#include "rnn/kernels/kernels.h"

namespace foretide::validation {

std::string version_text()
{
    return std::string(FORETIDE_VERSION " (" FORETIDE_BUILD_TYPE ", " FORETIDE_COMPILER ", kernels ") +
           rnn::kernels::select_kernels<float>().name + ")";
}

}  // namespace foretide::validation
