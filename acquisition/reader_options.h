// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace foretide::acquisition {

// Limits of every reader. A file beyond them is refused with a ReadError, never cut.
inline constexpr std::size_t kMaxTotalBytes = std::size_t{512} << 20U;  ///< all files of a recording together
inline constexpr std::size_t kMaxLineBytes = std::size_t{64} << 10U;    ///< one line, without its line end
inline constexpr std::size_t kMaxFrames = 1'000'000;                    ///< 4.6 h at 60 Hz, about 1 GB in memory
inline constexpr double kMaxPosition_mm = 1e6;                          ///< |coordinate|, 1 km: more is damage
inline constexpr double kMaxTime_s = 4e9;                               ///< |time|, room for Unix times

enum class RecordingFormat : std::uint8_t {
    automatic,  ///< by content
    csv,        ///< session CSV of this project
    extmarker,  ///< ExtMarker, one file a marker
    vxp,        ///< Varian RPM .vxp 1.5, 1.6 (and, where the content says so, the older .dat)
    dat,        ///< Varian RPM .dat 1.4, 1.7
    ndi,        ///< NDI ToolBox/Track CSV
    session,    ///< session database
};

/// What the RPM column `validflag` means; readers in the wild contradict each other.
enum class VxpValidity : std::uint8_t {
    automatic,     ///< decided by the flags in the file, see rpm_rows.h; the decision is noted
    non_negative,  ///< ≥ 0 valid, −1 track lost, −2 tracked but breathing is not periodic
    zero,          ///< 0 valid, all else an error
};

/// Level of the RPM column `ttlin` at which the treatment beam is on.
enum class BeamPolarity : std::uint8_t {
    unknown,  ///< frames are not flagged
    high,     ///< 1 = beam on
    low,      ///< 0 = beam on
};

/// Which points of an NDI file become markers.
enum class NdiPoints : std::uint8_t {
    all,         ///< tools and single 3-D markers, in the order of the columns
    tools,       ///< origins of the tools only
    markers_3d,  ///< single 3-D markers only
};

/// How files are to be read. The defaults never guess silently: whatever they decide is noted in the recording.
struct ReaderOptions {
    RecordingFormat format = RecordingFormat::automatic;
    VxpValidity vxp_valid = VxpValidity::automatic;
    BeamPolarity ttl_in_beam_on = BeamPolarity::unknown;
    std::optional<double> rpm_scale_mm;  ///< millimetres per unit of RPM amplitude, > 0; overrides the file's
    double frame_rate_hz = 60.0;         ///< of the NDI frame counter [Hz], > 0; used where the file has no time column
    NdiPoints ndi_points = NdiPoints::all;
};

}  // namespace foretide::acquisition
