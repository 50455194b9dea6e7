// SPDX-License-Identifier: Apache-2.0
#include "entities/core.h"

#include "entities/queue_entries.h"

namespace furrow::entities {

std::vector<docs::Collection> Collections(const docs::DerivedFields* task_metrics,
                                          const docs::DerivedFields* model_metrics) {
  return {{"task", task_metrics},
          {"project"},
          {"model", model_metrics},
          {"queue"},
          {"worker"},
          {"user"},
          {"credential"},
          {"session"},
          {"preference"},
          {"setting"},
          {"company"},
          {"container"},
          {"queue entry"},
          {"removal"},
          {"tractor"},
          {"device"},
          {"fleet record"},
          {"fleet key"},
          {"release"},
          {"audit entry"}};
}

std::shared_ptr<QueueIndex> NewQueueIndex() { return std::make_shared<QueueIndex>(); }

}  // namespace furrow::entities
