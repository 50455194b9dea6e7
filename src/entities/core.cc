// SPDX-License-Identifier: Apache-2.0
#include "entities/core.h"

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
          {"container"}};
}

}  // namespace furrow::entities
