// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/recording_reader.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "acquisition/extmarker.h"
#include "acquisition/ndi_csv.h"
#include "acquisition/rpm_dat.h"
#include "acquisition/session_csv.h"
#include "acquisition/session_file.h"
#include "acquisition/text_file.h"
#include "acquisition/text_table.h"
#include "acquisition/vxp.h"

namespace foretide::acquisition {

namespace {

namespace fs = std::filesystem;

constexpr std::array<std::pair<std::string_view, RecordingFormat>, 7> kFormats{{
    {"auto", RecordingFormat::automatic},
    {"csv", RecordingFormat::csv},
    {"extmarker", RecordingFormat::extmarker},
    {"vxp", RecordingFormat::vxp},
    {"dat", RecordingFormat::dat},
    {"ndi", RecordingFormat::ndi},
    {"session", RecordingFormat::session},
}};
constexpr std::size_t kHeadBytes = 8192;
constexpr int kHeadLines = 11;
constexpr std::size_t kMaxFolderEntries = 10'000;

struct LoadedFile {
    std::string name;
    std::string text;
};

std::vector<LoadedFile> load_all(const std::vector<fs::path>& paths)
{
    std::vector<LoadedFile> files;
    std::size_t total = 0;
    for (const fs::path& path : paths) {
        std::error_code no_size;  // devices and pipes: the bytes read count
        const std::uintmax_t stated = fs::file_size(path, no_size);
        const bool too_large = !no_size && stated > kMaxTotalBytes - total;
        files.push_back({path.string(), too_large ? std::string{} : read_head(path, kMaxTotalBytes - total + 1)});
        total += files.back().text.size();
        if (too_large || total > kMaxTotalBytes) {
            throw ReadError(path.string(), 0,
                            "the recording is larger than " + std::to_string(kMaxTotalBytes >> 20U) + " MiB",
                            "split it into shorter recordings");
        }
    }
    return files;
}

/// ExtMarker files of a folder, in the order of their names; throws where they are not one session.
std::vector<fs::path> session_of_folder(const fs::path& folder, std::vector<core::RecordingNote>& notes)
{
    std::vector<fs::path> files;
    std::size_t entries = 0;
    std::size_t others = 0;
    std::map<std::string, std::size_t> sessions;
    std::error_code error;
    auto it = fs::directory_iterator(folder, error);
    for (; !error && it != fs::directory_iterator{}; it.increment(error)) {
        if (++entries > kMaxFolderEntries) {
            throw ReadError(folder.string(), 0,
                            "the folder has more than " + std::to_string(kMaxFolderEntries) + " entries",
                            "put the files of the session into a folder of their own");
        }
        std::error_code unreadable;  // counts as "not a file of the session"
        if (it->is_regular_file(unreadable) && !unreadable &&
            detect_format(read_head(it->path(), kHeadBytes)) == RecordingFormat::extmarker) {
            files.push_back(it->path());
            ++sessions[extmarker_session(it->path().filename().string())];
        } else {
            ++others;
        }
    }
    if (error) {
        throw ReadError(folder.string(), 0, "the folder cannot be read: " + error.message(), "check the permissions");
    }
    if (files.empty()) {
        throw ReadError(folder.string(), 0, "the folder holds no ExtMarker file",
                        "give a folder with the files of one ExtMarker session, or a single file of another format");
    }
    if (sessions.size() > 1) {
        std::string list;
        for (const auto& [name, count] : sessions) {
            list += (list.empty() ? "" : ", ") + (name.empty() ? "(none by its name)" : name) + " (" +
                    std::to_string(count) + (count == 1 ? " file)" : " files)");
        }
        const std::string example = std::prev(sessions.end())->first;
        throw ReadError(folder.string(), 0,
                        "the folder holds " + std::to_string(sessions.size()) + " sessions: " + list,
                        "give the files of one of them, such as " + (folder / (example + "-*.csv")).string());
    }
    if (others > 0) {
        notes.push_back(
            {folder.string(), 0, std::to_string(others) + " other entries are no ExtMarker files: left alone"});
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::vector<fs::path> expand(const std::vector<fs::path>& inputs, RecordingFormat format,
                             std::vector<core::RecordingNote>& notes)
{
    std::vector<fs::path> files;
    for (const fs::path& input : inputs) {
        std::error_code error;
        const fs::file_status status = fs::status(input, error);
        if (!fs::exists(status)) {
            throw ReadError(input.string(), 0, "there is no such file or folder", "check the path");
        }
        if (!fs::is_directory(status)) {
            files.push_back(input);
            continue;
        }
        if (format != RecordingFormat::automatic && format != RecordingFormat::extmarker) {
            throw ReadError(input.string(), 0, "it is a folder", "give a file; only ExtMarker sessions may be folders");
        }
        const auto session = session_of_folder(input, notes);
        files.insert(files.end(), session.begin(), session.end());
    }
    return files;
}

RecordingFormat resolve_format(const LoadedFile& file, RecordingFormat asked)
{
    const RecordingFormat found = detect_format(file.text);
    if (asked == RecordingFormat::vxp && found == RecordingFormat::dat) {
        return found;
    }
    if (asked != RecordingFormat::automatic && found != RecordingFormat::session) {
        return asked;
    }
    if (found == RecordingFormat::automatic) {
        const LineReader reader(file.text, file.name);
        reader.fail_file(
            file.text.empty() ? "the file is empty" : "the format is not known",
            "session CSV, ExtMarker, Varian .vxp and .dat, and NDI CSV can be read; name the format where it is one");
    }
    return found;
}

void check_options(const ReaderOptions& options)
{
    const double scale_mm = options.rpm_scale_mm.value_or(1.0);
    if (!(scale_mm > 0) || !std::isfinite(scale_mm)) {
        throw std::invalid_argument("the scale of an RPM amplitude must be a positive number of millimetres");
    }
}

/// Session databases are read in place: they may be larger than memory, and have a log beside them.
bool is_session(const std::vector<fs::path>& paths, RecordingFormat asked)
{
    if (paths.size() != 1) return false;
    if (asked == RecordingFormat::session) return true;
    std::error_code unreadable;  // the next to open it tells; and a pipe can be read only once
    return fs::is_regular_file(paths.front(), unreadable) &&
           detect_format(read_head(paths.front(), kHeadBytes)) == RecordingFormat::session;
}

core::Recording parse(const std::vector<LoadedFile>& files, const ReaderOptions& options)
{
    const LoadedFile& first = files.front();
    const RecordingFormat format = resolve_format(first, options.format);
    if (format == RecordingFormat::extmarker) {
        std::vector<ExtMarkerFile> tracks;
        tracks.reserve(files.size());
        for (const LoadedFile& file : files) {
            tracks.push_back({file.name, file.text});
        }
        return parse_extmarker(tracks);
    }
    if (files.size() > 1) {
        throw ReadError(files[1].name, 0, "it is one file too many: only ExtMarker sessions have several",
                        "give one file");
    }
    switch (format) {
    case RecordingFormat::csv:
        return parse_session_csv(first.text, first.name);
    case RecordingFormat::vxp:
        return parse_vxp(first.text, first.name, options);
    case RecordingFormat::dat:
        return parse_rpm_dat(first.text, first.name, options);
    case RecordingFormat::ndi:
        return parse_ndi_csv(first.text, first.name, options);
    default:
        throw ReadError(first.name, 0, "it cannot be read together with other files", "give the session file alone");
    }
}

}  // namespace

RecordingFormat parse_format(std::string_view name)
{
    std::string names;
    for (const auto& [known, format] : kFormats) {
        if (name == known) {
            return format;
        }
        names += (names.empty() ? "" : ", ") + std::string(known);
    }
    throw std::invalid_argument("unknown recording format " + show_cell(name) + "; use one of " + names);
}

RecordingFormat detect_format(std::string_view text)
{
    using namespace std::string_view_literals;
    if (text.starts_with("SQLite format 3\0"sv)) {
        return RecordingFormat::session;
    }
    text = text.substr(0, kHeadBytes);
    if (text.find('\0') != std::string_view::npos || text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
        return RecordingFormat::automatic;
    }
    LineReader reader(text, "");
    std::string_view line;
    std::vector<std::string_view> cells;
    for (int i = 0; i < kHeadLines && reader.next_filled(line); ++i) {
        const char delimiter = line.find(';') == std::string_view::npos ? ',' : ';';
        split_cells(line, delimiter, cells);
        if (equal_ignoring_case(cells.front(), "Tools")) {
            return RecordingFormat::ndi;
        }
        if (i > 0) {
            continue;  // only NDI files have lines before their header
        }
        if (equal_ignoring_case(line, "[Header]")) {
            return RecordingFormat::vxp;
        }
        if (starts_with_ignoring_case(line, "CRC")) {
            return RecordingFormat::dat;
        }
        if (cells.front() == "time_s") {
            return RecordingFormat::csv;
        }
        if (delimiter == ';' && equal_ignoring_case(cells.front(), "Frame")) {
            return RecordingFormat::extmarker;
        }
    }
    return RecordingFormat::automatic;
}

core::Recording read_recording(const std::vector<fs::path>& inputs, const ReaderOptions& options)
{
    check_options(options);
    if (inputs.empty()) {
        throw std::invalid_argument("no recording was given; name a file or a folder");
    }
    std::vector<core::RecordingNote> notes;
    const std::vector<fs::path> paths = expand(inputs, options.format, notes);
    core::Recording recording =
        is_session(paths, options.format) ? read_session_file(paths.front()) : parse(load_all(paths), options);
    recording.notes.insert(recording.notes.begin(), notes.begin(), notes.end());
    return recording;
}

}  // namespace foretide::acquisition
