# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Foretide authors
#
# Reads the JUnit report that `ctest --output-junit` writes. A disabled test counts as skipped. Sourced.

# junit_cases FILE: one line a test: status (run, fail, notrun, disabled), tab, name, tab, output as one line.
junit_cases()
{
    awk '
        function attribute(line, key,    part) {
            if (!match(line, " " key "=\"[^\"]*\"")) return ""
            part = substr(line, RSTART, RLENGTH)
            sub("^ " key "=\"", "", part); sub("\"$", "", part)
            return part
        }
        function report() { if (name != "") printf "%s\t%s\t%s\n", status, name, text; name = "" }
        /<testcase / { report(); name = attribute($0, "name"); status = attribute($0, "status"); text = "" }
        /<failure/ { status = "fail" }
        /<system-out>/ { inside = 1; sub(/.*<system-out>/, "") }
        inside { gsub(/\t/, " "); line = $0; sub(/<\/system-out>.*/, "", line); text = text line " " }
        /<\/system-out>/ { inside = 0 }
        END { report() }
    ' "$1"
}

# junit_totals FILE: passed, failed, skipped on one line.
junit_totals()
{
    junit_cases "$1" | awk -F '\t' '
        $1 == "run" { passed++ } $1 == "fail" { failed++ } $1 == "notrun" || $1 == "disabled" { skipped++ }
        END { print passed + 0, failed + 0, skipped + 0 }'
}

# junit_failed FILE: names of the failed tests, one a line.
junit_failed()
{
    junit_cases "$1" | awk -F '\t' '$1 == "fail" { print $2 }'
}

# junit_skipped FILE: name, tab, what the test said, for each skipped test.
junit_skipped()
{
    junit_cases "$1" | awk -F '\t' '$1 == "notrun" || $1 == "disabled" {
        text = $3
        sub(/.*\[ RUN      \] [^ ]+ +/, "", text); sub(/ *\[  SKIPPED \].*/, "", text); sub(/ +$/, "", text)
        print $2 "\t" text }'
}
