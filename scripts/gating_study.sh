#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Foretide authors
#
# The gating tables of validation/STUDY.md: a gate at the latencies of two linacs, on every session of a data set.
#
#   scripts/gating_study.sh [OUT [options of `foretide validate` …]]
#
# OUT (out/gating where not given) gets a study for each linac and confidence; the tables go to standard output. Needs
# the release build (./run.sh build). Options like --data DIR or --rate 30 follow OUT. Some seconds.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
foretide=$root/build/release/bin/foretide
[[ -x $foretide ]] || { echo "gating_study.sh: $foretide is not there: run ./run.sh build" >&2; exit 2; }
out=${1:-$root/out/gating}
shift $(($# > 0 ? 1 : 0))

# tables.csv → a row for each session and algorithm, with the means; one without prediction before them.
table() {
    awk -F, '
        function text(value, decimals) { return value == "" ? "–" : sprintf("%." decimals "f", value) }
        function value(prefix, name) { return $(column["gating." prefix name]) }
        function show(name, prefix) {
            printf "| %s | %s | %s | %s | %s %% | %s | %s | %s |\n", $(column["sequence"]), name,
                text(value(prefix, "accuracy"), 3), text(value(prefix, "duty_cycle"), 3),
                text(100 * value(prefix, "beam_on_outside_share"), 1), text(value(prefix, "gating_error_ms"), 0),
                text(value(prefix, "crossing_error_ms"), 0), text(value(prefix, "residual_mm"), 2)
        }
        NR == 1 { for (i = 1; i <= NF; ++i) column[$i] = i; next }
        $(column["horizon_s"]) == "mean" { next } # there is one horizon
        {
            row = $(column["sequence"])
            if (!(row in seen)) { seen[row] = 1; order[++sessions] = row; first[row] = $0 }
            rows[row, ++count[row]] = $0
        }
        END {
            print "| session | | accuracy | duty cycle | beam on outside | gating error ms | crossing error ms | residual mm |"
            print "|---|---|---|---|---|---|---|---|"
            for (i = 1; i <= sessions; ++i) {
                $0 = first[order[i]]
                show("no prediction (ideal duty cycle " text(value("", "ideal_duty_cycle"), 3) ")", "no_prediction.")
                for (k = 1; k <= count[order[i]]; ++k) { $0 = rows[order[i], k]; show($(column["algorithm"]), "") }
            }
        }' "$1"
}

study() { # name, T_on [s], T_off [s], confidence, further options
    local name=$1-$4 t_on=$2 t_off=$3 confidence=$4
    shift 4
    "$foretide" validate --grid none --algorithms rls,foretide --horizons "$t_on" --gate auto:0.4@30-60 --gate-axis pc1 \
        --t-on "$t_on" --t-off "$t_off" --gate-confidence "$confidence" --out "$out/$name" "$@" >"$out/$name.txt"
    printf '\n%s: T_on %s s, T_off %s s\n\n' "$name" "$t_on" "$t_off"
    table "$out/$name/tables.csv"
}

mkdir -p "$out"
for confidence in 0 0.2 0.8; do
    study truebeam 0.28 0.13 "$confidence" "$@"
    study elekta-response 1.49 0.34 "$confidence" "$@"
done
