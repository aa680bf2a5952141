// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/beam_log_csv.h"

#include "acquisition/text_file.h"
#include "acquisition/text_table.h"

namespace foretide::acquisition {

std::vector<BeamEdge> parse_beam_log(std::string_view text, const std::string& file)
{
    constexpr const char* hint = "a beam log has the header time_s,beam and a row for each edge: 12.345,1 or 13.210,0";
    LineReader reader(text, file);
    std::string_view line;
    if (!reader.next_filled(line)) reader.fail_file("the file is empty", hint);
    std::vector<std::string_view> cells;
    split_cells(line, ',', cells);
    if (cells.size() != 2 || cells[0] != "time_s" || cells[1] != "beam")
        reader.fail("the header is " + show_cell(line) + ", not time_s,beam", hint);
    std::vector<BeamEdge> edges;
    double last_s = 0;
    bool first = true;
    while (reader.next_filled(line)) {
        split_cells(line, ',', cells);
        if (cells.size() != 2) reader.fail("the row has " + std::to_string(cells.size()) + " columns, not 2", hint);
        const auto time = parse_seconds(cells[0]);
        if (!time) reader.fail("the time " + show_cell(cells[0]) + " is no finite number of seconds", hint);
        if (cells[1] != "0" && cells[1] != "1")
            reader.fail("the beam is " + show_cell(cells[1]) + ", not 0 or 1", hint);
        const BeamEdge edge{core::to_seconds(*time), cells[1] == "1"};
        if (!first && edge.time_s < last_s) reader.fail("the time goes back", "sort the rows by time");
        first = false;
        last_s = edge.time_s;
        if (!edges.empty() && edges.back().on == edge.on) continue;
        if (edges.size() == kMaxBeamEdges) reader.fail("there are more than a million edges", "split the log");
        edges.push_back(edge);
    }
    if (edges.empty()) reader.fail_file("the log holds no row", hint);
    return edges;
}

std::vector<BeamEdge> read_beam_log(const std::filesystem::path& file)
{
    return parse_beam_log(read_text_file(file), file.string());
}

}  // namespace foretide::acquisition
