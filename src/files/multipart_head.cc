// SPDX-License-Identifier: Apache-2.0
// The header fields in and around a multipart body.
#include <vector>

#include "base/utf8.h"
#include "files/multipart.h"
#include "http/message.h"

namespace furrow::files {
namespace {

Status Bad(const char* why) {
  return Status(Code::kInvalidArgument, std::string("bad multipart body: ") + why);
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool SameWord(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (Lower(a[i]) != Lower(b[i])) return false;
  }
  return true;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

struct Parameter {
  std::string name, value;
};

// The characters of a quoted string up to its closing quote. A backslash escapes a quote or itself
// and is an ordinary character before anything else, since not every client escapes it. What
// browsers and urllib3 write for a quote, %22, is a quote.
bool Quoted(std::string_view& text, std::string& out) {
  while (!text.empty()) {
    const char c = text.front();
    if (c == '"') {
      text.remove_prefix(1);
      return true;
    }
    if (c == '\\' && text.size() > 1 && (text[1] == '"' || text[1] == '\\')) {
      out += text[1];
      text.remove_prefix(2);
    } else if (text.starts_with("%22")) {
      out += '"';
      text.remove_prefix(3);
    } else {
      out += c;
      text.remove_prefix(1);
    }
  }
  return false;
}

// "value; name=token; name=\"text\"": the value, then the parameters. False when malformed.
bool Split(std::string_view text, std::string& value, std::vector<Parameter>& parameters) {
  const size_t semicolon = text.find(';');
  value = Trim(text.substr(0, semicolon));
  if (semicolon == std::string_view::npos) return true;
  text.remove_prefix(semicolon + 1);
  for (;;) {
    text = Trim(text);
    if (text.empty()) return true;
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos || parameters.size() >= 16) return false;
    Parameter parameter;
    parameter.name = Trim(text.substr(0, equals));
    text = Trim(text.substr(equals + 1));
    if (text.starts_with('"')) {
      text.remove_prefix(1);
      if (!Quoted(text, parameter.value)) return false;
      text = Trim(text);
      if (!text.empty() && text.front() != ';') return false;
    } else {
      const size_t end = text.find(';');
      parameter.value = Trim(text.substr(0, end));
      text.remove_prefix(end == std::string_view::npos ? text.size() : end);
    }
    if (!text.empty()) text.remove_prefix(1);
    parameters.push_back(std::move(parameter));
  }
}

// RFC 8187: UTF-8'language'percent-encoded.
bool Extended(const std::string& text, std::string& out) {
  const size_t first = text.find('\'');
  const size_t second = first == std::string::npos ? first : text.find('\'', first + 1);
  if (second == std::string::npos || !SameWord(text.substr(0, first), "utf-8")) return false;
  return http::PercentDecode(std::string_view(text).substr(second + 1), false, out);
}

Status ReadDisposition(std::string_view text, PartHead& head) {
  std::string value;
  std::vector<Parameter> parameters;
  if (!Split(text, value, parameters) || !SameWord(value, "form-data")) {
    return Bad("a part without a form field's name");
  }
  int names = 0;
  bool extended_name = false;
  for (const Parameter& parameter : parameters) {
    if (SameWord(parameter.name, "name") && !extended_name) {
      head.name = parameter.value;
      ++names;
    } else if (SameWord(parameter.name, "name*")) {
      head.name.clear();
      if (!Extended(parameter.value, head.name)) return Bad("a field's name in an unknown charset");
      extended_name = true;
      names = 1;
    } else if (SameWord(parameter.name, "filename")) {
      head.filename = parameter.value;
      head.has_filename = true;
    } else if (SameWord(parameter.name, "filename*")) {
      head.has_filename = true;
    }
  }
  if (names != 1) return Bad("a part without a form field's name");
  return {};
}

}  // namespace

Result<PartHead> ParsePartHead(std::string_view text) {
  PartHead head;
  bool disposition = false;
  while (!text.empty()) {
    const size_t end = text.find("\r\n");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
    const size_t colon = line.find(':');
    // Folded lines are long forbidden, and two readers would disagree about them.
    if (colon == std::string_view::npos || colon == 0 || line[0] == ' ' || line[0] == '\t') {
      return Bad("a malformed header line");
    }
    if (HasControl(line.substr(0, colon)) || line.find('\0') != std::string_view::npos) {
      return Bad("a malformed header line");
    }
    const std::string_view name = Trim(line.substr(0, colon));
    const std::string_view value = Trim(line.substr(colon + 1));
    if (SameWord(name, "Content-Disposition")) {
      if (disposition) return Bad("two names for one part");
      disposition = true;
      FURROW_TRY(ReadDisposition(value, head));
    } else if (SameWord(name, "Content-Type")) {
      head.content_type = value;
    } else if (SameWord(name, "Content-Transfer-Encoding")) {
      if (!SameWord(value, "binary") && !SameWord(value, "8bit") && !SameWord(value, "7bit")) {
        return Bad("an encoded part");
      }
    }
  }
  if (!disposition) return Bad("a part without a form field's name");
  return head;
}

std::string BoundaryOf(std::string_view content_type) {
  std::string value;
  std::vector<Parameter> parameters;
  if (!Split(content_type, value, parameters) || !SameWord(value, "multipart/form-data")) {
    return "";
  }
  for (const Parameter& parameter : parameters) {
    if (!SameWord(parameter.name, "boundary")) continue;
    const std::string& boundary = parameter.value;
    const bool fits = !boundary.empty() && boundary.size() <= 70 && !HasControl(boundary) &&
                      boundary.back() != ' ';
    return fits ? boundary : "";
  }
  return "";
}

}  // namespace furrow::files
