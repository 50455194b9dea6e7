// SPDX-License-Identifier: Apache-2.0
#include "query/entities.h"

namespace furrow::query {
namespace {

constexpr Field kTaskFields[] = {
    {"name", Operator::kPattern},
    {"comment", Operator::kPattern},
    {"report", Operator::kPattern},
    {"id", Operator::kList},
    {"user", Operator::kList},
    {"tags", Operator::kList},
    {"system_tags", Operator::kList},
    {"type", Operator::kList},
    {"status", Operator::kList},
    {"project", Operator::kList},
    {"parent", Operator::kList},
    {"hyperparams.*", Operator::kList, false},
    {"execution.queue", Operator::kList},
    {"models.input.model", Operator::kList},
    {"created", Operator::kTimes},
    {"started", Operator::kTimes},
    {"active_duration", Operator::kRange},
    {"last_iteration", Operator::kRange},
    {"last_metrics.*", Operator::kRange},
    {"status_changed", Operator::kMoment},
    {"last_update", Operator::kMoment},
    {"last_change", Operator::kMoment},
    {"runtime.*", Operator::kExact},
    {"company", Operator::kExact},
    {"completed", Operator::kTimes},
    {"published", Operator::kTimes},
    {"last_worker", Operator::kExact},
    {"last_changed_by", Operator::kExact},
    {"status_reason", Operator::kExact},
    {"status_message", Operator::kExact},
    {"enqueue_status", Operator::kExact},
    {"output.destination", Operator::kExact},
    {"models.output.model", Operator::kExact},
    {"script.*", Operator::kExact},
    {"container.*", Operator::kExact},
    {"configuration.*", Operator::kExact},
};

constexpr TextField kTaskText[] = {
    {"id", 10},
    {"name", 10},
    {"comment", 5},
    {"report", 5},
    {"models.input.model", 2},
    {"models.output.model", 2},
    {"models.input.name", 2},
    {"models.output.name", 2},
    {"script.repository", 1},
    {"script.entry_point", 1},
};

constexpr std::string_view kTaskMaps[] = {"hyperparams", "configuration", "runtime", "container"};

constexpr Field kModelFields[] = {
    {"name", Operator::kPattern},
    {"comment", Operator::kPattern},
    {"id", Operator::kList},
    {"user", Operator::kList},
    {"tags", Operator::kList},
    {"system_tags", Operator::kList},
    {"project", Operator::kList},
    {"parent", Operator::kList},
    {"framework", Operator::kList},
    {"uri", Operator::kList, false},
    {"task", Operator::kList},
    {"metadata.*", Operator::kList, false},
    {"created", Operator::kTimes},
    {"last_metrics.*", Operator::kRange},
    {"last_iteration", Operator::kRange},
    {"last_update", Operator::kMoment},
    {"last_change", Operator::kMoment},
    {"ready", Operator::kExact},
    {"company", Operator::kExact},
    {"last_changed_by", Operator::kExact},
};

constexpr TextField kModelText[] = {
    {"id", 10},  {"name", 10},     {"comment", 5}, {"parent", 2},
    {"task", 2}, {"framework", 1}, {"uri", 1},
};

constexpr std::string_view kModelMaps[] = {"labels", "metadata"};

constexpr Field kProjectFields[] = {
    {"name", Operator::kPattern},        {"basename", Operator::kPattern},
    {"description", Operator::kPattern}, {"id", Operator::kList},
    {"user", Operator::kList},           {"tags", Operator::kList},
    {"system_tags", Operator::kList},    {"parent", Operator::kList},
    {"path", Operator::kList},           {"last_update", Operator::kTimes},
    {"created", Operator::kTimes},       {"company", Operator::kExact},
    {"featured", Operator::kExact},      {"default_output_destination", Operator::kExact},
};

constexpr TextField kProjectText[] = {{"id", 10}, {"name", 10}, {"description", 5}};

constexpr Field kQueueFields[] = {
    {"name", Operator::kPattern},       {"id", Operator::kList},
    {"user", Operator::kList},          {"tags", Operator::kList},
    {"system_tags", Operator::kList},   {"metadata.*", Operator::kList, false},
    {"entries.task", Operator::kList},  {"created", Operator::kTimes},
    {"last_update", Operator::kMoment}, {"display_name", Operator::kPattern},
    {"company", Operator::kExact},
};

constexpr TextField kQueueText[] = {{"id", 10}, {"name", 10}, {"display_name", 10}};

constexpr std::string_view kQueueMaps[] = {"metadata"};

constexpr Field kUserFields[] = {
    {"name", Operator::kPattern},      {"id", Operator::kList},
    {"role", Operator::kList},         {"email", Operator::kExact},
    {"family_name", Operator::kExact}, {"given_name", Operator::kExact},
    {"company", Operator::kExact},     {"created", Operator::kTimes},
};

constexpr TextField kUserText[] = {{"id", 10}, {"name", 10}};

}  // namespace

const EntitySchema kTaskSchema{.name = "task",
                               .fields = kTaskFields,
                               .text = kTaskText,
                               .maps = kTaskMaps,
                               .hidden_tag = "hidden",
                               .project_path = "project"};

const EntitySchema kModelSchema{.name = "model",
                                .fields = kModelFields,
                                .text = kModelText,
                                .maps = kModelMaps,
                                .project_path = "project"};

const EntitySchema kProjectSchema{.name = "project",
                                  .fields = kProjectFields,
                                  .text = kProjectText,
                                  .hidden_tag = "hidden",
                                  .shallow_path = "parent"};

const EntitySchema kQueueSchema{.name = "queue",
                                .fields = kQueueFields,
                                .text = kQueueText,
                                .maps = kQueueMaps,
                                .hidden_tag = "k8s-glue",
                                .name_shows_hidden = true};

const EntitySchema kUserSchema{.name = "user", .fields = kUserFields, .text = kUserText};

}  // namespace furrow::query
