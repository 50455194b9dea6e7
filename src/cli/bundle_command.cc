// SPDX-License-Identifier: Apache-2.0
// furrow bundle: a conversion's folder becomes one signed file.
#include <sys/utsname.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include <fmt/format.h>

#include "base/sha256.h"
#include "base/time.h"
#include "bundle/bundle.h"
#include "cli/command.h"
#include "json/text.h"

namespace furrow::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMakeExamples =
    "Examples:\n"
    "  furrow bundle make proof --key ann.key --version 7 --out beet-7.bundle\n"
    "  furrow bundle make proof --key ann.key --version 8 --out beet-8.bundle \\\n"
    "    --waive \"a demonstration on the yard\" --by \"Ann Field\"\n"
    "\n"
    "FOLDER is what `furrow convert --out` wrote. One whose report did not pass is refused, "
    "unless\n"
    "somebody answers for it by name. docs/formats/bundle.md describes the file.";

struct MakeOptions {
  std::string folder, name, out, why, by, runtime_min = FURROW_VERSION;
  std::vector<std::string> keys, architectures, source;
  int64_t version = 0;
  bool any_boom = false;
};

Status Wrong(std::string message) { return Status(Code::kInvalidArgument, std::move(message)); }

Result<std::string> ReadAll(const std::string& path, size_t bytes_max) {
  FURROW_ASSIGN(const std::unique_ptr<bundle::Source> source, bundle::OpenFile(path));
  if (source->size() > bytes_max) return Status(Code::kTooLarge, path + ": is too large");
  std::string text(source->size(), '\0');
  FURROW_TRY(source->Read(0, text).With(path));
  return text;
}

Result<json::Value> ReadReport(const std::string& folder) {
  const std::string path = folder + "/report.json";
  FURROW_ASSIGN(const std::string text, ReadAll(path, size_t{64} << 20));
  Result<json::Value> report = json::Parse(text);
  if (!report.ok()) return report.status().With(path);
  if (report->At("format").AsInt() != 1) return Wrong(path + ": is no report that this knows");
  return report;
}

/// That the model is the one the report is about.
Status CheckModel(const std::string& folder, const json::Value& report) {
  const std::string path = folder + "/model.onnx";
  FURROW_ASSIGN(const std::string model, ReadAll(path, bundle::kBundleBytesMax));
  Sha256 digest;
  digest.Add(model);
  if (digest.Hex() == report.At("result").At("sha256").AsString()) return {};
  return Wrong(path + ": is not the model that report.json is about");
}

/// Every file of the folder, the model first.
Result<std::vector<bundle::Input>> InputsOf(const std::string& folder) {
  std::vector<bundle::Input> inputs;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->is_directory(error)) continue;
    inputs.push_back(
        {entry->path().lexically_relative(folder).generic_string(), entry->path().string()});
  }
  if (error) return Status(Code::kIoError, folder + ": " + error.message());
  std::ranges::sort(inputs, {}, [](const bundle::Input& input) {
    return std::pair(input.name != "model.onnx", input.name);
  });
  return inputs;
}

