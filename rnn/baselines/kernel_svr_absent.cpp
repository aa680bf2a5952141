// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <stdexcept>

#include "rnn/baselines/kernel_svr.h"

namespace foretide::rnn {

bool kernel_svr_available() noexcept { return false; }

std::unique_ptr<HorizonPredictor> make_kernel_svr(const KernelSvrConfig&)
{
    throw std::runtime_error(
        "svr: this build has no OpenCV; install libopencv-ml-dev and build again (./run.sh build does both)");
}

}  // namespace foretide::rnn
