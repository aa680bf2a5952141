// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "tests/apps/session_text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numbers>

namespace foretide::apps {

namespace {

constexpr int kFrames = 250;

std::string decimal(double value, int decimals = 3)
{
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", decimals, value);
    return text;
}

std::string decimal_comma(double value)
{
    std::string text = decimal(value);
    std::replace(text.begin(), text.end(), '.', ',');
    return text;
}

std::string extmarker()
{
    std::string text = "\"Frame\";\"Timestamp\";\"x\";\"y\";\"z\"\r\n";
    for (int k = 0; k < kFrames; ++k)
        text += std::to_string(6 * k) + ";" + std::to_string(100 * k) + ";" + decimal_comma(breathing_mm(k, 0)) + ";" +
                decimal_comma(breathing_mm(k, 1)) + ";" + decimal_comma(breathing_mm(k, 2)) + "\r\n";
    return text;
}

std::string vxp()
{
    std::string text =
        "[Header]\r\nCRC=27051\r\nVersion=1.6\r\nData_layout=amplitude,phase,timestamp,validflag,ttlin,mark,ttlout\r\n"
        "Patient_ID=X\r\nDate=08-30-2007\r\nTotal_study_time=25\r\nSamples_per_second=10\r\nScale_factor=10.0\r\n"
        "[Data]\r\n";
    for (int k = 0; k < kFrames; ++k)
        text += decimal(breathing_mm(k, 2) / 10) + ",1.5," + std::to_string(100 * (k + 1)) + ",0,0,,0\r\n";
    return text;
}

std::string dat()
{
    std::string text =
        "CRC: 12345\r\nVERSION = 1.4,\r\n0.5,0.7\r\n#TRUE#\r\n-0.1,0.2,\r\nsix\r\n\r\neight\r\n9\r\nten\r\n";
    for (int k = 0; k < kFrames; ++k)
        text += decimal(breathing_mm(k, 2) / 10) + ",1.1," + std::to_string(5000 + 100 * k) + ",0,17,0,0\r\n";
    return text;
}

std::string ndi()
{
    std::string text = "Tools,Port 1,Frame,Face,State,Q0,Qx,Qy,Qz,Tx,Ty,Tz,Error\n";
    for (int k = 0; k < kFrames; ++k)
        text += "1,Port 1," + std::to_string(6 * k) + ",1,OK,1,0,0,0," + decimal(breathing_mm(k, 0)) + "," +
                decimal(breathing_mm(k, 1)) + "," + decimal(breathing_mm(k, 2)) + ",0.2\n";
    return text;
}

}  // namespace

double breathing_mm(int k, int c)
{
    const double phase = 2 * std::numbers::pi * k / 40 - 0.2 * c;
    return 7.0 * c + (1 + 1.5 * (c % 3)) * std::sin(phase) + 0.3 * std::sin(0.41 * phase);
}

std::string session_csv(int frames, int markers, const FrameMotion& motion)
{
    std::string text = "time_s";
    for (int m = 1; m <= markers; ++m)
        for (const char axis : {'x', 'y', 'z'}) text += ",m" + std::to_string(m) + "_" + axis + "_mm";
    text += "\n";
    for (int k = 0; k < frames; ++k) {
        text += decimal(k / 10.0, 1);
        for (int c = 0; c < 3 * markers; ++c) {
            const double value = motion(k, c);
            text += std::isnan(value) ? "," : "," + decimal(value, 6);
        }
        text += "\n";
    }
    return text;
}

std::vector<FormatSample> format_samples()
{
    return {{"csv", "session.csv", session_csv(kFrames, 1)},
            {"extmarker", "201205101519-LAC-1-N-25-6.csv", extmarker()},
            {"vxp", "patient.vxp", vxp()},
            {"dat", "patient.dat", dat()},
            {"ndi", "tools.csv", ndi()}};
}

}  // namespace foretide::apps
