// SPDX-License-Identifier: Apache-2.0
#include "base/toml.h"

namespace furrow {
namespace {

template <typename Parse>
Result<toml::table> Parsed(const std::string& path, Parse&& parse) {
  try {
    return toml::table(parse());
  } catch (const toml::parse_error& error) {
    const auto& place = error.source().begin;
    return Status(Code::kInvalidArgument, path + ":" + std::to_string(place.line) + ":" +
                                              std::to_string(place.column) + ": " +
                                              std::string(error.description()));
  } catch (const TomlMisread&) {
    return Status(Code::kInvalidArgument, path + ": is not TOML");
  }
}

}  // namespace

Result<toml::table> ParseToml(std::string_view text, const std::string& path) {
  return Parsed(path, [&] { return toml::parse(text, path); });
}

Result<toml::table> ReadToml(const std::string& path) {
  return Parsed(path, [&] { return toml::parse_file(path); });
}

}  // namespace furrow
