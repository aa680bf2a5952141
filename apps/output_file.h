// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>

namespace foretide::apps {

/// Writes a file that bears its name only once it is whole (a sibling ending in `.part` is renamed; it is removed
/// where writing fails); makes its folder where needed. What exists there and is no regular file (a device, a pipe) is
/// written to directly. Throws std::runtime_error or std::filesystem::filesystem_error.
void write_file(const std::filesystem::path& path, const std::function<void(std::ostream&)>& write);

}  // namespace foretide::apps
