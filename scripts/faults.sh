#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Foretide authors
#
# Runs the fault matrix in the release build and writes validation/FAULTS.md from what it measured.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

cmake --preset release -DFORETIDE_BUILD_TESTS=ON
cmake --build --preset release --target foretide_faults_tests
status=0
ctest --preset release -R '^faults\.Faults' -j "${FORETIDE_JOBS:-4}" "$@" || status=$?
FORETIDE_WRITE_FAULTS=$PWD/validation/FAULTS.md build/release/bin/foretide_faults_tests --gtest_filter='FaultTable.*' ||
    status=$?
exit "$status"
