# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Foretide authors
#
# Debian packages of each profile, and the one function that installs them. Sourced by run.sh and test.sh.

# What `foretide` itself needs.
packages_core=(
    g++ cmake ninja-build ccache
    libeigen3-dev nlohmann-json3-dev libcli11-dev
    libboost-dev libsqlite3-dev libtomlplusplus-dev libopenigtlink-dev
)
# Everything a full build adds: kernel SVR (OpenCV's ml module alone), the controller's firmware, tests, benchmarks.
packages_full=("${packages_core[@]}" libopencv-ml-dev gcc-arm-none-eabi libgtest-dev libbenchmark-dev zlib1g-dev)
# What test.sh adds: libFuzzer with its sanitizers, format and lint, a machine to run the firmware on.
packages_test=("${packages_full[@]}" clang libclang-rt-dev clang-format clang-tidy qemu-system-arm)

# missing_packages NAME…: those that are not installed, one a line.
missing_packages()
{
    local installed name
    installed=" $(dpkg-query -W -f '${db:Status-Status}=${Package} ' "$@" 2>/dev/null || true)"
    for name in "$@"; do
        [[ $installed == *" installed=$name "* ]] || echo "$name"
    done
}

# install_packages core|full|test: installs what is missing; no apt call where nothing is.
# FORETIDE_INSTALL=0 leaves the machine alone and trusts that the packages (or their like) are there.
install_packages()
{
    local profile=$1 missing as_root=()
    local -n wanted=packages_$profile
    [[ ${FORETIDE_INSTALL:-1} != 0 ]] || return 0

    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        cat >&2 <<EOF
Foretide installs its dependencies on Debian 12 and its relatives only; this machine has no apt.
Install the counterparts of these Debian packages yourself:
  ${wanted[*]}
then run this script again with FORETIDE_INSTALL=0.
EOF
        return 1
    fi
    mapfile -t missing < <(missing_packages "${wanted[@]}")
    ((${#missing[@]})) || return 0

    if ((EUID != 0)); then
        if ! command -v sudo >/dev/null; then
            echo "These packages are missing and need root to install: as root, run" >&2
            echo "  apt-get update && apt-get install --no-install-recommends ${missing[*]}" >&2
            return 1
        fi
        as_root=(sudo)
    fi
    echo "Installing: ${missing[*]}"
    local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
    "${apt[@]}" update || echo "apt-get update failed; going on with the package lists this machine has" >&2
    "${apt[@]}" install -y --no-install-recommends "${missing[@]}"
}
