// SPDX-License-Identifier: Apache-2.0
#include "entities/metadata.h"
#include "entities/tags.h"
#include "entities/task_changes.h"
#include "query/escape.h"
#include "service/queues/queue_document.h"
#include "service/queues/queues_ops.h"

namespace furrow::service::queues {

Status ChangeQueue(Context& context, api::Call& call,
                   const std::function<Status(docs::Transaction&, json::Value& queue)>& change) {
  FURROW_TRY(call.Require({"queue"}));
  const std::string id = call.Text("queue");
  FURROW_TRY(call.Check());
  return context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(json::Value queue, entities::GetQueue(t, id));
    FURROW_TRY(change(t, queue));
    return PutQueue(t, std::move(queue), call.now);
  });
}

Status Create(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"name"}));
  const std::string name = call.Text("name");
  FURROW_TRY(call.Check());
  json::Value fields = call.request;
  FURROW_ASSIGN(fields["metadata"], entities::ReadMetadata(call.Field("metadata")));
  return context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(const json::Value queue,
                  entities::CreateQueue(t, context.core, entities::ActorOf(call), name, fields));
    call.response["id"] = queue.At("id");
    return {};
  });
}

Status Update(Context& context, api::Call& call) {
  const std::string name = call.Text("name");
  return ChangeQueue(context, call, [&](docs::Transaction& t, json::Value& queue) -> Status {
    json::Value fields = json::Object{};
    if (!name.empty() && name != queue.At("name").AsString()) {
      if (name.size() < 3)
        return api::Fail(api::kValidation, "a queue name has three characters or more");
      FURROW_ASSIGN(auto taken, entities::FindQueue(t, name));
      if (taken) return api::Fail(api::kNotUnique, "a queue named '" + name + "' exists");
      fields["name"] = queue["name"] = name;
    }
    if (call.Has("display_name"))
      fields["display_name"] = queue["display_name"] = call.Field("display_name");
    if (call.Has("tags")) {
      FURROW_TRY(entities::CheckUserTags(call.Field("tags")));
      fields["tags"] = queue["tags"] = entities::NormaliseTags(call.Field("tags"));
    }
    if (call.Has("system_tags")) {
      fields["system_tags"] = queue["system_tags"] =
          entities::NormaliseTags(call.Field("system_tags"));
    }
    if (call.Has("metadata")) {
      FURROW_ASSIGN(queue["metadata"], entities::ReadMetadata(call.Field("metadata")));
      fields["metadata"] = call.Field("metadata");
    }
    call.response["updated"] = 1;
    call.response["fields"] = std::move(fields);
    return {};
  });
}

Status Delete(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"queue"}));
  const std::string id = call.Text("queue");
  const bool force = call.Flag("force");
  FURROW_TRY(call.Check());
  FURROW_TRY(context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_TRY(entities::GetQueue(t, id).status());
    FURROW_TRY(context.core.queues->Load(t, context.core));
    std::vector<std::string> waiting, leased;
    context.core.queues->With(id, context.core.clock, [&](domain::QueueLine& line) {
      line.ForEachWaiting([&](domain::Place, const domain::QueueLine::Entry& entry) {
        waiting.push_back(entry.task);
        return force;
      });
      line.ForEachLeased([&](domain::Place, const domain::QueueLine::Entry& entry) {
        leased.push_back(entry.task);
      });
    });
    if (!waiting.empty() && !force)
      return api::Fail(api::kQueueNotEmpty, "use force=true to delete");
    FURROW_TRY(
        RestoreAll(t, context.core, entities::ActorOf(call), id, waiting, "its queue was deleted"));
    // Whoever was handed one may begin it all the same; nobody else will be offered it.
    FURROW_TRY(
        RestoreAll(t, context.core, entities::ActorOf(call), id, leased, "its queue was deleted"));
    context.sampler.Forget(t, id);
    t.AfterWrite([index = context.core.queues, id] { index->Drop(id); });
    return t.Delete(entities::kQueues, id);
  }));
  call.response["deleted"] = 1;
  return {};
}

Status AddOrUpdateMetadata(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"metadata"}));
  const bool replace = call.Flag("replace_metadata");
  FURROW_ASSIGN(json::Value items, entities::ReadMetadata(call.Field("metadata")));
  return ChangeQueue(context, call, [&](docs::Transaction&, json::Value& queue) -> Status {
    json::Value& metadata = queue["metadata"];
    if (replace) metadata = json::Object{};
    for (json::Member& item : items.object()) metadata[item.key] = std::move(item.value);
    call.response["updated"] = 1;
    return {};
  });
}

Status DeleteMetadata(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"keys"}));
  const auto keys = call.Texts("keys");
  return ChangeQueue(context, call, [&](docs::Transaction&, json::Value& queue) -> Status {
    for (const std::string& key : keys) queue["metadata"].object().Erase(query::EscapeKey(key));
    call.response["updated"] = 1;
    return {};
  });
}

}  // namespace furrow::service::queues
