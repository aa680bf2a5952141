// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace foretide::acquisition {

/// Command that positions are asked for with.
enum class NdiTracking : std::uint8_t { bx2, bx, tx };

/// The conversation that makes a tracker track, without the transport: reset where needed, INIT, COMM, VER, APIREV,
/// port handles freed, the tool written and enabled, TSTART. Says what to do next and is told what came of it.
///
/// Not RT-safe. Errors: action `failed`, problem().
class NdiBringUp {
public:
    struct Action {
        enum class Kind : std::uint8_t {
            send,        ///< `command`, then reply() or silence()
            listen,      ///< reply() or silence()
            hold_break,  ///< for `limit`, then carried_out()
            pause,       ///< for `limit`, then carried_out()
            set_baud,    ///< `baud`, then carried_out()
            tracking,    ///< done
            failed,
        } kind = Kind::failed;
        std::string command;
        core::Duration limit{0};
        int baud = 0;
    };

    /// `tool` is what ndi_tool.h makes or reads; `own_tool`: it was given by the user. `baud` 0: not a serial line.
    NdiBringUp(std::vector<std::uint8_t> tool, bool own_tool, int baud);

    /// `quick`: the tracker was tracking a moment ago, INIT has one second in place of five.
    void start(bool quick = false);
    const Action& action() const noexcept { return action_; }
    void reply(std::string_view text);
    /// Something came that is no reply (wrong checksum, not text).
    void garbage();
    void silence();
    void carried_out();

    const std::string& problem() const noexcept { return problem_; }
    NdiTracking tracking() const noexcept { return tracking_; }
    const std::string& api_revision() const noexcept { return api_revision_; }  ///< empty: the tracker has none
    const std::string& firmware() const noexcept { return firmware_; }          ///< first line of VER's reply
    int enabled() const noexcept { return enabled_; }                           ///< port handles

private:
    enum class Step : std::uint8_t {
        first_init,
        hold_break,
        await_reset,
        settle,
        init,
        after_init,
        comm,
        after_comm,
        set_baud,
        version,
        api,
        list_stale,
        free_stale,
        request,
        write,
        init_tool,
        list_new,
        init_new,
        list_ready,
        info,
        enable,
        start,
        tracking,
    };

    void go(Step step);
    void send(std::string command, core::Duration limit);
    void handle_listing(std::string_view text, Step each, Step then);
    void next_handle(Step each, Step then);
    void refused(int code);
    void fail(std::string problem);
    std::string command_with_handle(std::string_view name, std::string_view rest = {}) const;

    std::vector<std::uint8_t> tool_;
    bool own_tool_;
    int baud_;
    bool quick_ = false;
    Step step_ = Step::init;
    Action action_;
    std::string problem_, api_revision_, firmware_;
    NdiTracking tracking_ = NdiTracking::bx;
    std::vector<int> handles_;  ///< of the last listing, those still to do
    int handle_ = 0;            ///< the one that the step is about
    int own_handle_ = 0;
    std::size_t address_ = 0;  ///< next byte of the tool
    int enabled_ = 0;
};

/// Handles of a reply to PHSR: two digits of count, then per handle two of handle and three of status. Empty, and
/// `valid` false, where the reply does not fit.
std::vector<int> parse_ndi_handles(std::string_view reply, bool& valid);

}  // namespace foretide::acquisition
