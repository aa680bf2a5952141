// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/study/sequences.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <tuple>

#include "acquisition/recording_reader.h"
#include "core/time.h"
#include "validation/study/content_hash.h"
#include "validation/text.h"

namespace foretide::validation {

namespace fs = std::filesystem;

namespace {

/// Sorts "seq2" before "seq10".
std::tuple<std::string, std::size_t, std::string> natural_order(const std::string& name)
{
    const std::size_t digits = name.find_last_not_of("0123456789") + 1;
    return {name.substr(0, digits), name.size() - digits, name.substr(digits)};
}

std::vector<fs::path> session_files(const StudyOptions& options)
{
    const fs::path folder = sequence_folder(options);
    if (!fs::is_directory(folder))
        throw std::runtime_error("no data: " + folder.string() + " is not a folder. It should hold the sessions at " +
                                 shortest(options.rate_hz) +
                                 " Hz as seq1.csv, seq2.csv …; give --data (or FORETIDE_SHARED) and --rate");
    std::vector<fs::path> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder))
        if (entry.is_regular_file() && entry.path().extension() == ".csv") files.push_back(entry.path());
    std::ranges::sort(files, {}, [](const fs::path& file) { return natural_order(file.stem().string()); });
    if (files.empty()) throw std::runtime_error("no data: " + folder.string() + " holds no .csv file");
    return files;
}

std::vector<fs::path> chosen(const std::vector<fs::path>& files, const std::vector<std::string>& names)
{
    if (names.empty()) return files;
    std::vector<bool> wanted(files.size(), false);
    for (const std::string& name : names) {
        const auto found = std::ranges::find_if(
            files, [&name](const fs::path& file) { return file.stem() == name || file.stem() == "seq" + name; });
        if (found == files.end()) {
            std::string there;
            for (const fs::path& file : files) there += " " + file.stem().string();
            throw std::invalid_argument("there is no sequence '" + name + "'; there are:" + there);
        }
        wanted[static_cast<std::size_t>(found - files.begin())] = true;
    }
    std::vector<fs::path> some;
    for (std::size_t k = 0; k < files.size(); ++k)
        if (wanted[k]) some.push_back(files[k]);
    return some;
}

core::Recording cut_before(const core::Recording& whole, double end_s)
{
    constexpr double rounding_s = 1e-3;  // times in files are rounded; a target at `end_s` belongs to the test
    core::Recording part = whole;
    if (whole.frames.empty()) return part;
    const core::TimePoint end = whole.frames.front().acquired + core::from_seconds(end_s - rounding_s);
    std::erase_if(part.frames, [end](const core::MarkerFrame& frame) { return frame.acquired >= end; });
    return part;
}

Sequence load(const fs::path& file, const StudyOptions& options)
{
    Sequence sequence;
    sequence.name = file.stem().string();
    sequence.content_hash = file_hash(file);
    sequence.whole = acquisition::read_recording({file});
    sequence.rate_hz = uniform_rate_hz(sequence.whole);
    constexpr double within = 0.02;  // the folder of the 10/3 Hz series is named 3.33Hz
    if (!(std::abs(sequence.rate_hz / options.rate_hz - 1) <= within))
        throw std::runtime_error(file.string() + ": its frames come at " + significant(sequence.rate_hz, 4) +
                                 " Hz, but the folder is that of " + shortest(options.rate_hz) + " Hz");
    const auto& frames = sequence.whole.frames;
    sequence.duration_s = core::to_seconds(frames.back().acquired - frames.front().acquired);
    sequence.selection = cut_before(sequence.whole, options.eval_start_s);
    return sequence;
}

}  // namespace

fs::path sequence_folder(const StudyOptions& options) { return options.data / (shortest(options.rate_hz) + "Hz"); }

std::vector<Sequence> load_sequences(const StudyOptions& options)
{
    std::vector<Sequence> sequences;
    for (const fs::path& file : chosen(session_files(options), options.sequences))
        sequences.push_back(load(file, options));
    return sequences;
}

}  // namespace foretide::validation
