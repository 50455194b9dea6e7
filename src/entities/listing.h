// SPDX-License-Identifier: Apache-2.0
// The machinery behind every get_all and get_all_ex: a request in the query language becomes a page
// of documents as that client sees them.
#pragma once

#include <string_view>

#include "api/call.h"
#include "entities/core.h"
#include "query/schema.h"
#include "query/scroll.h"

namespace furrow::entities {

/// Makes one document of an entity what a client of that version reads: escaped keys restored,
/// members of older versions mirrored. Runs before the projection.
using View = void (*)(json::Value& doc, const api::Call& call);

struct Listing {
  docs::CollectionId collection;
  const query::EntitySchema* schema;
  std::string_view answer_field;     ///< "tasks"
  bool extended = false;             ///< get_all_ex: references become {id, name}
  bool hide_hidden = true;           ///< unless search_hidden or id is given
  View view = nullptr;
  docs::Predicate also;              ///< a further condition of the service's own
};

/// Thread-safe.
class Lister {
 public:
  Lister(Core& core, query::Scrolls& scrolls) : core_(core), scrolls_(scrolls) {}

  /// Fills the call's answer: {answer_field: [...], scroll_id?, total?}.
  Status List(api::Call& call, const Listing& listing);
  /// The same into `page`, for services that add to each document.
  Result<docs::Page> Page(api::Call& call, const Listing& listing);
  /// `only_fields` applied to one document (get_by_id_ex and the like).
  Status Project(api::Call& call, const Listing& listing, json::Value& doc);
  /// Replaces ids by {id, name} where the request's projection asks for a member of them.
  Status Join(const api::Call& call, const Listing& listing, std::vector<json::Value>& docs);

 private:
  Core& core_;
  query::Scrolls& scrolls_;
};

}  // namespace furrow::entities
