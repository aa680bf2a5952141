// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <span>
#include <sstream>
#include <stdexcept>

#include "acquisition/session_file.h"
#include "apps/session/session_export.h"
#include "apps/session/session_info.h"
#include "apps/session/session_report.h"
#include "apps/session/session_verify.h"
#include "core/session/session_error.h"
#include "tests/fuzz/reader_fuzzing.h"

namespace foretide::apps::fuzz {
namespace {

using acquisition::fuzz::require;

/// Everything that reads a session either does, or says in words what is wrong.
template <class Action>
void attempt(Action&& action)
{
    try {
        action();
    } catch (const core::SessionError& error) {
        require(!error.problem().empty() && !error.hint().empty(), "errors say what is wrong and what to do");
    } catch (const acquisition::ReadError& error) {
        require(!error.problem().empty() && !error.hint().empty(), "errors say what is wrong and what to do");
    } catch (const std::runtime_error&) {
        // what an export or a report cannot be made of
    }
}

void check_recording(const core::Recording& recording)
{
    require(recording.markers >= 1 && recording.markers <= core::kMaxMarkers, "1 to kMaxMarkers markers");
    require(!recording.frames.empty(), "a recording has frames");
    for (const core::MarkerFrame& frame : recording.frames) {
        require(frame.marker_count == recording.markers, "the same number of markers in every frame");
        require(std::abs(core::to_seconds(frame.acquired)) <= acquisition::kMaxTime_s, "times within the limit");
    }
}

void read_everything(core::SessionReader& session)
{
    std::ostringstream out;
    attempt([&] { check_recording(acquisition::read_session_frames(session)); });
    attempt([&] { print_session_info(out, session_info_json(session)); });
    attempt([&] { verify_session(session, {}); });
    attempt([&] { export_csv(session, out); });
    attempt([&] { export_vxp(session, "pc1", false, out); });
    attempt([&] { export_json(session, true, out); });
    attempt([&] { write_session_report(session, out, "now"); });
}

}  // namespace
}  // namespace foretide::apps::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace foretide;
    apps::fuzz::attempt([&] {
        core::SessionReader session(std::as_bytes(std::span(data, size)), "fuzz.session");
        apps::fuzz::read_everything(session);
    });
    return 0;
}
