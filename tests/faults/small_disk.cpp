// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "tests/faults/small_disk.h"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <stdexcept>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace foretide::tests {

namespace {

const char* const kBallast = "ballast";

void limit_files(pid_t process, rlim_t bytes)
{
    rlimit limit{};
    if (::prlimit(process, RLIMIT_FSIZE, nullptr, &limit) != 0) throw std::runtime_error("prlimit failed");
    limit.rlim_cur = std::min(bytes, limit.rlim_max);
    if (::prlimit(process, RLIMIT_FSIZE, &limit, nullptr) != 0) throw std::runtime_error("prlimit failed");
}

}  // namespace

SmallDisk::SmallDisk(std::filesystem::path folder) : folder_(std::move(folder))
{
    std::filesystem::create_directories(folder_);
    if (::mount("none", folder_.c_str(), "tmpfs", 0, "size=16m") != 0) return;  // limits do instead
}

SmallDisk::~SmallDisk()
{
    if (mounted(folder_)) ::umount2(folder_.c_str(), MNT_DETACH);
}

bool SmallDisk::mounted(const std::filesystem::path& folder)
{
    struct stat here {
    }, above{};
    return ::stat(folder.c_str(), &here) == 0 && ::stat(folder.parent_path().c_str(), &above) == 0 &&
           here.st_dev != above.st_dev;
}

void SmallDisk::fill(const std::filesystem::path& folder, pid_t process)
{
    if (!mounted(folder)) return limit_files(process, 1);
    const int file = ::open((folder / kBallast).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    constexpr std::array<char, 4096> zeros{};
    while (::write(file, zeros.data(), zeros.size()) > 0) continue;
    ::close(file);
}

void SmallDisk::make_room(const std::filesystem::path& folder, pid_t process)
{
    if (mounted(folder))
        std::filesystem::remove(folder / kBallast);
    else
        limit_files(process, RLIM_INFINITY);
}

}  // namespace foretide::tests
