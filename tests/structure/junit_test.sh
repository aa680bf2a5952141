#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Foretide authors
#
# scripts/junit.sh, which decides whether test.sh passes, tells apart what passed, failed, was skipped or disabled.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
source scripts/junit.sh
report=$(mktemp)
trap 'rm -f "$report"' EXIT
cat >"$report" <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="x" tests="5" failures="1" disabled="1" skipped="1">
	<testcase name="core.A.Passes" classname="core.A.Passes" time="0.01" status="run">
		<system-out>[       OK ] A.Passes</system-out>
	</testcase>
	<testcase name="core.A.Passes2" classname="core.A.Passes2" time="0.01" status="run">
		<system-out>fail failure skipped</system-out>
	</testcase>
	<testcase name="core.A.Fails" classname="core.A.Fails" time="0.02" status="fail">
		<failure message=""/>
		<system-out>one
two</system-out>
	</testcase>
	<testcase name="core.A.Skips" classname="core.A.Skips" time="0.01" status="notrun">
		<skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/>
		<system-out>[ RUN      ] A.Skips
a_test.cpp:12: Skipped
no real data at ../shared
[  SKIPPED ] A.Skips (0 ms)
</system-out>
	</testcase>
	<testcase name="core.A.Disabled" classname="core.A.Disabled" time="0" status="disabled">
		<system-out>Disabled</system-out>
	</testcase>
</testsuite>
XML

expect()
{
    [[ $2 == "$3" ]] || { printf '%s: expected\n%s\ngot\n%s\n' "$1" "$3" "$2" >&2; exit 1; }
}
expect totals "$(junit_totals "$report")" "2 1 2"
expect failed "$(junit_failed "$report")" "core.A.Fails"
expect skipped "$(junit_skipped "$report")" "core.A.Skips	a_test.cpp:12: Skipped no real data at ../shared
core.A.Disabled	Disabled"
