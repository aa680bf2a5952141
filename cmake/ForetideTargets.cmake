# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Foretide authors

# Warnings of every target of the project, in one place. GCC 12 reports -Wrestrict for plain concatenations of
# std::string at -O3 (GCC bug 105329).
add_library(foretide_warnings INTERFACE)
target_compile_options(foretide_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wcast-align
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Woverloaded-virtual>
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
  $<$<BOOL:${FORETIDE_WARNINGS_AS_ERRORS}>:-Werror>)

# foretide_library(<folder> SOURCES … HEADERS … [PUBLIC lib…] [PRIVATE lib…])
# One library a folder: target foretide_<folder>, alias foretide::<folder>. Headers are included by their path
# from the root ("core/time.h") and form a header set, so that each can be checked to compile alone.
function(foretide_library folder)
  cmake_parse_arguments(ARG "" "" "SOURCES;HEADERS;PUBLIC;PRIVATE" ${ARGN})
  set(target foretide_${folder})
  add_library(${target} STATIC ${ARG_SOURCES})
  add_library(foretide::${folder} ALIAS ${target})
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${ARG_HEADERS})
  target_link_libraries(${target} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE} foretide_warnings)
  set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
endfunction()
