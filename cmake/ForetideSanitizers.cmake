# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Foretide authors

# Sanitizers instrument every library and test, not the tests alone. Impossible pairs are refused.
if(FORETIDE_SANITIZER STREQUAL "address-undefined")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
elseif(FORETIDE_SANITIZER STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
  # The thread sanitizer does not understand fences; Asio's handlers are ordered by its mutexes as well.
  add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
elseif(NOT FORETIDE_SANITIZER STREQUAL "")
  message(FATAL_ERROR "FORETIDE_SANITIZER is '${FORETIDE_SANITIZER}': use address-undefined, thread or nothing")
endif()

# GCC's own library (std::regex, std::function) draws false reports of this warning once instrumented (GCC bug 105616).
if(FORETIDE_SANITIZER AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wno-maybe-uninitialized)
endif()

if(FORETIDE_BUILD_FUZZERS)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "Fuzz targets need clang (libFuzzer): configure with the 'fuzz' preset")
  endif()
  if(NOT FORETIDE_SANITIZER STREQUAL "address-undefined")
    message(FATAL_ERROR "Fuzz targets run with FORETIDE_SANITIZER=address-undefined: configure with the 'fuzz' preset")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
