// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "tests/structure/source_rules.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace foretide::structure {
namespace fs = std::filesystem;

namespace {

std::set<std::string> words(const std::string& text)
{
    std::istringstream in(text);
    return {std::istream_iterator<std::string>(in), {}};
}

bool is_header(const fs::path& file) { return file.extension() == ".h"; }

bool is_cpp(const fs::path& file) { return is_header(file) || file.extension() == ".cpp" || file.extension() == ".c"; }

/// Scripts and build files, whose comments start with '#'.
bool is_script(const fs::path& file)
{
    const std::string name = file.filename().string();
    return name == "CMakeLists.txt" || name == "run" || file.extension() == ".cmake" || file.extension() == ".sh" ||
           file.extension() == ".py";
}

bool is_skipped_folder(const fs::path& root, const fs::path& relative)
{
    const std::string name = relative.filename().string();
    return (name.starts_with('.') && name != ".ci") || relative == "build" || relative == "out" ||
           fs::exists(root / relative / "CMakeCache.txt");
}

/// At the top lie logs and results of whoever runs things there; of those files only the project's kinds count.
bool is_skipped_file(const fs::path& relative)
{
    return !relative.has_parent_path() && !is_cpp(relative) && !is_script(relative) && relative.extension() != ".md" &&
           relative != "CMakePresets.json";
}

/// An absolute path below a folder that only one machine has; neither part of a URL nor of a longer path.
const std::regex& machine_path()
{
    static const std::regex pattern("(^|[^A-Za-z0-9_.~}/-])/(home|work|tmp|root)(/|[^A-Za-z0-9_/-]|$)");
    return pattern;
}

class FileCheck {
public:
    FileCheck(fs::path relative, const DependencyTable& table, SourceCheck& result)
        : relative_(std::move(relative)), folder_(relative_.begin()->string()), table_(table), result_(result)
    {
    }

    void run(const std::vector<std::string>& lines)
    {
        if (is_cpp(relative_)) check_licence(lines, 0, "// ");
        if (is_script(relative_)) check_licence(lines, 0, "# ");
        for (std::size_t i = 0; i < lines.size(); ++i) {
            if (std::regex_search(lines[i], machine_path())) report(i + 1, "path", lines[i]);
            if (is_cpp(relative_)) check_code(i + 1, lines[i]);
            if (is_script(relative_)) check_flags(i + 1, lines[i]);
        }
    }

private:
    void report(std::size_t line, std::string rule, std::string text)
    {
        result_.violations.push_back({relative_.generic_string(), line, std::move(rule), std::move(text)});
    }

    /// The two SPDX lines come first, after a script's #! and shellcheck lines only.
    void check_licence(const std::vector<std::string>& lines, std::size_t at, const std::string& comment)
    {
        while (at < lines.size() && (lines[at].starts_with("#!") || lines[at].starts_with("# shellcheck"))) ++at;
        if (at + 1 >= lines.size() || lines[at] != comment + "SPDX-License-Identifier: Apache-2.0" ||
            lines[at + 1] != comment + "SPDX-FileCopyrightText: The Foretide authors") {
            report(at + 1, "spdx", "the first two lines are the SPDX lines");
        }
    }

    void check_code(std::size_t number, const std::string& line)
    {
        static const std::regex quoted(R"re(^\s*#\s*include\s*"([^"]+)")re");
        static const std::regex angled(R"re(^\s*#\s*include\s*<([^>]+)>)re");
        static const std::regex unseeded(R"re(::(Random|setRandom)\s*\(|\.setRandom\s*\(|\bs?rand\s*\()re");
        std::smatch match;
        if (std::regex_search(line, match, quoted)) {
            check_project_include(number, match[1].str());
        } else if (std::regex_search(line, match, angled)) {
            check_foreign_include(number, match[1].str());
        } else if (const std::string code = line.substr(0, line.find("//")); std::regex_search(code, unseeded)) {
            report(number, "random", line);
        }
    }

    /// Shipped numbers do not depend on the machine that built them, nor on reordered arithmetic.
    void check_flags(std::size_t number, const std::string& line)
    {
        static const std::regex banned("-march=native|-mtune=native|-ffast-math|-Ofast|-funsafe-math-optimizations");
        if (std::regex_search(line.substr(0, line.find('#')), banned)) report(number, "flags", line);
    }

    void check_project_include(std::size_t number, const std::string& path)
    {
        const std::size_t slash = path.find('/');
        const std::string target = path.substr(0, slash);
        if (slash == std::string::npos || !table_.folders.contains(target)) {
            report(number, "include-path", path + ": project headers are included by their path from the root");
            return;
        }
        const auto own = table_.folders.find(folder_);
        if (own == table_.folders.end()) {
            report(number, "include-direction", folder_ + " has no entry in the table of dependencies");
        } else if (!own->second.contains(target)) {
            report(number, "include-direction", folder_ + " may not include " + path);
        }
    }

    void check_foreign_include(std::size_t number, const std::string& path)
    {
        if (path == "iostream" && is_header(relative_)) report(number, "iostream", "headers take <iosfwd>");
        for (const auto& [prefix, folders] : table_.owners) {
            if (path.starts_with(prefix) && !folders.contains(folder_)) {
                report(number, "third-party", folder_ + " may not include <" + path + ">");
            }
        }
    }

    fs::path relative_;
    std::string folder_;
    const DependencyTable& table_;
    SourceCheck& result_;
};

}  // namespace

DependencyTable read_dependencies(const fs::path& file)
{
    std::ifstream in(file);
    if (!in) throw std::runtime_error(file.string() + ": cannot be read");

    static const std::regex entry(R"((folder|only) (\S+):(.*))");
    DependencyTable table;
    std::string line;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
        if (line.empty() || line.starts_with('#')) continue;
        std::smatch match;
        if (!std::regex_match(line, match, entry)) {
            throw std::runtime_error(file.string() + ":" + std::to_string(number) +
                                     ": neither 'folder NAME: …' nor 'only PREFIX: …'");
        }
        const std::string name = match[2].str();
        if (match[1] == "folder") {
            table.folders[name] = words(match[3].str());
            table.folders[name].insert(name);
        } else {
            table.owners[name] = words(match[3].str());
        }
    }
    return table;
}

SourceCheck check_sources(const fs::path& root, const DependencyTable& table)
{
    SourceCheck result;
    for (auto it = fs::recursive_directory_iterator(root); it != fs::recursive_directory_iterator(); ++it) {
        const fs::path relative = fs::relative(it->path(), root);
        if (it->is_directory()) {
            if (is_skipped_folder(root, relative)) it.disable_recursion_pending();
            continue;
        }
        if (!it->is_regular_file() || is_skipped_file(relative)) continue;
        std::ifstream in(it->path(), std::ios::binary);
        const std::string content(std::istreambuf_iterator<char>(in), {});
        if (content.find('\0') != std::string::npos) continue;  // binary

        std::vector<std::string> lines;
        std::istringstream text(content);
        for (std::string line; std::getline(text, line);) lines.push_back(line);
        FileCheck(relative, table, result).run(lines);
        ++result.files;
    }
    return result;
}

}  // namespace foretide::structure
