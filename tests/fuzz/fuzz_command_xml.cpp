// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <cstdint>
#include <string_view>
#include <utility>

#include "apps/engine/telemetry/command_desk.h"
#include "apps/engine/telemetry/command_xml.h"
#include "tests/fuzz/reader_fuzzing.h"

namespace foretide::apps {
namespace {

using acquisition::fuzz::require;

/// Nobody has a token here: nothing but a hold may come through.
class LockedEngine final : public EngineControl {
public:
    const EngineDescription& description() const noexcept override { return description_; }
    const EngineSnapshot* fetch() noexcept override { return nullptr; }
    bool post(const core::CommandRecord& command) noexcept override
    {
        require(command.kind == core::CommandKind::hold, "only a hold needs no token");
        posted_ = true;
        return true;
    }
    bool take_answer(core::CommandRecord& answer) noexcept override
    {
        answer.number = 1;
        answer.accepted = true;
        return std::exchange(posted_, false);
    }
    void station_seen(const char*) noexcept override { require(false, "nobody is authenticated"); }
    core::AlarmBoard& alarms() noexcept override { return alarms_; }
    void note(const std::string&) override {}
    std::string source_message() override { return {}; }

private:
    EngineDescription description_;
    core::AlarmBoard alarms_;
    bool posted_ = false;
};

}  // namespace
}  // namespace foretide::apps

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace foretide::apps;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        const XmlElement element = parse_xml_element(text);
        require(element.attributes.size() <= kMaxXmlAttributes && !element.name.empty(), "within the limits");
        const std::string written = to_xml(element);
        // Entities may make it longer than what is read.
        if (written.size() <= kMaxXmlBytes) {
            const XmlElement again = parse_xml_element(written);
            require(again.name == element.name && again.attributes == element.attributes, "written as read");
        }
    } catch (const XmlError& error) {
        require(std::string_view(error.what()).starts_with("not a command: "), "errors say what is wrong");
    }
    LockedEngine engine;
    int replies = 0;
    CommandDesk desk(engine, {}, [&](std::uint64_t, const std::string&, bool, const std::string& reply) {
        ++replies;
        require(!reply.empty() || replies == 1, "answers say something");
    });
    CommandSender sender{1, "a", "a:1", ""};
    desk.handle(sender, "1", text, {});
    desk.poll({});
    require(replies == 1, "every command has one answer");
    return 0;
}
