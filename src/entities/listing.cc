// SPDX-License-Identifier: Apache-2.0
#include "entities/listing.h"

#include "entities/project_tree.h"
#include "query/compile.h"

namespace furrow::entities {
namespace {

using query::Projection;

// Members that hold ids, by the collection they stand in. The path ends at the id; list elements on
// the way are walked through.
struct ReferenceField {
  docs::CollectionId in;
  std::string_view path;
  docs::CollectionId to;
};
constexpr ReferenceField kReferences[] = {
    {kTasks, "project", kProjects},
    {kTasks, "parent", kTasks},
    {kTasks, "user", kUsers},
    {kTasks, "company", kCompanies},
    {kTasks, "execution.queue", kQueues},
    {kTasks, "models.input.model", kModels},
    {kTasks, "models.output.model", kModels},
    {kModels, "project", kProjects},
    {kModels, "task", kTasks},
    {kModels, "parent", kModels},
    {kModels, "user", kUsers},
    {kModels, "company", kCompanies},
    {kProjects, "parent", kProjects},
    {kProjects, "user", kUsers},
    {kProjects, "company", kCompanies},
    {kQueues, "user", kUsers},
    {kQueues, "company", kCompanies},
    {kQueues, "entries.task", kTasks},
};

// Members mirrored for clients before this version exist only after the view.
constexpr api::Version kPlainViewSince{2, 13};

template <typename Visit>
void WalkTo(json::Value& at, std::string_view path, const Visit& visit) {
  if (at.IsArray()) {
    for (json::Value& element : at.array()) WalkTo(element, path, visit);
    return;
  }
  const size_t dot = path.find('.');
  json::Value* next = at.Find(path.substr(0, dot));
  if (!next) return;
  if (dot == std::string_view::npos) {
    visit(*next);
  } else {
    WalkTo(*next, path.substr(dot + 1), visit);
  }
}

query::CompileContext ContextFor(const docs::Store& docs, bool hide_hidden) {
  return {.hide_hidden = hide_hidden,
          .expand_projects = [&docs](const std::vector<std::string>& ids) {
            return WithChildren(docs, ids);
          }};
}

}  // namespace

json::Value Lister::Reference(docs::CollectionId target, const std::string& id,
                              const std::vector<std::string>& fields) const {
  json::Value out = json::Object{{"id", id}};
  if (fields.empty()) return out;
  const auto doc = core_.docs.GetStored(target, id);
  if (!doc.ok()) return out;
  for (const std::string& f : fields) {
    if (const json::Value* v = (*doc)->FindPath(f)) out.MakePath(f) = *v;
  }
  return out;
}

void Lister::Join(const Projection& projection, const Listing& listing, json::Value& doc) const {
  for (const ReferenceField& r : kReferences) {
    if (r.in != listing.collection) continue;
    const auto fields = projection.Below(r.path);
    WalkTo(doc, r.path, [&](json::Value& id) {
      if (id.IsString() && !id.AsString().empty()) id = Reference(r.to, id.AsString(), fields);
    });
  }
}

Result<json::Value> Lister::ShapeWith(const api::Call& call, const Listing& listing,
                                      const Projection& projection, const json::Value& doc) const {
  json::Value out;
  if (projection.whole() || call.version < kPlainViewSince) {
    out = doc;
    if (listing.view) listing.view(out, call);
    if (!projection.whole()) out = projection.Apply(out);
  } else {
    out = projection.Apply(doc);
    if (listing.view) listing.view(out, call);
  }
  if (listing.extended) Join(projection, listing, out);
  return out;
}

Result<json::Value> Lister::Shape(const api::Call& call, const Listing& listing,
                                  const json::Value& doc) {
  const auto keys =
      call.version < kPlainViewSince ? Projection::Keys::kPlain : Projection::Keys::kStored;
  FURROW_ASSIGN(const Projection projection,
                Projection::Compile(*listing.schema, call.request, keys));
  return ShapeWith(call, listing, projection, doc);
}

Result<docs::Predicate> Lister::Where(const json::Value& request, const Listing& listing) {
  return query::CompileWhere(*listing.schema, request, ContextFor(core_.docs, listing.hide_hidden));
}

Result<std::vector<json::Value>> Lister::Page(api::Call& call, const Listing& listing) {
  FURROW_ASSIGN(docs::Plan plan, query::Compile(*listing.schema, call.request,
                                                ContextFor(core_.docs, listing.hide_hidden)));
  plan.where = docs::Predicate::And({std::move(plan.where), listing.also});
  const auto keys =
      call.version < kPlainViewSince ? Projection::Keys::kPlain : Projection::Keys::kStored;
  FURROW_ASSIGN(const Projection projection,
                Projection::Compile(*listing.schema, call.request, keys));
  FURROW_ASSIGN(const auto scroll, query::Scrolls::Read(call.request));
  docs::SharedPage page;
  if (scroll) {
    FURROW_ASSIGN(auto batch, scrolls_.Next(core_.docs, listing.collection, plan, *scroll));
    page = std::move(batch.page);
    call.response["scroll_id"] = batch.scroll_id;
  } else {
    FURROW_ASSIGN(page, core_.docs.FindShared(listing.collection, plan));
  }
  std::vector<json::Value> out;
  out.reserve(page.docs.size());
  for (const docs::DocPtr& doc : page.docs) {
    FURROW_ASSIGN(json::Value shaped, ShapeWith(call, listing, projection, *doc));
    out.push_back(std::move(shaped));
  }
  return out;
}

Status Lister::List(api::Call& call, const Listing& listing) {
  FURROW_ASSIGN(json::Array page, Page(call, listing));
  call.response[listing.answer_field] = std::move(page);
  return {};
}

}  // namespace furrow::entities
