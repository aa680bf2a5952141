#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Foretide authors
#
# The figures of "The real-time engine" in validation/STUDY.md: the full form of the end-to-end tests, some half an hour.
# Needs stress-ng, the right to real-time priority (root), an otherwise idle machine, and the release build
# (./run.sh build). Arguments go to the test: scripts/engine_study.sh --gtest_filter='*FullLoad*'
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

tests=build/release/bin/foretide_endtoend_tests
[[ -x $tests ]] || { echo "engine_study.sh: $tests is not there: run ./run.sh build" >&2; exit 2; }
command -v stress-ng >/dev/null || { echo "engine_study.sh: install stress-ng" >&2; exit 2; }
echo "$(nproc) cores, $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1); load before: $(cut -d' ' -f1-3 /proc/loadavg)"
FORETIDE_LONG=1 exec "$tests" "$@"
