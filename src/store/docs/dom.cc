// SPDX-License-Identifier: Apache-2.0
#include "store/docs/dom.h"

#include <optional>

#include <simdjson.h>

#include "store/docs/codec.h"
#include "store/docs/walk.h"

namespace furrow::docs {
namespace {

namespace sj = simdjson;

struct DomNode {
  sj::dom::element element;

  bool IsObject() const { return element.is_object(); }
  bool IsArray() const { return element.is_array(); }
  template <typename Visit>
  bool Member(std::string_view key, Visit&& visit) const {
    for (const auto field : sj::dom::object(element)) {
      if (field.key != key) continue;
      visit(DomNode{field.value});
      return true;
    }
    return false;
  }
  template <typename Visit>
  void Elements(Visit&& visit) const {
    for (const auto e : sj::dom::array(element)) visit(DomNode{e});
  }
  Scalar Read() const {
    Scalar s;
    switch (element.type()) {
      case sj::dom::element_type::STRING:
        s.tag = Tag::kText;
        s.text = std::string_view(element);
        break;
      case sj::dom::element_type::INT64:
        s.tag = Tag::kInt;
        s.whole = int64_t(element);
        break;
      case sj::dom::element_type::UINT64:
      case sj::dom::element_type::DOUBLE:
        s.tag = Tag::kDouble;
        s.real = double(element);
        break;
      case sj::dom::element_type::BOOL:
        s.tag = Tag::kBool;
        s.whole = bool(element);
        break;
      case sj::dom::element_type::NULL_VALUE:
        break;
      default:
        s.tag = Tag::kOther;
    }
    return s;
  }
};

}  // namespace

struct DomReader::Rep {
  sj::dom::parser parser;
  sj::dom::element root;
  std::optional<json::Value> value;  // when simdjson cannot read it: NaN, Infinity
};

DomReader::DomReader() : rep_(std::make_unique<Rep>()) {}
DomReader::~DomReader() = default;

Status DomReader::Open(std::string_view bytes) {
  FURROW_ASSIGN(const std::string_view text, DocumentText(bytes));
  rep_->value.reset();
  const auto result = rep_->parser.parse(text.data(), text.size());
  if (result.error() == sj::SUCCESS && result.value_unsafe().is_object()) {
    rep_->root = result.value_unsafe();
    return {};
  }
  FURROW_ASSIGN(rep_->value, DecodeDocument(bytes));
  return {};
}

void DomReader::Extract(std::string_view path, Found& found) const {
  if (rep_->value) return docs::Extract(*rep_->value, path, found);
  found.Clear();
  Walk(DomNode{rep_->root}, path, found);
}

}  // namespace furrow::docs
