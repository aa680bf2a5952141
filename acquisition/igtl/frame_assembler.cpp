// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/igtl/frame_assembler.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "acquisition/reader_options.h"

namespace foretide::acquisition {

namespace {

constexpr int kUnknown = -1;
static_assert(core::kMaxMarkers <= 32, "a bit per marker");

bool possible(const std::array<double, 3>& position_mm) noexcept
{
    return std::all_of(position_mm.begin(), position_mm.end(), [](double x) { return std::abs(x) <= kMaxPosition_mm; });
}

/// "Chest" is meant by "ChestToTracker".
bool means(std::string_view received, std::string_view name) noexcept
{
    return received == name || (received.starts_with(name) && received.substr(name.size()).starts_with("To"));
}

}  // namespace

FrameAssembler::FrameAssembler(std::vector<std::string> names, core::Duration group_for)
    : names_(std::move(names)), group_for_(group_for), learning_(names_.empty())
{
    if (names_.size() > static_cast<std::size_t>(core::kMaxMarkers))
        throw std::invalid_argument(std::to_string(names_.size()) + " marker names are given; a frame holds " +
                                    std::to_string(core::kMaxMarkers));
    for (auto name = names_.begin(); name != names_.end(); ++name)
        if (name->empty() || std::find(names_.begin(), name, *name) != name)
            throw std::invalid_argument("marker name '" + *name + "' is empty or given twice");
    names_.reserve(static_cast<std::size_t>(core::kMaxMarkers));
}

void FrameAssembler::restart() noexcept
{
    form_ = TrackedForm::none;
    begun_ = false;
    ready_count_ = 0;
}

core::TimePoint FrameAssembler::due() const noexcept
{
    return begun_ ? begun_at_ + group_for_ : core::TimePoint::max();
}

void FrameAssembler::complete_due(core::TimePoint now) noexcept
{
    if (begun_ && now >= due()) complete();
}

bool FrameAssembler::pop(Frame& frame) noexcept
{
    if (ready_count_ == 0) return false;
    frame = ready_[0];
    ready_[0] = ready_[1];
    --ready_count_;
    return true;
}

/// kUnknown where the tool is not one of the markers.
int FrameAssembler::index_of(std::string_view name) noexcept
{
    const auto exact = std::find(names_.begin(), names_.end(), name);
    const auto found = exact != names_.end() ? exact
                                             : std::find_if(names_.begin(), names_.end(),
                                                            [name](const auto& n) { return means(name, n); });
    if (found != names_.end()) return static_cast<int>(found - names_.begin());
    if (!learning_ || name.empty() || names_.size() == static_cast<std::size_t>(core::kMaxMarkers)) return kUnknown;
    names_.emplace_back(name);
    return static_cast<int>(names_.size()) - 1;
}

void FrameAssembler::begin(core::Duration stamp, core::TimePoint arrived) noexcept
{
    open_ = {};
    open_.stamp = stamp;
    begun_at_ = arrived;
    filled_ = 0;
    begun_ = true;
}

/// False: the tool is not one of the markers.
bool FrameAssembler::put(const TrackedPosition& tool) noexcept
{
    const int index = index_of(tool.name);
    if (index == kUnknown) {
        ++surplus_;
        return false;
    }
    const bool sound = possible(tool.position_mm);
    malformed_ += sound ? 0 : 1;
    filled_ |= 1U << static_cast<unsigned>(index);
    core::MarkerSample& marker = open_.frame.markers[static_cast<std::size_t>(index)];
    marker = {};
    if (sound) {
        marker.position_mm = tool.position_mm;
        marker.visibility = core::Visibility::visible;
    }
    return true;
}

void FrameAssembler::complete() noexcept
{
    begun_ = false;
    if (ready_count_ == ready_.size()) return;  // not taken: against the contract
    open_.frame.marker_count = static_cast<std::int32_t>(names_.size());
    ready_[ready_count_++] = open_;
}

void FrameAssembler::take_single(const IgtlMessage& message, const TrackedPosition& tool,
                                 core::TimePoint arrived) noexcept
{
    const int index = index_of(tool.name);
    if (index == kUnknown) {
        ++surplus_;
        return;
    }
    const bool again = (filled_ >> static_cast<unsigned>(index) & 1U) != 0;
    if (begun_ && (again || message.header.time != open_.stamp)) complete();
    if (!begun_) begin(message.header.time, arrived);
    put(tool);
    open_.frame.arrived = arrived;
    if (!learning_ && static_cast<std::size_t>(std::popcount(filled_)) == names_.size()) complete();
}

void FrameAssembler::take_list(const IgtlMessage& message, const TrackedPositions& tools,
                               core::TimePoint arrived) noexcept
{
    begin(message.header.time, arrived);
    std::size_t known = 0;
    for (std::size_t i = 0; i < tools.size(); ++i) known += put(tools[i]) ? 1U : 0U;
    open_.frame.arrived = arrived;
    // A list of other tools only is another tracker's; an empty one says that no marker is seen.
    begun_ = known > 0 || (tools.size() == 0 && !names_.empty());
    if (begun_) complete();
}

TrackedForm FrameAssembler::take(const IgtlMessage& message, core::TimePoint arrived) noexcept
{
    const TrackedPositions tools(message);
    const TrackedForm form = tools.form();
    malformed_ += form == TrackedForm::malformed ? 1 : 0;
    if (form != TrackedForm::single && form != TrackedForm::list) return form;
    if (form_ != TrackedForm::none && form != form_) return form;
    if (form == TrackedForm::single)
        take_single(message, tools[0], arrived);
    else
        take_list(message, tools, arrived);
    if (begun_ || ready_count_ > 0) form_ = form;
    return form;
}

}  // namespace foretide::acquisition
