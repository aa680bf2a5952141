// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/study/journal.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <string_view>
#include <sys/file.h>
#include <unistd.h>

#include "validation/study/content_hash.h"

namespace foretide::validation {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::size_t kHashDigits = 16;

std::string text_of(int descriptor)
{
    std::string text;
    char block[1U << 16U];
    for (;;) {
        const ssize_t got = ::read(descriptor, block, sizeof block);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw std::runtime_error(std::string("cannot be read: ") + std::strerror(errno));
        if (got == 0) return text;
        text.append(block, static_cast<std::size_t>(got));
    }
}

/// The JSON of one line without its end; discarded where the line is not what was written.
Json line_json(std::string_view line)
{
    if (line.size() <= kHashDigits || line[kHashDigits] != ' ') return Json(Json::value_t::discarded);
    const std::string_view content = line.substr(kHashDigits + 1);
    if (hash_text(content_hash(content)) != line.substr(0, kHashDigits)) return Json(Json::value_t::discarded);
    return Json::parse(content, nullptr, false);
}

/// What differs first, in words.
std::string difference(const Json& there, const Json& here, const std::string& name = {})
{
    const auto short_text = [](const Json& json) {
        const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
        constexpr std::size_t longest = 120;
        return text.size() > longest ? text.substr(0, longest) + "…" : text;
    };
    if (there.is_object() && here.is_object()) {
        for (const auto& [key, value] : here.items()) {
            const std::string path = name.empty() ? key : name + "." + key;
            if (!there.contains(key)) return path + " was not set, now it is " + short_text(value);
            if (there[key] != value) return difference(there[key], value, path);
        }
        for (const auto& [key, value] : there.items())
            if (!here.contains(key)) return (name.empty() ? key : name + "." + key) + " was " + short_text(value);
    }
    return name + " was " + short_text(there) + ", now it is " + short_text(here);
}

}  // namespace

Journal::Journal(std::filesystem::path file, const Json& header, bool resume) : file_(std::move(file))
{
    if (file_.has_parent_path()) std::filesystem::create_directories(file_.parent_path());
    // The lock belongs to the file that others may have open: it is taken before the file is judged or put aside.
    descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor_ < 0) throw std::runtime_error("cannot open " + file_.string() + ": " + std::strerror(errno));
    try {
        if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0)
            throw std::runtime_error(file_.string() + " is in use: another study writes to this folder");
        std::string text = text_of(descriptor_);
        const std::size_t whole = text.rfind('\n') + 1;  // what is behind it was cut off
        if (!resume && whole > 0) {
            std::filesystem::copy_file(file_, file_.string() + ".old",
                                       std::filesystem::copy_options::overwrite_existing);
        }
        const std::size_t keep = resume ? whole : 0;
        if (::ftruncate(descriptor_, static_cast<off_t>(keep)) != 0 || ::lseek(descriptor_, 0, SEEK_END) < 0)
            throw std::runtime_error("cannot write " + file_.string() + ": " + std::strerror(errno));
        text.resize(keep);
        if (text.empty())
            write(header);
        else
            read(text, header);
        resumed_ = units_.size();
    } catch (...) {
        ::close(descriptor_);
        throw;
    }
}

Journal::~Journal() { ::close(descriptor_); }

void Journal::read(const std::string& text, const Json& header)
{
    std::size_t number = 0;
    for (std::size_t begin = 0; begin < text.size(); ++number) {
        const std::size_t end = text.find('\n', begin);
        Json line = line_json(std::string_view(text).substr(begin, end - begin));
        begin = end + 1;
        if (line.is_discarded())
            throw std::runtime_error(file_.string() + ":" + std::to_string(number + 1) +
                                     " is damaged: delete the line to have its work done again, or start anew without "
                                     "--resume");
        if (number == 0) {
            if (line != header)
                throw std::invalid_argument(file_.string() + " belongs to another study: " + difference(line, header) +
                                            ". Give the same settings and data to the same build, or another --out");
            continue;
        }
        units_.insert_or_assign(line.at("unit").get<std::string>(), std::move(line.at("result")));
    }
}

const Json* Journal::find(const std::string& unit) const
{
    const std::lock_guard lock(mutex_);
    const auto found = units_.find(unit);
    return found == units_.end() ? nullptr : &found->second;
}

void Journal::add(const std::string& unit, Json result)
{
    const std::lock_guard lock(mutex_);
    write({{"unit", unit}, {"result", result}});
    units_.insert_or_assign(unit, std::move(result));
}

void Journal::write(const Json& line)
{
    const std::string content = line.dump(-1, ' ', false, Json::error_handler_t::replace);
    const std::string text = hash_text(content_hash(content)) + " " + content + "\n";
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t wrote = ::write(descriptor_, text.data() + done, text.size() - done);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) throw std::runtime_error("cannot write " + file_.string() + ": " + std::strerror(errno));
        done += static_cast<std::size_t>(wrote);
    }
}

}  // namespace foretide::validation
