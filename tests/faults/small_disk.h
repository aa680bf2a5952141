// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <filesystem>
#include <sys/types.h>

namespace foretide::tests {

/// A disk of 16 MiB in a folder, where this user may mount one; elsewhere the sizes of a process's files are limited in
/// its place.
class SmallDisk {
public:
    explicit SmallDisk(std::filesystem::path folder);
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    ~SmallDisk();

    static bool mounted(const std::filesystem::path& folder);
    /// No byte more for the process.
    static void fill(const std::filesystem::path& folder, pid_t process);
    static void make_room(const std::filesystem::path& folder, pid_t process);

private:
    std::filesystem::path folder_;
};

}  // namespace foretide::tests