Status MakeBundle(const MakeOptions& options) {
  FURROW_ASSIGN(const json::Value report, ReadReport(options.folder));
  if (report.At("target").AsString() == "tensorrt") {
    return Status(
        Code::kFailedPrecondition,
        options.folder + ": holds an engine of TensorRT, and furrow-edge runs ONNX Runtime");
  }
  FURROW_TRY(CheckModel(options.folder, report));
  bundle::Manifest m;
  m.name = options.name;
  m.version = options.version;
  m.created_at = FormatTime(SystemClock().Now());
  m.model = {.file = "model.onnx",
             .method = report.At("method").AsString(),
             .area_min_px = static_cast<int>(report.At("area_min_px").AsInt()),
             .target = report.At("target").AsString()};
  m.fits = {.boom = options.any_boom ? "" : report.At("boom").At("sha256").AsString(),
            .runtime_min = options.runtime_min,
            .architectures = options.architectures};
  m.budget_ms = report.At("budget").At("frame_ms").AsDouble();
  m.report = {.file = "report.json", .passed = report.At("verdict").AsString() == "passed"};
  if (!options.why.empty() || !options.by.empty()) {
    if (options.why.empty() || options.by.empty()) {
      return Wrong("a waiver needs both --waive and --by");
    }
    m.report.waiver = bundle::Waiver{options.why, options.by};
  }
  if (!m.Releasable()) {
    return Status(Code::kFailedPrecondition,
                  fmt::format("{}: the report did not pass ({}); only --waive \"why\" --by \"who\" "
                              "makes a bundle of it",
                              options.folder, report.At("line").AsString()));
  }
  if (const int64_t frames = report.At("golden").At("frames").AsInt(); frames > 0) {
    m.golden = {.file = "golden/golden.json", .frames = static_cast<int>(frames)};
  }
  for (const std::string& pair : options.source) {
    const size_t equals = pair.find('=');
    if (equals == std::string::npos) return Wrong("--source " + pair + ": has to be KEY=VALUE");
    m.source[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  FURROW_ASSIGN(const std::vector<bundle::Input> inputs, InputsOf(options.folder));
  std::vector<bundle::SigningKey> keys;
  for (const std::string& path : options.keys) {
    FURROW_ASSIGN(bundle::SigningKey key, bundle::SigningKey::Read(path));
    keys.push_back(std::move(key));
  }
  std::vector<const bundle::SigningKey*> pointers;
  for (const bundle::SigningKey& key : keys) pointers.push_back(&key);
  FURROW_ASSIGN(const bundle::Bundle made, bundle::Write(m, inputs, pointers, options.out));
  fmt::print("{}  {} version {}, {} bytes, signed by {}\n", made.id, m.name, m.version, made.bytes,
             made.signed_by.name);
  return {};
}

json::Value JsonOf(const bundle::Bundle& b) {
  json::Value manifest = json::Parse(b.manifest_text).value();
  json::Array signatures;
  for (const bundle::Signature& one : b.signatures) signatures.emplace_back(one.public_key);
  return json::Object{{"id", b.id},
                      {"bytes", b.bytes},
                      {"signed_by", std::move(signatures)},
                      {"manifest", std::move(manifest)}};
}

void Print(const bundle::Bundle& b) {
  const bundle::Manifest& m = b.manifest;
  fmt::print("id           {}\nname         {}\nversion      {}\ncreated      {}\n", b.id, m.name,
             m.version, m.created_at);
  fmt::print("model        {}, {}, {}, patches of {} pixels and more\n", m.model.file,
             m.model.target, m.model.method, m.model.area_min_px);
  fmt::print(
      "fits         boom {}, furrow-edge {}, {}\n", m.fits.boom.empty() ? "any" : m.fits.boom,
      m.fits.runtime_min.empty() ? "any" : m.fits.runtime_min + " and later",
      m.fits.architectures.empty() ? "any processor"
                                   : fmt::format("{}", fmt::join(m.fits.architectures, ", ")));
  fmt::print("budget       {:.1f} ms a frame\n", m.budget_ms);
  fmt::print("report       {}\n", m.report.passed ? "passed" : "did not pass");
  if (m.report.waiver) {
    fmt::print("waiver       \"{}\", by {}\n", m.report.waiver->why, m.report.waiver->by);
  }
  fmt::print("golden       {} frames\n", m.golden.frames);
  for (const auto& [key, value] : m.source) fmt::print("{:<12} {}\n", key, value);
  for (const bundle::Signature& one : b.signatures) fmt::print("signed by    {}\n", one.public_key);
  for (const bundle::File& file : m.files) {
    fmt::print("{:>12} {}\n", file.bytes, file.name);
  }
}

Status ShowBundle(const std::string& path, bool json) {
  FURROW_ASSIGN(const std::unique_ptr<bundle::Source> source, bundle::OpenFile(path));
  FURROW_ASSIGN(const bundle::Bundle b, bundle::ReadHead(*source));
  if (json) {
    PrintJson(JsonOf(b));
  } else {
    Print(b);
    std::fputs("not verified: `furrow bundle verify` does that\n", stderr);
  }
  return {};
}

Status VerifyBundle(const std::string& path, const std::vector<std::string>& keys) {
  std::vector<bundle::PublicKey> trusted;
  for (const std::string& one : keys) {
    FURROW_ASSIGN(bundle::PublicKey key, bundle::ReadPublicKey(one));
    trusted.push_back(std::move(key));
  }
  FURROW_ASSIGN(const std::unique_ptr<bundle::Source> source, bundle::OpenFile(path));
  FURROW_ASSIGN(const bundle::Bundle b, bundle::Verify(*source, trusted));
  fmt::print("{}  {} version {}, whole, signed by {}\n", b.id, b.manifest.name, b.manifest.version,
             b.signed_by.name);
  return {};
}

void AddMake(CLI::App& bundle, int& exit_code) {
  auto options = std::make_shared<MakeOptions>();
  CLI::App* make = bundle.add_subcommand("make", "Make a bundle of a conversion that passed");
  make->add_option("FOLDER", options->folder, "of `furrow convert --out`")->required();
  make->add_option("--key", options->keys, "NAME.key to sign with; may be repeated")->required();
  make->add_option("--version", options->version, "a whole number that only rises")->required();
  make->add_option("--out", options->out, "the file, which is never replaced")->required();
  make->add_option("--name", options->name, "of the bundle [the name of FOLDER]");
  make->add_option("--architecture", options->architectures,
                   "a processor it is for, as `uname -m` says; may be repeated [any]");
  make->add_option("--runtime-min", options->runtime_min, "least version of furrow-edge");
  make->add_flag("--any-boom", options->any_boom, "not only for the boom it was proved on");
  make->add_option("--source", options->source,
                   "KEY=VALUE that says where it came from, such as task=…; may be repeated");
  make->add_option("--waive", options->why, "why it may go out although its report did not pass");
  make->add_option("--by", options->by, "who answers for that");
  make->footer(kMakeExamples);
  make->callback([options, &exit_code] {
    if (options->name.empty()) {
      fs::path plain = fs::path(options->folder).lexically_normal();
      if (plain.filename().empty()) plain = plain.parent_path();
      options->name = plain.filename().string();
    }
    exit_code = Ended("bundle make", MakeBundle(*options));
  });
}

}  // namespace

void AddBundleCommand(CLI::App& app, int& exit_code) {
  CLI::App* bundle = app.add_subcommand("bundle", "Signed files that carry a model to tractors");
  bundle->require_subcommand(1);
  AddMake(*bundle, exit_code);
  struct Options {
    std::string path;
    std::vector<std::string> keys;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* show = bundle->add_subcommand("show", "Say what is in a bundle, verified or not");
  show->add_option("FILE", options->path)->required();
  show->add_flag("--json", options->json, "print JSON for programs");
  show->footer(
      "Examples:\n  furrow bundle show beet-7.bundle\n"
      "  furrow bundle show beet-7.bundle --json | jq .manifest.version");
  show->callback([options, &exit_code] {
    exit_code = Ended("bundle show", ShowBundle(options->path, options->json));
  });
  CLI::App* verify = bundle->add_subcommand(
      "verify", "Check signature and every file; exit status 1 when not good");
  verify->add_option("FILE", options->path)->required();
  verify->add_option("--key", options->keys, "NAME.pub of a key to trust; may be repeated")
      ->required();
  verify->footer("Examples:\n  furrow bundle verify beet-7.bundle --key ann.pub --key bob.pub");
  verify->callback([options, &exit_code] {
    exit_code = Ended("bundle verify", VerifyBundle(options->path, options->keys));
  });
}

}  // namespace furrow::cli
