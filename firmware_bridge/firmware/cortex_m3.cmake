# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Foretide authors

# Toolchain file: GCC for a Cortex-M3 without an operating system or a C library.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR cortex-m3)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_EXECUTABLE_SUFFIX_C .elf)
