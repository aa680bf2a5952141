// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/recording_reader.h"

#include <filesystem>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/acquisition/reader_test_support.h"

namespace foretide::acquisition {
namespace {

using namespace std::string_literals;

const std::string kCsv = "time_s,m1_x_mm,m1_y_mm,m1_z_mm\n0,1,2,3\n";
const std::string kExtMarker = "\"Frame\";\"Timestamp\";\"x\";\"y\";\"z\"\n0;0;1;2;3\n6;100;1;2;3\n";
const std::string kVxp = "[Header]\nVersion=1.6\nData_layout=amplitude,timestamp\nScale_factor=10\n[Data]\n1,0\n";
const std::string kDat = "CRC 1\nVERSION = 1.4\n0,0\n#TRUE#\n0,1\n6\n7\n8\n9\n10\n1,0,0,0,0,0,0\n";
const std::string kNdi = "Tools,Port 1,Frame,State,Tx,Ty,Tz\n1,Port 1,0,OK,1,2,3\n";
const std::string kDatabase = "SQLite format 3\0\x10\0\1\1"s;

/// The read must fail with these words in its message.
void expect_refusal(const std::vector<std::filesystem::path>& inputs, const ReaderOptions& options,
                    const std::vector<std::string>& words)
{
    try {
        read_recording(inputs, options);
        ADD_FAILURE() << "was read, but should be refused: " << words.front();
    } catch (const ReadError& error) {
        for (const std::string& word : words) {
            EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << word << " in: " << error.what();
        }
    }
}

TEST(RecordingReader, KnowsFormatsByTheirContent)
{
    const std::vector<std::pair<std::string, RecordingFormat>> cases{
        {kCsv, RecordingFormat::csv},
        {"\xEF\xBB\xBF\r\n" + kCsv, RecordingFormat::csv},
        {"time_s;m1_x_mm;m1_y_mm;m1_z_mm\n", RecordingFormat::csv},
        {kExtMarker, RecordingFormat::extmarker},
        {kVxp, RecordingFormat::vxp},
        {kDat, RecordingFormat::dat},
        {kNdi, RecordingFormat::ndi},
        {"Date:=1\n\n" + kNdi, RecordingFormat::ndi},
        {kDatabase, RecordingFormat::session},
        {"", RecordingFormat::automatic},
        {"\n\n", RecordingFormat::automatic},
        {"x,y,z\n1,2,3\n", RecordingFormat::automatic},
        {"text\n[Header]\n", RecordingFormat::automatic},
        {"\x7F"
         "ELF\0\0"s,
         RecordingFormat::automatic},
        {"\xFF\xFEt\0"s, RecordingFormat::automatic},
        {"\xEF\xBB\xBF\xFF\xFEt", RecordingFormat::automatic},
        {std::string(100'000, 'x'), RecordingFormat::automatic},
    };
    for (const auto& [text, format] : cases) EXPECT_EQ(detect_format(text), format) << text.substr(0, 40);
}

TEST(RecordingReader, ReadsEveryFormatWhateverTheFileIsCalled)
{
    const TemporaryFolder folder;
    const std::vector<std::pair<std::string, std::string>> cases{
        {kCsv, "csv"}, {kExtMarker, "extmarker"}, {kVxp, "vxp"}, {kDat, "dat"}, {kNdi, "ndi"}};
    for (const auto& [text, format] : cases) {
        const auto file = folder.write("recording.txt", text);
        const auto recording = read_recording({file});
        EXPECT_EQ(recording.format, format);
        EXPECT_EQ(recording.files, std::vector<std::string>{file.string()});
        EXPECT_EQ(recording.markers, 1);
        EXPECT_EQ(recording.frames.size(), format == "extmarker" ? 2U : 1U);
        ReaderOptions named;
        named.format = parse_format(format);
        EXPECT_EQ(read_recording({file}, named).frames.size(), recording.frames.size());
    }
    ReaderOptions vxp;
    vxp.format = RecordingFormat::vxp;
    EXPECT_EQ(read_recording({folder.write("old.dat", kDat)}, vxp).format, "dat");
}

TEST(RecordingReader, NamedFormatsAreNotOverruled)
{
    const TemporaryFolder folder;
    ReaderOptions options;
    options.format = RecordingFormat::csv;
    expect_refusal({folder.write("a", kVxp)}, options, {"a:1: the first column is \"[Header]\""});
    options.format = RecordingFormat::dat;
    expect_refusal({folder.write("b", kVxp)}, options, {"b:1: the file starts with \"[Header]\", not with CRC"});
}

TEST(RecordingReader, KnowsFormatsByTheirNames)
{
    EXPECT_EQ(parse_format("auto"), RecordingFormat::automatic);
    EXPECT_EQ(parse_format("ndi"), RecordingFormat::ndi);
    EXPECT_EQ(parse_format("session"), RecordingFormat::session);
    try {
        parse_format("mp3");
        ADD_FAILURE();
    } catch (const std::invalid_argument& error) {
        EXPECT_NE(std::string(error.what()).find("\"mp3\"; use one of auto, csv, extmarker"), std::string::npos);
    }
}

TEST(RecordingReader, ReadsAFolderOfOneExtMarkerSession)
{
    const TemporaryFolder folder;
    folder.write("201205101519-UAC-1-T-222-6.csv", kExtMarker);
    folder.write("201205101519-LAC-1-T-222-6.csv", kExtMarker);
    folder.write("README.txt", "about these files");
    folder.write("sub/201205101522-LAC-1-T-222-6.csv", kExtMarker);
    const auto recording = read_recording({folder.path()});
    EXPECT_EQ(recording.markers, 2);
    EXPECT_NE(recording.files[0].find("LAC"), std::string::npos);
    EXPECT_TRUE(has_note(recording, "2 other entries are no ExtMarker files"));
}

TEST(RecordingReader, RefusesAFolderOfSeveralSessionsAndListsThem)
{
    const TemporaryFolder folder;
    folder.write("201205101519-LAC-1-T-222-6.csv", kExtMarker);
    folder.write("201205101519-UAC-1-T-222-6.csv", kExtMarker);
    folder.write("201205101522-LAC-1-N-138-6.csv", kExtMarker);
    folder.write("left.csv", kExtMarker);
    expect_refusal({folder.path()}, {},
                   {"3 sessions: (none by its name) (1 file), 201205101519 (2 files), 201205101522 (1 file)",
                    "201205101522-*.csv"});
}

TEST(RecordingReader, RefusesInputsThatAreNoRecording)
{
    const TemporaryFolder folder;
    const auto csv = folder.write("a.csv", kCsv);
    const auto track = folder.write("b.csv", kExtMarker);
    const auto garbage = folder.write("c.bin",
                                      "\x7F"
                                      "ELF\0\0\0"s);
    const auto database = folder.write("d.session", kDatabase);
    const auto empty = folder.write("e.csv", "");
    folder.write("plain/a.csv", kCsv);
    ReaderOptions ndi, extmarker, session;
    ndi.format = RecordingFormat::ndi;
    extmarker.format = RecordingFormat::extmarker;
    session.format = RecordingFormat::session;

    EXPECT_THROW(read_recording({}), std::invalid_argument);
    expect_refusal({folder.path() / "none.csv"}, {}, {"none.csv: there is no such file or folder"});
    expect_refusal({folder.path() / "plain"}, {}, {"holds no ExtMarker file"});
    expect_refusal({folder.path() / "plain"}, ndi, {"it is a folder"});
    expect_refusal({garbage}, {}, {"c.bin: the format is not known"});
    expect_refusal({empty}, {}, {"e.csv: the file is empty"});
    expect_refusal({database}, {}, {"d.session: file is not a database; give a session file"});
    expect_refusal({database}, extmarker, {"d.session: file is not a database; give a session file"});
    expect_refusal({csv}, session, {"a.csv: file is not a database; give a session file"});
    expect_refusal({database, csv}, {}, {"one file too many"});
    expect_refusal({csv, csv}, {}, {"one file too many"});
    expect_refusal({track, csv}, extmarker, {"a.csv:1: the header is"});
    expect_refusal({track, track}, {}, {"there already"});
}

TEST(RecordingReader, RefusesFilesOverTheLimit)
{
    const TemporaryFolder folder;
    const auto large = folder.write("large.csv", kCsv);
    std::filesystem::resize_file(large, kMaxTotalBytes + 1);
    expect_refusal({large}, {}, {"larger than 512 MiB"});
    ReaderOptions csv;
    csv.format = RecordingFormat::csv;
    expect_refusal({"/dev/zero"}, csv, {"/dev/zero: the recording is larger than 512 MiB"});
}

TEST(RecordingReader, RefusesImpossibleOptions)
{
    const TemporaryFolder folder;
    const auto file = folder.write("a.vxp", kVxp);
    ReaderOptions options;
    for (const double scale_mm : {0.0, -1.0, std::numeric_limits<double>::infinity(), core::kNaN}) {
        options.rpm_scale_mm = scale_mm;
        EXPECT_THROW(read_recording({file}, options), std::invalid_argument) << scale_mm;
    }
}

}  // namespace
}  // namespace foretide::acquisition
