// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>

#include "apps/commands.h"
#include "apps/output_file.h"
#include "apps/session/session_export.h"
#include "apps/session/session_info.h"
#include "apps/session/session_report.h"
#include "apps/session/session_verify.h"
#include "validation/replay_json.h"

namespace foretide::apps {

namespace {

struct Options {
    std::string file, json, format, axis = "m1.z", out;
    bool anonymise = false;
};

/// `-` is standard output.
void write_to(const std::string& file, const std::function<void(std::ostream&)>& write)
{
    if (file == "-")
        write(std::cout);
    else
        write_file(file, write);
}

void info(const Options& o)
{
    core::SessionReader session{std::filesystem::path(o.file)};
    const nlohmann::ordered_json json = session_info_json(session);
    if (!o.json.empty()) write_to(o.json, [&](std::ostream& out) { validation::write_json(out, json); });
    if (o.json != "-") print_session_info(std::cout, json);
}

void export_session(const Options& o)
{
    core::SessionReader session{std::filesystem::path(o.file)};
    write_to(o.out, [&](std::ostream& out) {
        if (o.format == "csv") export_csv(session, out);
        if (o.format == "vxp") export_vxp(session, o.axis, o.anonymise, out);
        if (o.format == "json") export_json(session, o.anonymise, out);
    });
    if (o.out != "-") std::cout << "Wrote " << o.out << "\n";
}

void report(const Options& o)
{
    core::SessionReader session{std::filesystem::path(o.file)};
    const std::filesystem::path file = std::filesystem::path(o.out) / "report.html";
    write_file(file, [&](std::ostream& out) { write_session_report(session, out); });
    std::cout << "Report: " << file.string() << "\n";
}

void verify(const Options& o, const ReplayedStepFactory& factory)
{
    core::SessionReader session{std::filesystem::path(o.file)};
    const VerifyResult result = verify_session(session, factory);
    if (!o.json.empty()) write_to(o.json, [&](std::ostream& out) { validation::write_json(out, verify_json(result)); });
    if (o.json != "-") {
        for (const std::string& problem : result.problems) std::cout << "PROBLEM  " << problem << "\n";
        for (const std::string& remark : result.remarks) std::cout << "note     " << remark << "\n";
        if (result.replay.compared && result.replay.difference.empty())
            std::cout << result.replay.samples << " samples repeated: identical bit for bit\n";
        if (result.good()) std::cout << "The file is sound and the record complete.\n";
    }
    if (!result.good()) throw std::runtime_error(o.file + ": the session is not what it should be; see the problems");
}

CLI::App* add(CLI::App& session, const std::shared_ptr<Options>& o, const char* name, const char* text)
{
    CLI::App* c = session.add_subcommand(name, text);
    c->add_option("file", o->file, "Session file")->required();
    return c;
}

}  // namespace

void add_session_command(CLI::App& app, const ReplayedStepFactory& factory)
{
    CLI::App* session = app.add_subcommand("session", "Recorded sessions: what they hold, exports, reports, checks");
    session->require_subcommand(1);
    session->footer("Example:\n  foretide session info monday.session");
    const auto o = std::make_shared<Options>();

    CLI::App* c = add(*session, o, "info", "What a session holds");
    c->add_option("--json", o->json, "As JSON; - is standard output, and then nothing else is printed there");
    c->footer("Example:\n  foretide session info monday.session --json -");
    c->callback([o] { info(*o); });

    c = add(*session, o, "export", "Write a session in another format");
    c->add_option("--format", o->format,
                  "csv: frames as received, as `replay` reads them. vxp: one coordinate as Varian RPM 1.6. json: all")
        ->required()
        ->check(CLI::IsMember({"csv", "vxp", "json"}));
    c->add_option("--axis", o->axis, "Coordinate of a vxp: m<k>.x|y|z, or pc1 for the principal axis")
        ->capture_default_str();
    c->add_flag("--anonymise", o->anonymise,
                "Leave out who, where and when: identity, operators, site, stations, free texts, dates; the pseudonym "
                "stays");
    c->add_option("--out", o->out, "File to write; - is standard output")->required();
    c->footer(
        "Examples:\n  foretide session export monday.session --format csv --out monday.csv\n"
        "  foretide session export monday.session --format vxp --axis pc1 --out monday.vxp\n"
        "  foretide session export monday.session --format json --anonymise --out monday.json");
    c->callback([o] { export_session(*o); });

    c = add(*session, o, "report", "Write a report of a session");
    c->add_option("--out", o->out, "Folder for report.html")->required();
    c->footer("Example:\n  foretide session report monday.session --out monday");
    c->callback([o] { report(*o); });

    c = add(*session, o, "verify", "Check a session: integrity, gaps, and forecasts repeated bit for bit");
    c->add_option("--json", o->json, "As JSON; - is standard output, and then nothing else is printed there");
    c->footer("Exit code 1 where anything differs.\n\nExample:\n  foretide session verify monday.session");
    c->callback([o, factory] { verify(*o, factory); });
}

}  // namespace foretide::apps
