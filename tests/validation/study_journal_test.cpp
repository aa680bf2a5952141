// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/acquisition/reader_test_support.h"
#include "validation/study/content_hash.h"
#include "validation/study/journal.h"
#include "validation/study/work_pool.h"

namespace foretide::validation {
namespace {

using Json = nlohmann::ordered_json;

class StudyJournal : public testing::Test {
protected:
    std::string content() const
    {
        std::ifstream in(file_, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    void set_content(const std::string& text) const { std::ofstream(file_, std::ios::binary) << text; }

    /// A journal of three units.
    void fill() const
    {
        Journal journal(file_, header_, false);
        for (int k = 0; k < 3; ++k) journal.add("unit " + std::to_string(k), {{"nrmse", 0.1 * k}});
    }

    std::string refusal() const
    {
        try {
            const Journal journal(file_, header_, true);
        } catch (const std::exception& error) {
            return error.what();
        }
        return {};
    }

    acquisition::TemporaryFolder folder_;
    std::filesystem::path file_ = folder_.path() / "out" / "work.journal";
    Json header_ = {{"settings", {{"rate_hz", 10.0}, {"runs", 3}}}};
};

TEST_F(StudyJournal, RemembersWhatWasDone)
{
    fill();
    const Journal sut(file_, header_, true);
    EXPECT_EQ(sut.resumed(), 3U);
    ASSERT_NE(sut.find("unit 2"), nullptr);
    EXPECT_EQ(*sut.find("unit 2"), (Json{{"nrmse", 0.1 * 2}}));  // the same double
    EXPECT_EQ(sut.find("unit 3"), nullptr);
}

TEST_F(StudyJournal, ResumesWhatIsNotThereYet)
{
    const Journal sut(file_, header_, true);
    EXPECT_EQ(sut.resumed(), 0U);
}

TEST_F(StudyJournal, DropsALineThatWasCutOffAnywhereAndGoesOn)
{
    fill();
    const std::string whole = content();
    const std::size_t last = whole.rfind('\n', whole.size() - 2) + 1;
    for (std::size_t length = last + 1; length < whole.size(); ++length) {
        set_content(whole.substr(0, length));
        Journal sut(file_, header_, true);
        EXPECT_EQ(sut.resumed(), 2U) << length;
        sut.add("unit 2", {{"nrmse", 0.1 * 2}});
        EXPECT_EQ(content(), whole) << length;
    }
}

TEST_F(StudyJournal, DetectsEveryChangedByte)
{
    fill();
    const std::string whole = content();
    for (std::size_t at = 0; at + 1 < whole.size(); ++at) {
        std::string damaged = whole;
        damaged[at] = damaged[at] == 'x' ? 'y' : 'x';
        set_content(damaged);
        const std::string what = refusal();
        ASSERT_FALSE(what.empty()) << at;
        EXPECT_NE(what.find(file_.string() + ":"), std::string::npos) << what;
        EXPECT_NE(what.find("damaged"), std::string::npos) << what;
    }
}

TEST_F(StudyJournal, NamesTheSettingThatDiffers)
{
    fill();
    header_["settings"]["runs"] = 4;
    EXPECT_THROW(Journal(file_, header_, true), std::invalid_argument);
    EXPECT_NE(refusal().find("settings.runs was 3, now it is 4"), std::string::npos) << refusal();
}

TEST_F(StudyJournal, KeepsTheOldOneAsideWhenItStartsAnew)
{
    fill();
    const std::string before = content();
    const Journal sut(file_, header_, false);
    EXPECT_EQ(sut.resumed(), 0U);
    std::ifstream old(file_.string() + ".old", std::ios::binary);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(old), {}), before);
}

TEST_F(StudyJournal, BelongsToOneAtATime)
{
    const Journal first(file_, header_, false);
    EXPECT_THROW(Journal(file_, header_, true), std::runtime_error);
    EXPECT_NE(refusal().find("in use"), std::string::npos);
}

TEST_F(StudyJournal, HashesAsFnvDoes)
{
    EXPECT_EQ(hash_text(content_hash("")), "cbf29ce484222325");
    EXPECT_EQ(hash_text(content_hash("foobar")), "85944171f73967e8");  // test vector of the FNV authors
}

// ---- the pool that works through it

std::vector<WorkUnit> squares(int count, std::vector<int>& calls)
{
    calls.assign(static_cast<std::size_t>(count), 0);
    std::vector<WorkUnit> units;
    for (int k = 0; k < count; ++k)
        units.push_back({"unit " + std::to_string(k), 1.0 + k, [k, &calls] {
                             ++calls[static_cast<std::size_t>(k)];
                             return Json{{"square", k * k}};
                         }});
    return units;
}

TEST_F(StudyJournal, IsFilledOnceByManyThreads)
{
    std::vector<int> calls;
    const auto units = squares(200, calls);
    Journal journal(file_, header_, false);
    journal.add("unit 7", {{"square", 49}});
    std::vector<double> shares;
    do_units(units, journal, 4, [&shares](double share) { shares.push_back(share); });
    for (int k = 0; k < 200; ++k) {
        ASSERT_NE(journal.find(units[static_cast<std::size_t>(k)].name), nullptr) << k;
        EXPECT_EQ(journal.find(units[static_cast<std::size_t>(k)].name)->at("square"), k * k);
        EXPECT_EQ(calls[static_cast<std::size_t>(k)], k == 7 ? 0 : 1) << k;
    }
    ASSERT_EQ(shares.size(), 199U);
    EXPECT_TRUE(std::is_sorted(shares.begin(), shares.end()));
    EXPECT_NEAR(shares.back(), 1, 1e-12);
}

TEST_F(StudyJournal, KeepsWhatWasDoneBeforeAnError)
{
    for (const int jobs : {1, 2}) {
        std::vector<int> calls;
        auto units = squares(50, calls);
        units[20].work = []() -> Json { throw std::runtime_error("the disk is full"); };
        {
            Journal journal(file_, header_, false);
            EXPECT_THROW(do_units(units, journal, jobs, {}), std::runtime_error);
            EXPECT_EQ(journal.find("unit 20"), nullptr);
            EXPECT_NE(journal.find("unit 49"), nullptr) << "the longest are begun first";
            // (A second worker may have begun any of them before the first one's error is known.)
            if (jobs == 1) {
                EXPECT_EQ(journal.find("unit 0"), nullptr) << "what comes after an error is not begun";
            }
        }
        EXPECT_GE(Journal(file_, header_, true).resumed(), 28U);
    }
}

}  // namespace
}  // namespace foretide::validation
