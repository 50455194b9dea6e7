// SPDX-License-Identifier: Apache-2.0
// ONNX Runtime's shared library, found and loaded when the first network is asked for. A program
// starts and does everything else where it is absent.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace furrow::infer {

/// Where the library is looked for, in this order: what FURROW_ONNXRUNTIME names, and then nothing
/// else; lib/furrow beside the program's folder; the system's libraries, which have no folder here.
std::vector<std::string> LibraryPlaces();

/// The version of the library ("1.30.0"), which is loaded if it was not. Thread-safe. Errors, which
/// say what to install: kNotFound when there is none, kFailedPrecondition when it cannot be loaded,
/// is not ONNX Runtime, or is older than 1.8. After an error the next call looks again.
Result<std::string> LibraryVersion();

}  // namespace furrow::infer
