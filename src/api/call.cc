// SPDX-License-Identifier: Apache-2.0
#include "api/call.h"

namespace furrow::api {

bool Call::Has(std::string_view field) const {
  const json::Value* v = request.Find(field);
  return v && !v->IsNull();
}

void Call::WrongType(std::string_view field, std::string_view wanted) {
  if (wrong_type_.ok()) {
    wrong_type_ = Fail(kFieldsType, std::string(field) + " must be " + std::string(wanted));
  }
}

std::string Call::Text(std::string_view field) { return Text(field, {}); }

std::string Call::Text(std::string_view field, std::string_view otherwise) {
  const json::Value& v = request.At(field);
  if (v.IsNull()) return std::string(otherwise);
  if (v.IsString()) return v.AsString();
  // Query arguments that look like numbers arrive as numbers.
  if (v.IsInt()) return std::to_string(v.AsInt());
  WrongType(field, "a text");
  return std::string(otherwise);
}

bool Call::Flag(std::string_view field, bool otherwise) {
  const json::Value& v = request.At(field);
  if (v.IsNull()) return otherwise;
  if (v.IsBool()) return v.AsBool();
  if (v.IsInt()) return v.AsInt() != 0;
  WrongType(field, "true or false");
  return otherwise;
}

int64_t Call::Int(std::string_view field, int64_t otherwise) {
  const json::Value& v = request.At(field);
  if (v.IsNull()) return otherwise;
  if (v.IsInt() || (v.IsDouble() && v.AsDouble() == static_cast<double>(v.AsInt())))
    return v.AsInt();
  WrongType(field, "a whole number");
  return otherwise;
}

std::optional<double> Call::Number(std::string_view field) {
  const json::Value& v = request.At(field);
  if (v.IsNull()) return std::nullopt;
  if (v.IsNumber()) return v.AsDouble();
  WrongType(field, "a number");
  return std::nullopt;
}

std::vector<std::string> Call::Texts(std::string_view field) {
  const json::Value& v = request.At(field);
  std::vector<std::string> out;
  if (v.IsNull()) return out;
  if (v.IsString()) return {v.AsString()};
  if (!v.IsArray()) {
    WrongType(field, "a list of texts");
    return out;
  }
  for (const json::Value& e : v.array()) {
    if (e.IsString()) {
      out.push_back(e.AsString());
    } else if (!e.IsNull()) {
      WrongType(field, "a list of texts");
    }
  }
  return out;
}

Status Call::Require(std::initializer_list<std::string_view> fields) {
  for (const std::string_view f : fields) {
    if (!Has(f)) return Fail(kValidation, "'" + std::string(f) + "' is required");
  }
  return wrong_type_;
}

}  // namespace furrow::api
