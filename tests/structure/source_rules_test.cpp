// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "tests/structure/source_rules.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

namespace foretide::structure {
namespace {

namespace fs = std::filesystem;

const fs::path kSourceRoot = FORETIDE_SOURCE_DIR;

DependencyTable project_table() { return read_dependencies(kSourceRoot / "tests/structure/dependencies.txt"); }

const std::string kLicence =
    "// SPDX-License-Identifier: Apache-2.0\n// SPDX-FileCopyrightText: The Foretide authors\n\n";

/// Keeps the planted paths from being found in this very file.
const std::string kSlash = "/";

/// A small tree of its own for each test, removed at the end.
class PlantedTree : public testing::Test {
protected:
    PlantedTree()
        : root_(fs::temp_directory_path() / ("foretide_structure_" + std::to_string(::getpid()) + "_" +
                                             testing::UnitTest::GetInstance()->current_test_info()->name()))
    {
        fs::remove_all(root_);
        fs::create_directories(root_);
    }
    ~PlantedTree() override { fs::remove_all(root_); }

    void plant(const std::string& file, const std::string& content)
    {
        fs::create_directories((root_ / file).parent_path());
        std::ofstream(root_ / file) << content;
    }

    /// Rules broken, in the order they were found.
    std::vector<std::string> broken() const
    {
        std::vector<std::string> rules;
        for (const Violation& v : check_sources(root_, project_table()).violations) rules.push_back(v.rule);
        return rules;
    }

    fs::path root_;
};

using Rules = std::vector<std::string>;

TEST(SourceRules, HoldInTheWholeTree)
{
    const SourceCheck result = check_sources(kSourceRoot, project_table());

    EXPECT_GT(result.files, 30U) << "hardly any file was looked at: is " << kSourceRoot << " the source root?";
    for (const Violation& v : result.violations) {
        ADD_FAILURE() << v.file << ":" << v.line << ": " << v.rule << ": " << v.text;
    }
}

TEST_F(PlantedTree, PassesWhereNothingIsWrong)
{
    plant("rnn/a.h",
          kLicence + "#include <vector>\n#include <Eigen/Core>\n#include \"core/time.h\"\n#include \"rnn/b.h\"\n");
    plant("rnn/a.cpp", kLicence + "// Matrix::Random( is banned; operand(x) is not\nint y = operand(1);\n");
    plant("README.md", "A page at https://example.org" + kSlash + "work/home, and a" + kSlash + "tmp/b.\n");
    EXPECT_EQ(broken(), Rules{});
}

TEST_F(PlantedTree, FindsAnIncludeUpwards)
{
    plant("core/a.h", kLicence + "#include \"rnn/b.h\"\n");
    const SourceCheck result = check_sources(root_, project_table());
    ASSERT_EQ(result.violations.size(), 1U);
    EXPECT_EQ(result.violations[0].rule, "include-direction");
    EXPECT_EQ(result.violations[0].file, "core/a.h");
    EXPECT_EQ(result.violations[0].line, 4U);
}

TEST_F(PlantedTree, FindsAnIncludeOfAFolderBeside)
{
    plant("rnn/a.cpp", kLicence + "#  include \"acquisition/b.h\"\n");
    EXPECT_EQ(broken(), Rules{"include-direction"});
}

TEST_F(PlantedTree, FindsAFolderWithoutAnEntry)
{
    plant("misc/a.cpp", kLicence + "#include \"core/time.h\"\n");
    EXPECT_EQ(broken(), Rules{"include-direction"});
}

TEST_F(PlantedTree, FindsAnIncludeThatIsNotFromTheRoot)
{
    plant("core/a.cpp", kLicence + "#include \"time.h\"\n#include \"../core/time.h\"\n");
    EXPECT_EQ(broken(), (Rules{"include-path", "include-path"}));
}

TEST_F(PlantedTree, FindsThirdPartiesOutsideTheirFolders)
{
    plant("core/a.cpp", kLicence + "#include <QWidget>\n#include <opencv2/ml.hpp>\n#include <boost/asio.hpp>\n");
    EXPECT_EQ(broken(), (Rules{"third-party", "third-party", "third-party"}));
}

TEST_F(PlantedTree, FindsIostreamInAHeaderOnly)
{
    plant("core/a.h", kLicence + "#include <iostream>\n");
    plant("core/a.cpp", kLicence + "#include <iostream>\n");
    EXPECT_EQ(broken(), Rules{"iostream"});
}

TEST_F(PlantedTree, FindsRandomNumbersWithoutASeed)
{
    for (const std::string name : {"m = Eigen::MatrixXd::Random", "r = std::rand", "srand", "m.setRandom"}) {
        plant("core/a.cpp", kLicence + name + "(3);\n");
        EXPECT_EQ(broken(), Rules{"random"}) << name;
    }
}

TEST_F(PlantedTree, FindsAMissingLicence)
{
    plant("core/a.h", "#pragma once\n");
    plant("core/CMakeLists.txt", "add_library(a)\n");
    plant("run.sh", "#!/usr/bin/env bash\necho\n");
    EXPECT_EQ(broken(), (Rules{"spdx", "spdx", "spdx"}));
}

TEST_F(PlantedTree, FindsAPathOfOneMachine)
{
    plant("core/a.cpp", kLicence + "const char* p = \"" + kSlash + "home/me/data\";\n");
    plant("docs/notes.md", "see `" + kSlash + "tmp/x`\n");
    EXPECT_EQ(broken(), (Rules{"path", "path"}));
}

TEST_F(PlantedTree, FindsFlagsThatChangeTheArithmetic)
{
    plant("core/CMakeLists.txt",
          "# SPDX-License-Identifier: Apache-2.0\n# SPDX-FileCopyrightText: The Foretide authors\n"
          "# never -ffast-math\ntarget_compile_options(a PRIVATE -ffast-math)\n"
          "target_compile_options(a PRIVATE -march=native)\n");
    EXPECT_EQ(broken(), (Rules{"flags", "flags"}));
}

TEST_F(PlantedTree, LeavesBuildFoldersLogsAndBinariesAlone)
{
    plant("build-mine/CMakeCache.txt", "");
    plant("build-mine/core/a.h", "#include <iostream>\n");
    plant("test.log", "built in " + kSlash + "home/me\n");
    plant("build/core/a.h", "#include <iostream>\n");
    plant(".git/a.h", "#include <iostream>\n");
    plant("core/a.bin", std::string(1, '\0') + kSlash + "home/me");
    EXPECT_EQ(broken(), Rules{});
}

TEST_F(PlantedTree, RefusesATableItCannotRead)
{
    plant("table.txt", "folder core:\nfoldr rnn: core\n");
    EXPECT_THROW(read_dependencies(root_ / "table.txt"), std::runtime_error);
    EXPECT_THROW(read_dependencies(root_ / "absent.txt"), std::runtime_error);
}

}  // namespace
}  // namespace foretide::structure
