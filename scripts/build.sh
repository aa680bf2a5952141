# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Foretide authors
#
# Configuring and building, the same way for run.sh and test.sh. Sourced; the working directory is the source root.

# configure PRESET [-D…]: configures where something could have changed since the last time: the options given or
# the packages installed. Changes of CMake files are the build tool's business, it reconfigures by itself.
configure()
{
    local preset=$1 stamp wanted
    stamp=build/$preset/.configured
    wanted="$PWD $* $(dpkg-query -W 2>/dev/null | cksum)"
    if [[ -f build/$preset/build.ninja && -f $stamp && $(<"$stamp") == "$wanted" ]]; then
        return 0
    fi
    # A copied or moved tree brings a build folder that belongs to another place.
    if [[ -f build/$preset/CMakeCache.txt ]] &&
        ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" "build/$preset/CMakeCache.txt"; then
        rm -rf "build/$preset"
    fi
    rm -f "$stamp"
    cmake --preset "$@" || return 1
    printf '%s\n' "$wanted" >"$stamp"
}

# Warnings are errors with the compiler this project is developed with; another one may warn of other things.
warnings_option()
{
    if [[ $(g++ -dumpversion 2>/dev/null) == 12* ]]; then
        echo -DFORETIDE_WARNINGS_AS_ERRORS=ON
    else
        echo -DFORETIDE_WARNINGS_AS_ERRORS=OFF
    fi
}
