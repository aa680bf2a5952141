// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <memory>

#include "rnn/horizon_predictor.h"

namespace foretide::rnn {

/// ε-support-vector regression with a Gaussian kernel, one machine a coordinate (ALGORITHMS.md §2):
/// K(u, u') = exp(−‖u − u'‖²/s²) on the lagged positions in mm, trained once on the targets of the first 54 s.
struct KernelSvrConfig {
    int coordinates = 9;        ///< p ≥ 1
    int history = 12;           ///< k ≥ 1 [samples]
    int horizon = 1;            ///< h ≥ 1 [samples]
    int train_samples = 540;    ///< ≥ 1: targets with an index below it are learned from
    double kernel_scale = 200;  ///< s > 0 [mm]
    double epsilon = 0.02;      ///< ε ≥ 0: half-width of the tube without loss [mm]
    double box = 500;           ///< C > 0: weight of the losses
};

/// Whether this build has OpenCV's machine-learning module.
bool kernel_svr_available() noexcept;

/// Not for the real-time path: learn() trains for seconds at the last training target, and predict() allocates.
/// Throws std::invalid_argument where a number is out of its range, std::runtime_error without OpenCV.
std::unique_ptr<HorizonPredictor> make_kernel_svr(const KernelSvrConfig& config);

}  // namespace foretide::rnn
