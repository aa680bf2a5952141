// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/output_file.h"

#include <fstream>
#include <stdexcept>

namespace foretide::apps {

void write_file(const std::filesystem::path& path, const std::function<void(std::ostream&)>& write)
{
    if (path.has_parent_path())
        std::filesystem::create_directories(path.parent_path());
    std::filesystem::path part = path;
    part += ".part";
    {
        std::ofstream file(part, std::ios::binary);
        if (!file)
            throw std::runtime_error("cannot write " + part.string() + ": is the folder writable?");
        write(file);
        file.flush();
        if (!file)
            throw std::runtime_error("cannot write " + part.string() + ": is the disk full?");
    }
    std::filesystem::rename(part, path);
}

}  // namespace foretide::apps
