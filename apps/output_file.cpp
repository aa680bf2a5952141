// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/output_file.h"

#include <fstream>
#include <stdexcept>

namespace foretide::apps {

namespace {

void write_stream(const std::filesystem::path& path, const std::function<void(std::ostream&)>& write)
{
    std::ofstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot write " + path.string() + ": is the folder writable?");
    write(file);
    file.flush();
    if (!file) throw std::runtime_error("cannot write " + path.string() + ": is the disk full?");
}

}  // namespace

void write_file(const std::filesystem::path& path, const std::function<void(std::ostream&)>& write)
{
    if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
    if (std::filesystem::is_directory(path))
        throw std::runtime_error("cannot write " + path.string() + ": it is a folder; give a file's name");
    if (std::filesystem::exists(path) && !std::filesystem::is_regular_file(path)) {
        write_stream(path, write);
        return;
    }
    std::filesystem::path part = path;
    part += ".part";
    try {
        write_stream(part, write);
        std::filesystem::rename(part, path);
    } catch (...) {
        std::error_code ignored;  // the first error is the one to report
        std::filesystem::remove(part, ignored);
        throw;
    }
}

}  // namespace foretide::apps
