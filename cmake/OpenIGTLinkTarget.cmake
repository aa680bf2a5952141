# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Foretide authors

# OpenIGTLink's own CMake files define no target, and its `Use` file injects compiler flags: only the places of its
# headers and its library are taken.
find_path(OPENIGTLINK_INCLUDE_DIR igtl_header.h PATH_SUFFIXES openigtlink REQUIRED)
find_library(OPENIGTLINK_LIBRARY OpenIGTLink REQUIRED)
mark_as_advanced(OPENIGTLINK_INCLUDE_DIR OPENIGTLINK_LIBRARY)
add_library(OpenIGTLink::OpenIGTLink UNKNOWN IMPORTED)
set_target_properties(OpenIGTLink::OpenIGTLink PROPERTIES
  IMPORTED_LOCATION ${OPENIGTLINK_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${OPENIGTLINK_INCLUDE_DIR})
