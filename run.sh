#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Foretide authors
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
source scripts/packages.sh
source scripts/build.sh

usage()
{
    cat <<'EOF'
usage: ./run.sh [VERB [OPTION…]]

  (none)   install the core packages, build `foretide`, simulate a patient's breathing and forecast it with every
           algorithm; the report lies in out/demo
  build    install everything, build Release with tests; the executables lie in build/release/bin
  validate install and build all, then run every algorithm on the real sessions (10 Hz, five horizons) under both
           protocols, some ten minutes on two cores; tables and report lie in out/validate. Options go to
           `foretide validate` and win over those given here: ./run.sh validate --resume, ./run.sh validate --rate 30
  help     this text

Environment: FORETIDE_INSTALL=0 installs nothing and trusts that the packages of scripts/packages.sh are there.
FORETIDE_SHARED=FOLDER: where the real sessions lie, as data/extmarker/10Hz/seq1.csv … (default ../shared).
The tests are run by ./test.sh.
EOF
}

demo()
{
    local foretide=build/release/bin/foretide tests=OFF
    install_packages core
    # A full build's configuration stays as it is: this verb never takes the tests out of it.
    ! grep -qs '^FORETIDE_BUILD_TESTS:BOOL=ON' build/release/CMakeCache.txt || tests=ON
    configure release "$(warnings_option)" "-DFORETIDE_BUILD_TESTS=$tests"
    cmake --build --preset release --target foretide

    mkdir -p out/demo
    "$foretide" sim patient --patient regular --rate 10 --duration 180 --seed 1 --out out/demo/session.csv
    "$foretide" replay --input out/demo/session.csv --algorithm all --horizon 0.1,0.5,1.0,2.0 --protocol live \
        --out out/demo
}

full_build()
{
    install_packages full
    configure release "$(warnings_option)" -DFORETIDE_BUILD_TESTS=ON
    cmake --build --preset release
    echo "Executables: $PWD/build/release/bin"
}

validate()
{
    full_build
    local given=" $* " options=()
    # option NAME VALUE: unless the caller says it.
    option()
    {
        [[ $given == *" $1 "* || $given == *" $1="* ]] || options+=("$1" "$2")
    }
    option --protocol both
    option --algorithms all
    # Another rate has horizons of its own.
    [[ $given == *" --rate"* ]] || option --horizons 0.1,0.5,1.0,1.5,2.1
    option --grid quick
    option --runs 3
    option --gate auto:0.4@30-60
    option --gate-axis pc1
    option --out out/validate
    build/release/bin/foretide validate "${options[@]}" "$@"
}

if (($# > 1)) && [[ $1 != validate ]]; then
    echo "run.sh: one verb at most, got: $*" >&2
    usage >&2
    exit 2
fi
case ${1-} in
    "") demo ;;
    build) full_build ;;
    validate)
        shift
        validate "$@"
        ;;
    help | -h | --help) usage ;;
    *)
        echo "run.sh: unknown verb '$1'" >&2
        usage >&2
        exit 2
        ;;
esac
