// SPDX-License-Identifier: Apache-2.0
// The machinery behind every get_all and get_all_ex: a request in the query language becomes a page
// of documents as that client sees them.
#pragma once

#include <string_view>
#include <vector>

#include "api/call.h"
#include "entities/core.h"
#include "query/project.h"
#include "query/schema.h"
#include "query/scroll.h"

namespace furrow::entities {

/// Makes one document of an entity what a client of that version reads: escaped keys restored,
/// members of older versions mirrored.
using View = void (*)(json::Value& doc, const api::Call& call);

struct Listing {
  docs::CollectionId collection;
  const query::EntitySchema* schema;
  std::string_view answer_field;  ///< "tasks"
  bool extended = false;          ///< get_all_ex: references become {id, name…}
  bool hide_hidden = true;        ///< unless search_hidden or id is given
  View view = nullptr;
  docs::Predicate also;  ///< a condition of the service's own, beside the request's
};

/// Thread-safe.
class Lister {
 public:
  Lister(Core& core, query::Scrolls& scrolls) : core_(core), scrolls_(scrolls) {}

  /// Fills the call's answer: {answer_field: [...], scroll_id?}.
  Status List(api::Call& call, const Listing& listing);
  /// The page itself, for services that add to each document; sets scroll_id in the answer.
  Result<std::vector<json::Value>> Page(api::Call& call, const Listing& listing);
  /// One document as the request's only_fields wants it, references joined when extended.
  Result<json::Value> Shape(const api::Call& call, const Listing& listing, const json::Value& doc);
  /// The filter of a request, for counts and aggregates.
  Result<docs::Predicate> Where(const json::Value& request, const Listing& listing);

 private:
  json::Value Reference(docs::CollectionId target, const std::string& id,
                        const std::vector<std::string>& fields) const;
  void Join(const query::Projection& projection, const Listing& listing, json::Value& doc) const;
  Result<json::Value> ShapeWith(const api::Call& call, const Listing& listing,
                                const query::Projection& projection, const json::Value& doc) const;

  Core& core_;
  query::Scrolls& scrolls_;
};

}  // namespace furrow::entities
