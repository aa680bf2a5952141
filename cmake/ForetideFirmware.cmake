# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Foretide authors

# The controller's firmware, built along with everything else where the cross compiler is installed: a CMake project of
# its own (firmware_bridge/firmware), whose images lie in FORETIDE_FIRMWARE_DIR.
option(FORETIDE_WITH_FIRMWARE "Build the controller's firmware where gcc-arm-none-eabi is found" ON)
set(FORETIDE_FIRMWARE_DIR ${PROJECT_BINARY_DIR}/firmware)

find_program(ARM_NONE_EABI_GCC arm-none-eabi-gcc)
mark_as_advanced(ARM_NONE_EABI_GCC)
if(FORETIDE_WITH_FIRMWARE AND NOT ARM_NONE_EABI_GCC)
  message(WARNING "The controller's firmware is NOT built: arm-none-eabi-gcc is missing (package gcc-arm-none-eabi)")
elseif(FORETIDE_WITH_FIRMWARE)
  include(ExternalProject)
  ExternalProject_Add(foretide_firmware
    SOURCE_DIR ${PROJECT_SOURCE_DIR}/firmware_bridge/firmware
    BINARY_DIR ${FORETIDE_FIRMWARE_DIR}
    PREFIX ${PROJECT_BINARY_DIR}/firmware-project
    CMAKE_ARGS --toolchain ${PROJECT_SOURCE_DIR}/firmware_bridge/firmware/cortex_m3.cmake
    CMAKE_CACHE_ARGS -DCMAKE_BUILD_TYPE:STRING=MinSizeRel
    BUILD_ALWAYS ON
    INSTALL_COMMAND "")
endif()
