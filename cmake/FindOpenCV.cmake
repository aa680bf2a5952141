# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Foretide authors

# OpenCV by module, so that Debian's small packages (libopencv-ml-dev and the like) suffice: OpenCV's own config
# file comes with libopencv-dev alone and demands the libraries of all its modules, some 200 packages.
#
#   find_package(OpenCV 4.6 COMPONENTS core ml)  →  OpenCV_FOUND, _VERSION, _LIBS, _INCLUDE_DIRS and a target
#   opencv_<module> for each module.
find_path(OpenCV_INCLUDE_DIR opencv2/core/version.hpp PATH_SUFFIXES opencv4)
mark_as_advanced(OpenCV_INCLUDE_DIR)

if(OpenCV_INCLUDE_DIR)
  file(STRINGS ${OpenCV_INCLUDE_DIR}/opencv2/core/version.hpp version_lines REGEX "#define CV_VERSION_(MAJOR|MINOR|REVISION) ")
  string(REGEX MATCHALL "[0-9]+" version_parts "${version_lines}")
  list(JOIN version_parts . OpenCV_VERSION)
endif()

set(OpenCV_LIBS "")
set(OpenCV_INCLUDE_DIRS ${OpenCV_INCLUDE_DIR})
foreach(module IN LISTS OpenCV_FIND_COMPONENTS)
  find_library(OpenCV_${module}_LIBRARY opencv_${module})
  mark_as_advanced(OpenCV_${module}_LIBRARY)
  if(OpenCV_${module}_LIBRARY AND EXISTS ${OpenCV_INCLUDE_DIR}/opencv2/${module}.hpp)
    set(OpenCV_${module}_FOUND TRUE)
    if(NOT TARGET opencv_${module})
      add_library(opencv_${module} UNKNOWN IMPORTED)
      set_target_properties(opencv_${module} PROPERTIES
        IMPORTED_LOCATION ${OpenCV_${module}_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${OpenCV_INCLUDE_DIR})
    endif()
    list(APPEND OpenCV_LIBS opencv_${module})
  endif()
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenCV REQUIRED_VARS OpenCV_INCLUDE_DIR OpenCV_LIBS
  VERSION_VAR OpenCV_VERSION HANDLE_COMPONENTS)
