// SPDX-License-Identifier: Apache-2.0
// ONNX Runtime's graph optimisation as a file.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace furrow::infer {

/// Writes what ONNX Runtime makes of a model before it runs it (constants folded, operators fused)
/// to `path`, which is replaced. The file holds for every processor: what is specific to this one
/// is left to the loading. Metadata stay. Not durable. `name` is what errors call the bytes.
/// Errors: those of Model::FromBytes; kIoError when the file cannot be written.
Status WriteOptimised(std::string_view bytes, const std::string& name, const std::string& path);

}  // namespace furrow::infer
