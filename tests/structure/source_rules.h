// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace foretide::structure {

/// Which folder may include what; the format is explained in dependencies.txt.
struct DependencyTable {
    std::map<std::string, std::set<std::string>> folders;  ///< folder → project folders it may include, itself too
    std::map<std::string, std::set<std::string>> owners;  ///< prefix of a <header> → the only folders that may use it
};

/// Throws std::runtime_error with the line where it cannot be read.
DependencyTable read_dependencies(const std::filesystem::path& file);

struct Violation {
    std::string file;      ///< relative to the root
    std::size_t line = 0;  ///< 1-based; 0 = the file as a whole
    std::string rule;      ///< include-direction, third-party, include-path, iostream, random, spdx, path or flags
    std::string text;
};

struct SourceCheck {
    std::size_t files = 0;  ///< looked at
    std::vector<Violation> violations;
};

/// Reads every text file below `root`, but for hidden folders other than .ci, build folders, `out`, and logs and
/// results at the top, and reports what breaks the project's rules of structure: the direction of includes, third
/// parties kept to their folders, <iostream> in headers, random numbers without a seed passed in, licence lines,
/// paths of one machine, compiler flags that change the arithmetic.
SourceCheck check_sources(const std::filesystem::path& root, const DependencyTable& table);

}  // namespace foretide::structure
