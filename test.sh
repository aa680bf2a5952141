#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Foretide authors
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
source scripts/packages.sh
source scripts/build.sh
source scripts/junit.sh

usage()
{
    cat <<'EOF'
usage: ./test.sh [PHASE] [CTEST OPTION…]

  (none)   every phase below but tidy, with a summary
  quick    release tests only                     ./test.sh quick -R golden
  release  release build with warnings as errors, its tests, and every header compiled alone
  asan     tests with address and undefined-behaviour sanitizers in all libraries
  tsan     tests labelled `threads` with the thread sanitizer
  fuzz     libFuzzer targets, a fixed number of runs from a fixed seed
  format   clang-format, nothing changed (scripts/format.sh applies it)
  tidy     clang-tidy, slow, not part of the whole
  help     this text

Environment:
  FORETIDE_SHARED          folder of the real data (default ../shared)
  FORETIDE_REQUIRE_SHARED  1: a skipped test is a failure (so is it with CI=true); only a skip that names a
                           sanitizer as its reason passes, and only in a sanitizer build
  FORETIDE_INSTALL         0: install no packages
EOF
}

total_passed=0 total_failed=0 total_skipped=0
summary=() complaints=()

require_data()
{
    [[ ${FORETIDE_REQUIRE_SHARED:-0} == 1 || ${CI:-} == true ]]
}

# fail TEXT: counts one failure that is not a test's.
fail()
{
    complaints+=("$1")
    total_failed=$((total_failed + 1))
}

# run_tests PRESET sanitized|plain [CTEST OPTION…]: runs ctest, adds to the totals, judges the skips.
run_tests()
{
    local preset=$1 kind=$2 report status=0 passed failed skipped name message
    shift 2
    report=$PWD/build/$preset/junit.xml
    rm -f "$report"
    ctest --preset "$preset" -j "$(nproc)" --timeout 600 --output-junit "$report" "$@" || status=$?
    if [[ ! -s $report ]]; then
        fail "$preset: ctest ended with $status and wrote no report"
        return
    fi
    read -r passed failed skipped < <(junit_totals "$report")
    total_passed=$((total_passed + passed))
    total_failed=$((total_failed + failed))
    total_skipped=$((total_skipped + skipped))
    while IFS= read -r name; do complaints+=("$preset: $name failed"); done < <(junit_failed "$report")
    ((status == 0 || failed > 0)) || fail "$preset: ctest ended with $status"
    while IFS=$'\t' read -r name message; do
        if [[ $kind == sanitized && ${message,,} == *sanitizer* ]]; then
            continue
        elif require_data; then
            fail "$preset: $name was skipped: ${message:-no reason given}"
        else
            echo "NOT TESTED: $name: ${message:-no reason given}" >&2
        fi
    done < <(junit_skipped "$report")
}

# build PRESET [OPTION…]: a failing build is a failure of its own and ends the phase.
build()
{
    if ! cmake --build --preset "$@"; then
        fail "$1: the build failed"
        return 1
    fi
}

prepare()
{
    local preset=$1
    shift
    if ! configure "$preset" -DFORETIDE_WARNINGS_AS_ERRORS=ON "$@"; then
        fail "$preset: configuring failed"
        return 1
    fi
}

phase_quick()
{
    prepare release -DFORETIDE_BUILD_TESTS=ON && build release && run_tests release plain "$@"
}

phase_release()
{
    phase_quick "$@" && build release --target all_verify_interface_header_sets
}

phase_asan()
{
    prepare asan-ubsan && build asan-ubsan && run_tests asan-ubsan sanitized "$@"
}

phase_tsan()
{
    # The build brings the configuration up to date, and with it the list.
    prepare tsan && build tsan --target foretide_thread_tests || return 1
    if [[ -s build/tsan/thread_tests.txt ]]; then
        run_tests tsan sanitized -L '^threads$' "$@"
    else
        echo "No test is labelled 'threads': nothing to run with the thread sanitizer."
    fi
}

phase_fuzz()
{
    prepare fuzz && build fuzz && run_tests fuzz sanitized "$@"
}

phase_format()
{
    scripts/format.sh --check || fail "format: run scripts/format.sh"
}

phase_tidy()
{
    prepare release -DFORETIDE_BUILD_TESTS=ON || return 1
    # GCC's warning options mean nothing to clang.
    run-clang-tidy -quiet -p build/release -extra-arg=-Wno-unknown-warning-option \
        "^$PWD/(core|rnn|acquisition|firmware_bridge|registration|gui|apps|validation|tests)/" ||
        fail "tidy: clang-tidy complains"
}

# run_phase NAME [CTEST OPTION…]
run_phase()
{
    local name=$1 begin=$SECONDS before=$total_failed verdict=ok
    shift
    printf '\n== %s\n' "$name"
    "phase_$name" "$@" || true
    ((total_failed == before)) || verdict=FAILED
    summary+=("$(printf '%-8s %6d s  %s' "$name" $((SECONDS - begin)) "$verdict")")
}

finish()
{
    printf '\n== summary\n'
    printf '%s\n' "${summary[@]}" "$(printf '%-8s %6d s' total "$SECONDS")"
    if ((${#complaints[@]})); then
        printf '\nWhat is wrong:\n'
        printf '  %s\n' "${complaints[@]}"
    fi
    printf '\n%d passed, %d failed, %d skipped\n' "$total_passed" "$total_failed" "$total_skipped"
    ((total_failed == 0))
}

phases=(release asan tsan fuzz format)
case ${1-} in
    help | -h | --help)
        usage
        exit 0
        ;;
    quick | release | asan | tsan | fuzz | format | tidy)
        phases=("$1")
        shift
        ;;
    "" | -*) ;;
    *)
        echo "test.sh: unknown phase '$1'" >&2
        usage >&2
        exit 2
        ;;
esac

install_packages test
FORETIDE_SHARED=$(realpath -m "${FORETIDE_SHARED:-../shared}")
export FORETIDE_SHARED
for phase in "${phases[@]}"; do run_phase "$phase" "$@"; done
finish
