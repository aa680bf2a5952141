// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "apps/column_table.h"

#include <algorithm>
#include <ostream>

namespace foretide::apps {

namespace {

/// Characters, not bytes: "–" is one.
std::size_t width_of(const std::string& text)
{
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

void ColumnTable::print(std::ostream& out) const
{
    std::vector<std::size_t> widths(rows_.front().size(), 0);
    for (const auto& row : rows_)
        for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], width_of(row[c]));
    for (std::size_t r = 0; r < rows_.size(); ++r) {
        std::string line;
        for (std::size_t c = 0; c < rows_[r].size(); ++c) {
            const std::string pad(widths[c] - width_of(rows_[r][c]), ' ');
            line += (c == 0 ? "" : "  ") + (c == 0 ? rows_[r][c] + pad : pad + rows_[r][c]);
        }
        out << line << "\n";
    }
}

}  // namespace foretide::apps
